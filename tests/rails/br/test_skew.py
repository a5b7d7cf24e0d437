"""Our clock against the authority's: only what is certain counts, and not for long."""

from datetime import timedelta

import pytest

from tests.soap.authority import NOON, SetClock
from worker.rails.br.skew import Skew

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def clock() -> SetClock:
    """Ours."""
    return SetClock()


@pytest.fixture
def skew(clock: SetClock) -> Skew:
    """Nothing measured yet."""
    return Skew(clock.now)


def test_nothing_measured_is_nothing_ahead(skew: Skew) -> None:
    """Without a word of the authority's, we are right."""
    assert timedelta() == skew.ahead(MINUTE)


@pytest.mark.parametrize(("behind", "expected"), [(-60, 0), (0, 0), (1, 0), (2, 1), (301, 300)])
def test_whole_seconds_are_forgiven(skew: Skew, behind: int, expected: int) -> None:
    """The authority writes no fractions; its future is no fault of our clock."""
    skew.note(NOON - behind * SECOND, NOON)
    assert expected * SECOND == skew.ahead(MINUTE)


def test_the_latest_stamp_of_an_answer_counts(skew: Skew) -> None:
    """An old registration inside a fresh answer says nothing about clocks."""
    skew.note(NOON, NOON)
    skew.note(NOON - MINUTE, NOON)
    assert timedelta() == skew.ahead(MINUTE)


def test_a_later_answer_replaces_an_earlier_one(skew: Skew, clock: SetClock) -> None:
    """And one that was asked earlier and came later does not."""
    skew.note(NOON - MINUTE, NOON)
    clock.at = NOON + 10 * SECOND
    skew.note(clock.at, clock.at)
    assert timedelta() == skew.ahead(MINUTE)
    skew.note(NOON - MINUTE, NOON + SECOND)
    assert timedelta() == skew.ahead(MINUTE)


def test_a_measure_grows_old(skew: Skew, clock: SetClock) -> None:
    """Somebody may have mended the clock meanwhile; and when it was set back, it was mended."""
    skew.note(NOON - MINUTE, NOON)
    clock.at = NOON + MINUTE
    assert 59 * SECOND == skew.ahead(MINUTE)
    clock.at = NOON + MINUTE + SECOND
    assert timedelta() == skew.ahead(MINUTE)
    clock.at = NOON - SECOND
    assert timedelta() == skew.ahead(MINUTE)
