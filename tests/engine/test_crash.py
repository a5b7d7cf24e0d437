"""Crash points: named, known, and silent when nobody watches."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import worker.engine
from worker.engine import crash

SOURCES = Path(worker.engine.__file__).parent


@pytest.fixture(autouse=True)
def nobody() -> Iterator[None]:
    """Whoever watched is gone after the test."""
    yield
    crash.watch(None)


def test_a_watcher_hears_of_each_point() -> None:
    """In order, by name."""
    heard: list[str] = []
    crash.watch(heard.append)
    crash.point("submit.ready")
    crash.point("submit.claimed")
    assert ["submit.ready", "submit.claimed"] == heard


def test_nobody_watches_by_default() -> None:
    """A point does nothing then."""
    crash.point("submit.ready")


def test_each_point_stands_where_it_is_told_once() -> None:
    """The list and the engine name the same points, each at one place."""
    placed = [
        name for path in SOURCES.glob("*.py") for name in re.findall(r'crash\.point\("(.+?)"\)', path.read_text())
    ]
    assert sorted(crash.POINTS) == sorted(placed)
