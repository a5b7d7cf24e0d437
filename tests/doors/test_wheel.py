"""The wheel that people install is complete without the repository around it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
PACKAGES = ("worker", "producers", "schemas", "sandbox")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    built = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    return Path(next(built))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in a directory of its own."""
    place = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def test_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """Code, tables, messages, WSDL, schemas and migrations are all in it."""
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    ours = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert set() == ours - inside


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    """Tests, documents and settings stay at home."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}

    assert {*PACKAGES} == {top for top in tops if not top.endswith(".dist-info")}


@pytest.mark.parametrize("kind", ["*.toml", "*.wsdl", "migrations/versions/*.py", "py.typed"])
def test_wheel_holds_each_kind_of_data(installed: Path, kind: str) -> None:
    """At least one file of each kind that is read at run time."""
    assert list(installed.rglob(kind))


def test_wheel_works_elsewhere(installed: Path, tmp_path: Path) -> None:
    """Imported from an empty directory, messages and the migrations are found in the wheel, not in the repository."""
    program = f"""
import sys
sys.path.insert(0, {str(installed)!r})
from importlib.resources import files
import worker.domain.states, producers, sandbox
assert files("schemas.messages").joinpath("es.toml").read_text(encoding="utf-8")
assert worker.domain.states.__file__.startswith({str(installed)!r})
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr
