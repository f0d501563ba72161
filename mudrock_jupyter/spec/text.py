"""The text of a `.mudrock` file: parsing it, and writing it so that a git diff reads well."""

from __future__ import annotations

import json
import math
import re
import uuid

from pydantic import JsonValue, ValidationError

from mudrock_jupyter.spec.errors import InvalidDocument, NewerFormat
from mudrock_jupyter.spec.pipeline import PipelineSpec

FORMAT = "mudrock/1"
SECTIONS = ("nodes", "edges", "layout", "comments", "metadata", "execution")
SCALARS = ("format", "id", "name", "description", "projectId")
MAXIMUM_CHARACTERS = 64 * 1024 * 1024
MAXIMUM_DEPTH = 64
_LARGEST_EXACT_INTEGER = 2**53

Tree = dict[str, JsonValue]


def empty(name: str = "") -> Tree:
    """Return a new pipeline with an id of its own."""
    spec = PipelineSpec(id=str(uuid.uuid4()), name=name)
    return normalise_tree(spec.model_dump(by_alias=True, mode="json"))


def parse(text: str) -> Tree:
    """Read the text of a `.mudrock` file as a JSON tree, migrated to the current format.

    Raises `InvalidDocument` with line and column, or `NewerFormat`.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise InvalidDocument("The document is larger than 64 MB; a pipeline never is.")
    text = text.removeprefix("\ufeff")  # Windows' editors begin a file with it
    if not text.strip():
        raise InvalidDocument("The document is empty.")
    try:
        tree = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_int=_exact_integer,
        )
    except json.JSONDecodeError as error:
        raise InvalidDocument(
            f"Not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except RecursionError as error:
        raise InvalidDocument("The document is nested too deeply to be a pipeline.") from error
    if not isinstance(tree, dict):
        raise InvalidDocument("The document is not a JSON object, so it is not a pipeline.")
    migrated = normalise_tree(migrate(tree))
    if "format" not in tree and "nodes" not in tree:
        raise InvalidDocument("It has neither a format nor nodes, so it is not a pipeline.")
    return migrated


def is_newer(text: str) -> bool:
    """Say whether a text that cannot be read comes from a newer version of this package."""
    try:
        parse(text)
    except InvalidDocument as error:
        return isinstance(error, NewerFormat)
    return False


def load(text: str) -> PipelineSpec:
    """Read the text of a `.mudrock` file as a pipeline.

    Raises `InvalidDocument` that names the place, or `NewerFormat`.
    """
    return to_spec(parse(text))


def to_spec(tree: Tree) -> PipelineSpec:
    """Check a JSON tree against the pipeline's types."""
    try:
        return PipelineSpec.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise InvalidDocument(f"{place} is not as a pipeline has it: {first['msg']}.") from error


def dump(pipeline: PipelineSpec | Tree) -> str:
    """Write a pipeline as text: sorted keys, two-space indent, one trailing newline.

    >>> dump({"nodes": {}, "format": "mudrock/1"}).splitlines()[1]
    '  "format": "mudrock/1",'
    """
    tree = (
        pipeline.model_dump(by_alias=True, mode="json")
        if isinstance(pipeline, PipelineSpec)
        else pipeline
    )
    text = json.dumps(
        normalise(tree), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    return text + "\n"


def normalise(value: JsonValue, place: tuple[str, ...] = ()) -> JsonValue:
    """Make whole floats integers: Yjs numbers reach Python as floats, text must not change.

    Raises `InvalidDocument`, which names the place, for what JSON cannot hold: NaN, infinities,
    lone surrogates, endless nesting.
    """
    if len(place) > MAXIMUM_DEPTH:
        raise InvalidDocument(f"The document is nested more than {MAXIMUM_DEPTH} levels deep.")
    if isinstance(value, float):
        return _normalise_float(value, place)
    if isinstance(value, str):
        return _checked_text(value, place)
    if isinstance(value, dict):
        return {
            _checked_text(key, place): normalise(item, (*place, key)) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [normalise(item, (*place, str(index))) for index, item in enumerate(value)]
    return value


def normalise_tree(tree: Tree) -> Tree:
    """`normalise` for a whole document."""
    return {_checked_text(key, ()): normalise(value, (key,)) for key, value in tree.items()}


def _normalise_float(value: float, place: tuple[str, ...]) -> int | float:
    if not math.isfinite(value):
        raise InvalidDocument(f"{_at(place)}{value} is not a number a document can hold.")
    whole = value.is_integer() and abs(value) <= _LARGEST_EXACT_INTEGER
    return int(value) if whole else value


def _checked_text(text: str, place: tuple[str, ...]) -> str:
    if re.search("[\ud800-\udfff]", text):
        raise InvalidDocument(f"{_at(place)}the text holds half of a character (a lone surrogate).")
    return text


def _at(place: tuple[str, ...]) -> str:
    return f"{'.'.join(place)}: " if place else ""


def _without_duplicates(pairs: list[tuple[str, JsonValue]]) -> Tree:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise InvalidDocument(f"The key {twice!r} stands twice in one object; remove one of them.")
    return tree


def _exact_integer(digits: str) -> int | float:
    # 2**53 is the largest whole number that Yjs and JavaScript keep exactly.
    if len(digits) > 17:
        return float(digits) if len(digits) < 300 else _refuse_number(digits)
    number = int(digits)
    return number if abs(number) <= _LARGEST_EXACT_INTEGER else float(number)


def _refuse_number(digits: str) -> float:
    raise InvalidDocument(f"A number of {len(digits)} digits is not one a document can hold.")


def migrate(tree: Tree) -> Tree:
    """Bring an older tree to the current format; refuse what is newer or foreign."""
    marker = tree.get("format", FORMAT)
    if marker != FORMAT:
        match = re.fullmatch(r"mudrock/(\d{1,9})", marker) if isinstance(marker, str) else None
        if match is None:
            raise InvalidDocument(f"The format is {marker!r}; a pipeline's is {FORMAT!r}.")
        if int(match[1]) > 1:
            raise NewerFormat(
                f"The file has the format {marker}, this version reads up to {FORMAT}. "
                "Upgrade with: pip install --upgrade mudrock-jupyter"
            )
        raise InvalidDocument(f"The format {marker!r} never existed; a pipeline's is {FORMAT!r}.")
    for section in SECTIONS:
        _require_objects(
            section, tree.get(section, {}), inner=section in {"nodes", "edges", "comments"}
        )
    return {"format": FORMAT, **tree}


def _require_objects(section: str, value: JsonValue, inner: bool) -> None:
    if not isinstance(value, dict):
        raise InvalidDocument(f"{section!r} is not a JSON object.")
    for key, item in value.items() if inner else ():
        if not isinstance(item, dict):
            raise InvalidDocument(f"{section}.{key} is not a JSON object.")
