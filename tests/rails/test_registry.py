"""Rails are found by id; outsiders come by entry point and can't displace ours."""

from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest

from worker.rails import registry
from worker.rails.mx.rail import build


def outsider(name: str) -> EntryPoint:
    """An entry point of somebody else's distribution."""
    return EntryPoint(name, "worker.rails.mx.rail:build", registry.GROUP)


@pytest.fixture
def outsiders(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """The installed entry points, as the test fills them."""
    points: list[EntryPoint] = []

    def found(**wanted: Any) -> EntryPoints:
        return EntryPoints(points).select(**wanted)

    monkeypatch.setattr(registry, "entry_points", found)
    return points


def test_ours_is_built_by_id() -> None:
    """``mx`` is there."""
    assert registry.factory("mx") is build
    assert "mx" in registry.ids()


def test_an_outsider_is_found(outsiders: list[EntryPoint]) -> None:
    """A distribution that names a factory adds a rail."""
    outsiders.append(outsider("xx"))
    assert registry.factory("xx") is build
    assert {"mx", "xx"} <= set(registry.ids())


@pytest.mark.parametrize("names", [["mx"], ["xx", "xx"]])
def test_an_id_is_claimed_once(outsiders: list[EntryPoint], names: list[str]) -> None:
    """Nobody takes over a rail quietly."""
    outsiders.extend(outsider(name) for name in names)
    with pytest.raises(ValueError, match="more than once"):
        registry.factory(names[0])


def test_no_such_rail_is_said(outsiders: list[EntryPoint]) -> None:
    """An unknown id is a KeyError."""
    with pytest.raises(KeyError):
        registry.factory("zz")
