"""Recovery: after a restore nothing is sent that the authority has not twice denied."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.engine.world import World
from worker.domain.job import Job
from worker.domain.lane import Hold, Lane
from worker.domain.outcome import Absent, NoAnswer, Outcome, Pending, Refusal, Refuser, Said
from worker.domain.states import State
from worker.engine import recovery
from worker.engine.consult import consult
from worker.engine.operator import retry
from worker.engine.ports import CannotPrepare
from worker.engine.recovery import HOLD, recover
from worker.engine.submit import submit
from worker.engine.sweep import sweep

SAID = Said("sf", "702")


def test_every_open_job_is_asked_about_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queued, sending, uncertain and waiting ones by themselves; held and parked ones when a person lets them go."""
    monkeypatch.setattr(recovery, "_BITE", 2)
    world.accept("queued")
    held = world.accept("held", held="needs-approval")
    lost = world.accept("lost")
    world.rail.says(NoAnswer(left=True, slug="timeout"))
    submit(world.parts, lost)
    waiting = world.accept("waiting")
    submit(world.parts, waiting)
    refused = world.accept("refused")
    world.rail.says(Refusal(Refuser.AUTHORITY, "not-cancellable", SAID))
    submit(world.parts, refused)
    parked = world.accept("parked")
    world.rail.obstacle = CannotPrepare("csd-missing")
    submit(world.parts, parked)
    ended = world.journal(refused)

    assert {State.UNCERTAIN: 2, State.WAITING: 1, State.PARKED: 2} == recover(world.parts, actor="operator:ana")
    assert ended == world.journal(refused)
    assert ("restored-held", "csd-missing") == (world.job(held).slug, world.job(parked).slug)
    for job_id in (held, parked):
        assert world.job(job_id).at_risk
        assert State.UNCERTAIN is retry(world.parts, job_id, why="looked", actor="ana").state


def test_what_was_sent_after_the_backup_is_not_sent_again(world: World) -> None:
    """The authority knows it: the job waits for it. It denies another one twice: that one is sent, once."""
    known, unknown = world.accept("known"), world.accept("unknown")
    recover(world.parts, actor="ana")
    sent: Counter[str] = Counter()

    def asked(job: Job) -> Outcome:
        return Pending(Said("sf", "211")) if job.id == known or sent[job.id] else Absent(SAID)

    for _ in range(6):
        for job_id in (known, unknown):
            world.rail.says(asked)
            if consult(world.parts, job_id) is None:
                world.rail.script.clear()
            if (after := submit(world.parts, job_id)) is not None:
                sent[after.id] += 1
        world.clock.forward(seconds=31)
    assert {unknown: 1} == sent
    assert "absence-proven" in world.journal(unknown)
    assert [State.WAITING] * 2 == [world.job(job_id).state for job_id in (known, unknown)]


def test_a_backup_copy_lets_nothing_go_before_it_was_recovered(world: World) -> None:
    """Its roads are held; recovery opens them, and leaves other holds alone."""
    now = world.clock.now()
    job_id = world.accept()
    with world.ledger.unit() as unit:
        unit.hold(Hold(lane=Lane("mx", "test"), slug=HOLD, since=now))
        unit.hold(Hold(lane=Lane("mx", "production"), slug="paused", since=now, until=now + timedelta(hours=1)))
    assert submit(world.parts, job_id) is None
    assert 0 == sweep(world.parts, world.broker, window=9).dispatched
    recover(world.parts, actor="ana")
    assert 1 == sweep(world.parts, world.broker, window=9).dispatched
    assert consult(world.parts, job_id) is not None
    with world.ledger.reading() as reading:
        assert ["paused"] == [hold.slug for hold in reading.lanes.all_holds(now)]


def test_a_job_that_ends_meanwhile_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Final is final, and one that vanished is no fault."""
    job_id = world.accept()
    world.rail.says(Refusal(Refuser.AUTHORITY, "not-cancellable", SAID))
    submit(world.parts, job_id)
    pages = iter([[job_id, "nobody"], []])
    monkeypatch.setattr("worker.ledger.unit.SqlUnit.open_after", lambda *_: next(pages))
    assert {} == recover(world.parts, actor="ana")
