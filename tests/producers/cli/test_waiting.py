"""``--wait``: it ends when nothing moves by itself any more, when time is up, or when the work has died."""

import contextlib
import io
import sys
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from producers.cli import waiting
from producers.cli.ends import Exit, Stopped
from producers.cli.progress import bar
from producers.cli.voice import Voice
from producers.cli.waiting import States, follow, status


def _looks(*seen: States) -> Callable[[], States]:
    coming = iter(seen)
    return lambda: next(coming)


def test_it_ends_when_nothing_moves_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Final states, and those that wait for a person, are the end; every look is told."""
    monkeypatch.setattr("producers.cli.waiting.PAUSE", 0)
    told: list[States] = []
    looks = _looks({"queued": 2}, {"waiting": 1, "cancelled": 1}, {"parked": 1, "cancelled": 1}, {})
    ended = follow(looks, told.append, threading.Event(), limit=None)
    assert {"parked": 1, "cancelled": 1} == ended
    assert [{"queued": 2}, {"waiting": 1, "cancelled": 1}, ended] == told


def test_it_ends_when_time_is_up() -> None:
    """What still moves is told as it is."""
    assert {"waiting": 1} == follow(_looks({"waiting": 1}), lambda _: None, threading.Event(), limit=0)


class _Desk:
    """As much of the desk as waiting asks for; others sweep for as many looks as given."""

    def __init__(self, *swept: bool) -> None:
        coming = iter(swept)
        self.settings = SimpleNamespace(embedded=True)
        self.health = SimpleNamespace(swept_elsewhere=lambda: next(coming))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Which desks' work was taken up here."""
    seen: list[object] = []

    @contextlib.contextmanager
    def at_work(desk: object) -> Iterator[threading.Event]:
        seen.append(desk)
        yield threading.Event()

    monkeypatch.setattr(waiting, "at_work", at_work)
    monkeypatch.setattr(waiting, "PAUSE", 0)
    return seen


@pytest.mark.parametrize(
    ("swept", "looks", "limit", "here"),
    [
        ((), [{"cancelled": 1}], None, 0),
        ((), [{"waiting": 1}], 0, 0),
        ((True, True), [{"queued": 1}, {"waiting": 1}, {"cancelled": 1}], None, 0),
        ((True, False), [{"queued": 1}, {"queued": 1}, {"queued": 1}, {"cancelled": 1}], None, 1),
        ((False,), [{"queued": 1}, {"cancelled": 1}], None, 1),
    ],
)
def test_work_is_taken_up_only_where_nobody_does_it(
    started: list[object], swept: tuple[bool, ...], looks: list[States], limit: float | None, here: int
) -> None:
    """Not for what is over, nor when time is up, nor beside a running system; but after that one has ended."""
    desk = _Desk(*swept)
    ended = waiting.until_over(desk, _looks(*looks), lambda _: None, limit=limit)  # type: ignore[arg-type]
    assert (looks[-1], [desk] * here) == (ended, started)


def test_it_does_not_wait_for_the_dead() -> None:
    """When worker, sweep or mail has died, nothing would ever end."""
    died = threading.Event()
    died.set()
    with pytest.raises(Stopped, match="work-died") as stopped:
        follow(_looks({"waiting": 1}), lambda _: None, died, limit=None)
    assert Exit.UNREACHABLE is stopped.value.status


@pytest.mark.parametrize(
    ("states", "refused", "expected"),
    [
        ({"cancelled": 3}, 0, Exit.DONE),
        ({"cancelled": 3}, 1, Exit.WRONG),
        ({"cancelled": 3, "refused": 1}, 1, Exit.NOT_CANCELLED),
        ({"waiting": 1}, 0, Exit.NOT_CANCELLED),
        ({}, 2, Exit.WRONG),
    ],
)
def test_how_it_ends_is_the_status(states: States, refused: int, expected: Exit) -> None:
    """0 only when everything is cancelled and every row was taken."""
    assert expected is status(states, refused)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_drawn_at_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log file or a program gets none."""
    terminal, file = _Terminal(), io.StringIO()
    for stream, as_json in ((terminal, False), (file, False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with bar(Voice("en", as_json), "waiting") as tell:
            tell(3, 5)
    assert "3/5" in terminal.getvalue()
    assert "" == file.getvalue()
