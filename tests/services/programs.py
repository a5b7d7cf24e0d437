"""Where the servers' programs lie, and as whom they run. A missing program skips a test by name; in CI it fails it."""

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

#: Debian keeps servers out of a user's PATH.
_SYSTEM = ("/usr/sbin", "/usr/local/sbin", "/sbin")


def find(program: str, *places: str) -> Path | None:
    """The program in PATH, in ``places`` (the first one that has it) or where Debian puts servers."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *places, *_SYSTEM))
    found = shutil.which(program, path=path)
    return Path(found) if found else None


def need(program: str, places: Sequence[str] = ()) -> Path:
    """The program; without it the asking test is skipped, or fails where ``CI=true`` promises that all is there."""
    found = find(program, *places)
    if found is not None:
        return found
    missing = f"{program} is not installed (`make services` says how)"
    if os.environ.get("CI") == "true":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


def runner() -> pwd.struct_passwd:
    """Who runs the servers: whoever runs the tests, or ``nobody`` when that is root (PostgreSQL refuses root)."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def as_runner() -> dict[str, Any]:
    """Arguments for ``subprocess`` that drop root's rights."""
    if os.geteuid() != 0:
        return {}
    who = runner()
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
