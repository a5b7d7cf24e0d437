"""The lock files hold what ``pyproject.toml`` asks for, completely, with hashes, and name no index."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

#: Lock file → the extras and dependency groups that it pins, as ``make lock`` says.
LOCKS = {
    "dev.lock": (tuple(PROJECT["project"]["optional-dependencies"]), ("dev",)),
    "demo.lock": (("sandbox",), ("build",)),
}


def _group(name: str) -> Iterator[str]:
    for entry in PROJECT["dependency-groups"][name]:
        if isinstance(entry, str):
            yield entry
        else:
            yield from _group(entry["include-group"])


def _asked(lock: str) -> list[Requirement]:
    extras, groups = LOCKS[lock]
    texts = [*PROJECT["project"]["dependencies"]]
    for extra in extras:
        texts += PROJECT["project"]["optional-dependencies"][extra]
    for group in groups:
        texts += _group(group)
    return [Requirement(text) for text in texts]


def _entries(lock: str) -> list[str]:
    """One text per pinned package: its requirement and the hashes that follow it."""
    lines = (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return [entry for entry in re.split(r"\n(?=\S)", text.replace("\\\n", " ")) if entry.strip()]


def _pins(lock: str) -> dict[NormalizedName, list[Requirement]]:
    pins: dict[NormalizedName, list[Requirement]] = {}
    for entry in _entries(lock):
        requirement = Requirement(entry.partition("--hash=")[0])
        pins.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return pins


def _pinned(pins: Mapping[NormalizedName, list[Requirement]], name: str) -> Version | None:
    """The version that this interpreter would get."""
    for pin in pins.get(canonicalize_name(name), ()):
        if pin.marker is None or pin.marker.evaluate():
            return Version(next(iter(pin.specifier)).version)
    return None


def _needed(requirements: Iterable[Requirement]) -> Iterator[Requirement]:
    """These requirements and all that they need here, as the installed packages say."""
    seen: set[str] = set()
    queue = list(requirements)
    while queue:
        requirement = queue.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        yield requirement
        queue += _wants(requirement)


def _wants(requirement: Requirement) -> Iterator[Requirement]:
    try:
        texts = distribution(requirement.name).requires or []
    except PackageNotFoundError:
        return
    environments = [{"extra": extra} for extra in ("", *requirement.extras)]
    for text in texts:
        wanted = Requirement(text)
        if wanted.marker is None or any(wanted.marker.evaluate(environment) for environment in environments):
            yield wanted


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_satisfies_the_project(lock: str) -> None:
    """Everything that is needed, directly or through others, is pinned at a version that everybody accepts."""
    pins = _pins(lock)
    for requirement in _needed(_asked(lock)):
        version = _pinned(pins, requirement.name)
        assert version is not None, f"{requirement.name} is not in {lock}: make lock"
        assert requirement.specifier.contains(version, prereleases=True), f"{lock}: {version} is not {requirement}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_download_is_checked(lock: str) -> None:
    """Each entry is one exact version with at least one sha256."""
    for entry in _entries(lock):
        assert re.search(r"==\S+.*--hash=sha256:[0-9a-f]{64}", entry, re.DOTALL), entry[:80]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_place(lock: str) -> None:
    """Where packages come from is the business of whoever installs: no index, no address, no path."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert [] == re.findall(r"--(?:extra-)?index-url|--find-links|\w+://|file:|^\s*-e\b", text, re.MULTILINE)


def test_demo_and_development_agree() -> None:
    """Both locks live in one environment: what both pin, they pin alike."""
    demo, development = _pins("demo.lock"), _pins("dev.lock")
    for name, pins in demo.items():
        assert [str(pin.specifier) for pin in development.get(name, ())] == [str(pin.specifier) for pin in pins], name
