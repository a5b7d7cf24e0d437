"""Hard windows that close: a person hears of it in time."""

from datetime import timedelta

import pytest

from tests.engine.world import DAWN, World
from worker.domain.lane import Hold, Lane
from worker.domain.outcome import NoAnswer
from worker.domain.states import State
from worker.domain.window import Window
from worker.engine.consult import consult
from worker.engine.deadline import widest
from worker.engine.operator import retry
from worker.engine.ports import Parts
from worker.engine.submit import submit
from worker.engine.sweep import press, sweep

SILENCE = NoAnswer(left=True, slug="timeout")


@pytest.fixture
def lost(world: World) -> str:
    """A job whose answer was lost, two hours before its window closes."""
    world.rail.closes = Window(DAWN + timedelta(hours=2), hard=True)
    job_id = world.accept()
    world.rail.says(SILENCE)
    submit(world.parts, job_id)
    return job_id


def asked(world: World, job_id: str) -> None:
    """Asked about in vain, once it is due."""
    due = world.job(job_id).due_at
    assert due is not None
    world.clock.forward(seconds=max(0.0, (due - world.clock.now()).total_seconds()))
    world.rail.says(SILENCE)
    consult(world.parts, job_id)


def test_silence_brings_a_person_in_time(world: World, lost: str) -> None:
    """It is asked about as planned, and parked early enough; a person who retries has his question asked."""
    while world.job(lost).state is State.UNCERTAIN:
        asked(world, lost)
    closes = DAWN + timedelta(hours=2)
    assert (State.PARKED, "window-closing") == (world.job(lost).state, world.job(lost).slug)
    assert closes - world.clock.now() >= world.rail.rule.margin
    before = len(world.rail.calls)
    retry(world.parts, lost, why="portal shows nothing", actor="ana")
    assert 0 == sweep(world.parts, world.broker, window=9).pressed
    consult(world.parts, lost)
    assert (before + 1, State.WAITING) == (len(world.rail.calls), world.job(lost).state)


def test_what_nobody_asks_about_is_parked_by_the_sweep(world: World, lost: str) -> None:
    """Its lane is stopped, so no question goes out: the sweep hands it over, and leaves others alone."""
    world.rail.closes = Window(DAWN + timedelta(hours=9), hard=True)
    later = world.accept("later")
    with world.ledger.unit() as unit:
        unit.hold(Hold(lane=Lane("mx", "test", "pac"), slug="pac-login-refused", since=DAWN))
    world.clock.forward(minutes=59)
    assert 0 == sweep(world.parts, world.broker, window=9).pressed
    world.clock.forward(minutes=1)
    assert 1 == sweep(world.parts, world.broker, window=9).pressed
    assert (State.PARKED, State.QUEUED) == (world.job(lost).state, world.job(later).state)
    assert "window-closing" == world.job(lost).slug


def test_a_job_that_was_asked_about_meanwhile_is_left_alone(
    world: World, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the sweep found a moment ago may have moved, or be gone."""
    consult(world.parts, lost)
    monkeypatch.setattr("worker.ledger.unit.SqlUnit.closing", lambda *_: [lost, "nobody"])
    assert 0 == press(world.parts, [])


def test_the_widest_margin_counts(world: World) -> None:
    """Of all rails; without any there is none."""
    assert timedelta(hours=1) == widest(world.parts)
    assert timedelta(0) == widest(Parts(ledger=world.ledger, rails={}, clock=world.clock, me="x"))
