"""What is shipped: build the wheel and the sdist, install the wheel without Node, take it off."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(300)

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LABEXTENSION = "share/jupyter/labextensions/mudrock-jupyter"
SERVER_CONFIG = "etc/jupyter/jupyter_server_config.d/mudrock_jupyter.json"

COMPILE_A_KERNEL = """
import mudrock_jupyter as mr
mr.apply("sig_moving_average", {"GR": [1.0, 2.0, 3.0, 4.0]}, curve="GR", window=3)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel, built from the sdist as a release is."""
    assert (REPOSITORY / "mudrock_jupyter/static/widget.js").exists(), "run `make build` first"
    dist = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist), "."]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return dist


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel_names(wheel: Path) -> set[str]:
    """The files of the wheel; data files by where they are installed."""
    names = zipfile.ZipFile(wheel).namelist()
    return {name.partition(".data/data/")[2] or name for name in names}


def test_the_wheel_has_the_package_and_its_data(wheel_names: set[str]) -> None:
    assert {
        "mudrock_jupyter/__init__.py",
        "mudrock_jupyter/py.typed",
        "mudrock_jupyter/static/widget.js",
        "mudrock_jupyter/notebooks/01-first-pipeline.ipynb",
        f"{LABEXTENSION}/package.json",
        f"{LABEXTENSION}/install.json",
        SERVER_CONFIG,
    } <= wheel_names
    assert any(name.startswith(f"{LABEXTENSION}/static/remoteEntry.") for name in wheel_names)


def test_the_wheel_has_nothing_else(wheel_names: set[str]) -> None:
    expected = ("mudrock_jupyter/", "mudrock_jupyter-", "share/jupyter/", "etc/jupyter/")
    assert [name for name in wheel_names if not name.startswith(expected)] == []
    unwanted = ("__pycache__", "node_modules", ".ipynb_checkpoints", "mudrock_jupyter/labextension")
    assert [name for name in wheel_names if any(part in name for part in unwanted)] == []


def test_the_wheel_is_light(wheel: Path) -> None:
    assert wheel.stat().st_size < 5_000_000


def test_the_sdist_builds_without_git_and_node(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "js/package-lock.json",
        "js/src/hosts/widget.ts",
        "mudrock_jupyter/labextension/package.json",
        "mudrock_jupyter/static/widget.js",
        "notebooks/01-first-pipeline.ipynb",
    } <= names
    assert [name for name in names if "node_modules" in name or name.startswith("js/lib")] == []


@dataclass(frozen=True)
class Environment:
    """A virtual environment that sees this one's packages, but nothing of ours and no Node."""

    folder: Path

    def run(self, *arguments: str) -> str:
        """Run `python <arguments>` and return all it prints."""
        variables = {
            "PATH": str(self.folder / "bin"),
            "HOME": str(self.folder / "home"),
            "JUPYTER_CONFIG_DIR": str(self.folder / "home/config"),
            "JUPYTER_DATA_DIR": str(self.folder / "home/data"),
        }
        result = subprocess.run(
            [str(self.folder / "bin/python"), *arguments],
            env=variables,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout
        return result.stdout

    def site_packages(self) -> Path:
        """Where packages are installed."""
        return next(self.folder.glob("lib/python*/site-packages"))

    def traces(self) -> set[str]:
        """Every file that is there, but for caches of byte code and what commands left at home."""
        found = set()
        for place, _, names in os.walk(self.folder):
            folder = Path(place).relative_to(self.folder)
            if folder.parts[:1] != ("home",) and "__pycache__" not in folder.parts:
                found |= {str(folder / name) for name in names}
        return found


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Environment:
    """A fresh environment."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    environment = Environment(folder)
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    # A plain path entry: .pth files of the other environment (editable installs) are not read.
    (environment.site_packages() / "their-packages.pth").write_text(ours + "\n")
    return environment


def test_install_list_and_uninstall(environment: Environment, wheel: Path) -> None:
    before = environment.traces()

    environment.run("-m", "pip", "install", "--no-deps", "--no-index", str(wheel))
    server = _plain(environment.run("-m", "jupyter_server", "extension", "list"))
    assert re.search(r"mudrock_jupyter .*enabled", server)
    assert re.search(r"mudrock_jupyter \S* *OK", server), server
    lab = _plain(environment.run("-m", "jupyterlab.labextensions", "list"))
    assert re.search(r"mudrock-jupyter v\S+ enabled +OK", lab), lab
    assert environment.run("bin/mudrock", "operators").strip()
    environment.run("-c", COMPILE_A_KERNEL)

    environment.run("-m", "pip", "uninstall", "--yes", "mudrock-jupyter")
    assert environment.traces() == before
    assert list(environment.site_packages().glob("*mudrock*")) == []


def _plain(text: str) -> str:
    """Text without terminal colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
