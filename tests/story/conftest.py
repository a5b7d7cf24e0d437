"""Towns, built on demand and torn down afterwards."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.story.town import Town


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Authorities and mailbox; a receiver's five minutes pass in five seconds."""
    with Sandbox(speed=60) as sandbox:
        yield sandbox


@pytest.fixture
def found_town(sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable[..., Town]]:
    """Builds a town with these settings."""
    towns: list[Town] = []

    def found(**more: Any) -> Town:
        more.setdefault("sandbox", sandbox)
        home = tmp_path / f"home-{len(towns)}"
        home.mkdir()
        towns.append(Town(home=home, **more))
        towns[-1].add_issuer()
        return towns[-1]

    yield found
    for town in towns:
        town.close()


@pytest.fixture
def town(found_town: Callable[..., Town]) -> Town:
    """A brisk town on SQLite, embedded."""
    return found_town()
