"""How long a document may be cancelled."""

from datetime import datetime, timedelta

import pytest

from tests.domain.samples import MINUTE, NOON, job_in
from worker.domain.states import State
from worker.domain.window import Window


def test_time_left_runs_down_and_on() -> None:
    """Before the end it is positive, after it negative, and unknown where no end is known."""
    assert Window(NOON).left(NOON - MINUTE) == MINUTE
    assert Window(NOON).left(NOON + MINUTE) == -MINUTE
    assert Window().left(NOON) is None


@pytest.mark.parametrize(
    ("window", "closed"),
    [
        (Window(NOON, hard=True), True),
        (Window(NOON + MINUTE, hard=True), False),
        (Window(NOON - MINUTE, hard=False), False),
        (Window(None, hard=True), False),
    ],
)
def test_only_a_hard_window_closes(window: Window, closed: bool) -> None:
    """A hard window closes at its very end; a soft one only orders and warns."""
    assert window.closed(NOON) is closed


def test_a_window_needs_an_aware_end() -> None:
    """A deadline without a zone is refused."""
    with pytest.raises(ValueError, match="aware"):
        Window(datetime(2026, 11, 20))  # noqa: DTZ001  (the very thing that is refused)


def test_a_job_knows_its_window() -> None:
    """The row's two columns are one window."""
    closes = NOON + timedelta(hours=24)
    assert Window(closes, hard=True) == job_in(State.QUEUED, closes_at=closes, hard_window=True).window
