"""A machine that lacks something is told what to install, before anything is half done."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_NAMES = ("python3.13", "python3.12", "python3.11", "python3", "python")
_TOO_OLD = """#!/bin/sh
case "$2" in *version_info*print* | *print*version_info*) echo 3.9 ;; *) exit 1 ;; esac
"""
_NO_VENV = """#!/bin/sh
case "$2" in *ensurepip*) exit 1 ;; *print*) echo 3.12 ;; *) exit 0 ;; esac
"""


def _machine(directory: Path, python: str | None) -> dict[str, str]:
    """An environment whose PATH has a shell's few tools and, under every usual name, this Python."""
    programs = directory / "bin"
    programs.mkdir()
    for tool in ("sh", "dirname"):
        found = shutil.which(tool)
        assert found is not None
        (programs / tool).symlink_to(found)
    for name in _NAMES if python else ():
        (programs / name).write_text(python or "")
        (programs / name).chmod(0o755)
    return {"PATH": str(programs)}


def _set_up(directory: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(ROOT / ".ci" / "environment"), str(directory / "venv"), "requirements/demo.lock"],
        env=environment,
        executable=shutil.which("sh"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(("python", "here"), [(None, "none"), (_TOO_OLD, "3.9")])
def test_a_machine_without_python_is_told_what_to_install(tmp_path: Path, python: str | None, here: str) -> None:
    """No Python, or too old a one: which versions fit, what is here, and the command that installs it."""
    done = _set_up(tmp_path, _machine(tmp_path, python))

    assert done.returncode == 1
    assert f"needs Python 3.11, 3.12 or 3.13; here is {here}." in done.stderr
    assert "apt install python3 python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    """Debian's Python comes without the venv module: the package's name is told."""
    done = _set_up(tmp_path, _machine(tmp_path, _NO_VENV))

    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert "python3.12-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_named_python_has_to_fit(tmp_path: Path) -> None:
    """PYTHON=… is not taken on trust."""
    done = _set_up(tmp_path, _machine(tmp_path, None) | {"PYTHON": str(tmp_path / "nowhere")})

    assert done.returncode == 1
    assert f"PYTHON={tmp_path / 'nowhere'} is not a Python" in done.stderr


def test_scripts_can_be_run() -> None:
    """What the doors call is executable and begins with its interpreter."""
    for script in ("run", "environment", "services"):
        path = ROOT / ".ci" / script
        assert os.access(path, os.X_OK)
        assert path.read_text(encoding="utf-8").startswith("#!")
