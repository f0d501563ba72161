"""Where things are in a project's folder, and `project.json`."""

from __future__ import annotations

import json
import re
import unicodedata
import uuid
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mudrock_jupyter.spec import units
from mudrock_jupyter.spec.errors import InvalidInput, NotSupported, ReadFailed
from mudrock_jupyter.spec.files import write_atomically

PROJECT_FORMAT = "mudrock-project/1"
NULL_VALUES = (-999.25, -999.0, -9999.0, -9999.25, -111.111)
_SLUG_LENGTH = 80
# Letters that Unicode does not decompose.
_LETTERS = str.maketrans("øØłŁđĐ", "oOlLdD") | {ord("æ"): "ae", ord("Æ"): "AE", ord("ß"): "ss"}


@dataclass(frozen=True)
class ProjectInfo:
    """What `project.json` says."""

    id: str
    name: str
    depth_unit: str = "m"
    null_values: tuple[float, ...] = NULL_VALUES


@dataclass(frozen=True)
class Layout:
    """The paths of a project."""

    root: Path

    @property
    def project_file(self) -> Path:
        """The file that makes the folder a project."""
        return self.root / "project.json"

    @property
    def wells(self) -> Path:
        """The folder with one folder per well."""
        return self.root / "wells"

    @property
    def runs(self) -> Path:
        """The folder with one record for each run."""
        return self.root / "runs"

    def logs(self, well_id: str, set_name: str) -> Path:
        """The wide file of one set of a well's curves."""
        return self.wells / well_id / f"logs_{set_name}.parquet"

    def tops(self, well_id: str) -> Path:
        """The file of a well's tops."""
        return self.wells / well_id / "tops.parquet"

    def computed(self, well_id: str, curve: str, at: datetime | None = None) -> Path:
        """The file of a computed curve; the time makes every run a file of its own."""
        stamp = (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        name = re.sub(r"[^A-Z0-9_]+", "_", curve.upper())
        return self.wells / well_id / "computed" / f"{name}_{stamp}.parquet"


def local_root(root: str | Path) -> Path:
    """Return the folder a project's root names; raises `NotSupported` for a URL."""
    if re.match(r"[a-z][a-z0-9+.-]+://", str(root), re.IGNORECASE):
        raise NotSupported(
            f"{root}: projects on object storage are not supported yet. Use a local folder."
        )
    return Path(root).expanduser()


def slug(name: str) -> str:
    """Return a name for a folder: lower case ASCII letters, digits and single hyphens.

    Letters are transliterated where Unicode knows how; a name with none left becomes `well`.

    >>> slug("15/9-19 A"), slug("Ærfugl Sør"), slug("../../etc")
    ('15-9-19-a', 'aerfugl-sor', 'etc')
    """
    decomposed = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    plain = decomposed.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_SLUG_LENGTH].strip("-") or "well"


def is_well_id(text: str) -> bool:
    """Say whether `text` could be the id of a well, and so is safe as a folder's name."""
    return len(text) < 200 and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) is not None


def set_slug(name: str) -> str:
    """Return the name of a set of curves: as `slug`, with underscores."""
    return slug(name).replace("-", "_")


def distinct(name: str, taken: Container[str], separator: str = "-") -> str:
    """Return `name`, or `name-2`, `name-3`, ... when it is taken.

    >>> distinct("a", {"a", "a-2"})
    'a-3'
    """
    unique, number = name, 1
    while unique in taken:
        number += 1
        unique = f"{name}{separator}{number}"
    return unique


def read_project(path: Path) -> ProjectInfo | None:
    """Read `project.json`; None when there is none.

    Raises `ReadFailed` or `InvalidInput` when the file is there and cannot be used.
    """
    advice = "Restore it, or delete it to have it made again from the wells."
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise ReadFailed(
            f"A part of {path.parent} is a file: no project can be there. Name a folder."
        ) from error
    except OSError as error:
        raise ReadFailed(f"{path} could not be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not text. {advice}") from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{path}, line {error.lineno}, is not JSON: {error.msg}. {advice}") \
            from error
    if not isinstance(content, dict) or not isinstance(content.get("id"), str):
        raise InvalidInput(f"{path} has no project id. {advice}")
    if content.get("format", PROJECT_FORMAT) != PROJECT_FORMAT:
        raise InvalidInput(
            f"{path} is of format {content['format']!r}, this version reads {PROJECT_FORMAT!r}. "
            "Update mudrock-jupyter."
        )
    try:
        nulls = tuple(float(value) for value in content.get("null_values", NULL_VALUES))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{path}: null_values must be a list of numbers. {advice}") from error
    depth_unit = str(content.get("depth_unit", "m"))
    return ProjectInfo(content["id"], str(content.get("name", "")), depth_unit, nulls)


def write_project(path: Path, info: ProjectInfo) -> None:
    """Write `project.json`, whole or not at all."""
    content = {"format": PROJECT_FORMAT, "id": info.id, "name": info.name,
               "depth_unit": info.depth_unit, "null_values": list(info.null_values)}
    write_atomically(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def new_project(root: Path, depth_unit: str = "m") -> ProjectInfo:
    """Return the description of a project that does not exist yet."""
    unit = units.canonical(depth_unit) or "m"
    return ProjectInfo(str(uuid.uuid4()), root.resolve().name, unit)
