"""Sweep: what is due is found and handed over, whatever the broker forgets."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.engine.test_submit import SAID, sent
from tests.engine.world import ACME, DAWN, World
from worker.domain.lane import Lane
from worker.domain.outcome import NoAnswer, Pending
from worker.domain.states import State
from worker.domain.window import Window
from worker.engine import sweep as sweeping
from worker.engine.ports import Parts
from worker.engine.submit import submit
from worker.engine.sweep import LEASE, Round, leave, sweep


def swept(world: World, window: int = 8, handful: int = 1) -> Round:
    """One round."""
    return sweep(world.parts, world.broker, window=window, handful=handful)


def crashed(world: World, job_id: str) -> None:
    """A worker that claims the job and dies in mid-call."""

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    submit_, world.rail.submit = world.rail.submit, die  # type: ignore[method-assign,assignment]
    with pytest.raises(Killed):
        submit(world.parts, job_id)
    world.rail.submit = submit_  # type: ignore[method-assign]


def test_due_jobs_are_dispatched_by_phase(world: World) -> None:
    """Queued jobs are to be submitted, waiting ones consulted."""
    waiting = sent(world, Pending(SAID))
    world.clock.forward(days=1)
    queued = world.accept("D-2")
    assert swept(world).dispatched == 2
    assert {("submit", queued), ("consult", waiting.id)} == {(phase, ids[0]) for phase, ids, _ in world.broker.sent}


def test_what_is_in_the_broker_is_not_sent_again_until_it_has_not_moved(world: World) -> None:
    """A lost message costs the re-dispatch time and nothing else."""
    job_id = world.accept()
    assert [swept(world).dispatched, swept(world).dispatched] == [1, 0]
    world.clock.forward(seconds=31)
    assert swept(world).dispatched == 1
    assert [("submit", [job_id], "pac")] * 2 == world.broker.sent


def test_only_a_window_of_work_lies_in_the_broker(world: World) -> None:
    """The backlog stays in the ledger."""
    for number in range(5):
        world.accept(f"D-{number}")
    assert [swept(world, window=3).dispatched, swept(world, window=3).dispatched] == [3, 0]
    submit(world.parts, world.broker.sent[0][1][0])
    assert swept(world, window=3).dispatched == 1


def test_the_window_that_closes_first_goes_first(world: World) -> None:
    """Order of work is by time left, not by arrival."""
    late = world.accept("late")
    world.rail.closes = Window(DAWN + timedelta(hours=2))
    soon = world.accept("soon")
    world.rail.closes = Window(DAWN + timedelta(hours=1))
    sooner = world.accept("sooner")
    swept(world)
    assert [sooner, soon, late] == [ids[0] for _, ids, _ in world.broker.sent]


def test_a_big_tenant_does_not_starve_a_small_one(world: World) -> None:
    """Two places in the window go to two tenants, whoever filed more."""
    for number in range(5):
        world.accept(f"D-{number}")
    small = world.accept("S-1", issuer=replace(ACME, id="small", tenant="small", account="small"))
    swept(world, window=2)
    assert small in [ids[0] for _, ids, _ in world.broker.sent]


def test_a_message_carries_a_handful_of_one_account(world: World) -> None:
    """Neighbours of one account and phase travel together."""
    ids = {world.accept(f"D-{number}") for number in range(3)}
    swept(world, handful=2)
    assert [len(batch) for _, batch, _ in world.broker.sent] == [2, 1]
    assert ids == {job_id for _, batch, _ in world.broker.sent for job_id in batch}


def test_a_silent_workers_job_becomes_uncertain_after_its_lease(world: World) -> None:
    """Nobody knows whether it was sent, so it is asked about."""
    job_id = world.accept()
    crashed(world, job_id)
    assert swept(world).reaped == 0
    world.clock.forward(seconds=61)
    assert swept(world).reaped == 1
    job = world.job(job_id)
    assert (job.state, job.crashes, job.at_risk) == (State.UNCERTAIN, 1, True)


def test_a_job_that_kills_its_worker_three_times_is_parked(world: World) -> None:
    """Poison goes to a person."""
    world.rail.rule = replace(world.rail.rule, crashes=1)
    job_id = world.accept()
    crashed(world, job_id)
    world.clock.forward(seconds=61)
    swept(world)
    assert (world.job(job_id).state, world.job(job_id).slug) == (State.PARKED, "poison")


def test_an_answer_in_the_last_moment_is_not_reaped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between finding an overdue claim and taking it, the worker may still answer."""
    job = sent(world, Pending(SAID))
    with world.ledger.unit() as unit:
        unit_type = type(unit)
    monkeypatch.setattr(unit_type, "overdue", lambda *_: [job.id, "6f1d0f6e-0000-0000-0000-000000000000"])
    monkeypatch.setattr(unit_type, "closed", lambda *_: [job.id, "6f1d0f6e-0000-0000-0000-000000000000"])
    swept(world)
    assert State.WAITING is world.job(job.id).state


def test_a_closed_hard_window_expires_what_was_never_sent(world: World) -> None:
    """A job that waited too long for its approval ends honestly."""
    world.rail.closes = Window(DAWN + timedelta(hours=1), hard=True)
    held = world.accept(held="needs-approval")
    risky = world.accept("D-2")
    world.rail.says(NoAnswer(left=True, slug="timeout"))
    submit(world.parts, risky)
    world.clock.forward(hours=2)
    assert swept(world).expired == 1
    assert (world.job(held).state, world.job(risky).state) == (State.EXPIRED, State.UNCERTAIN)


def test_one_sweep_is_active_and_another_takes_over(world: World) -> None:
    """The lease keeps the others quiet until the active one falls silent."""
    world.accept()
    assert swept(world).active
    other = replace(world.parts, me="other")
    assert Round(active=False) == sweep(other, world.broker, window=8)
    assert not Round(active=False).busy
    world.clock.forward(seconds=LEASE.total_seconds() + 1)
    assert sweep(other, world.broker, window=8).active


def test_a_sweep_that_leaves_is_followed_at_once(world: World) -> None:
    """A graceful end costs no waiting; leaving without the lease takes it from nobody."""
    other = replace(world.parts, me="other")
    assert swept(world).active
    leave(other)
    assert swept(world).active
    leave(world.parts)
    assert sweep(other, world.broker, window=8).active


def test_a_broker_that_is_down_loses_nothing(world: World) -> None:
    """What could not be handed over is due again at once when the broker is back."""
    for number in range(3):
        world.accept(f"D-{number}")
    world.broker.down = 1
    down = swept(world)
    assert (down.broker_down, down.busy) == (True, False)
    world.broker.down = None
    world.clock.forward(seconds=1)
    assert swept(world).dispatched == 2
    assert len({ids[0] for _, ids, _ in world.broker.sent}) == 3


def test_other_services_are_told_once_the_broker_took_it(world: World) -> None:
    """A message that the broker has taken is not told again."""
    world.accept(reply={"task": "erp.told", "queue": "erp", "key": "K-1"})
    world.broker.down = 0
    assert swept(world).broker_down
    world.broker.down = None
    world.clock.forward(seconds=6)
    assert [1, 0] == [swept(world).told, swept(world).told]
    assert "receipt" == world.broker.told[0].payload["event"]


def test_a_round_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round looks at so many jobs and no more."""
    monkeypatch.setattr(sweeping, "_BITE", 2)
    for number in range(5):
        world.accept(f"D-{number}")
    assert swept(world, window=100).dispatched == 2


def test_an_account_is_never_mixed_with_another(world: World) -> None:
    """Ids of two accounts never share a message."""
    world.accept("A-1")
    world.accept("B-1", issuer=replace(ACME, id="b", account="other"))
    swept(world, handful=10)
    assert {"pac", "other"} == {account for _, _, account in world.broker.sent}
    assert isinstance(world.parts, Parts)


def test_a_message_that_cannot_be_handed_over_holds_nobody_up(world: World) -> None:
    """A stranger's impossible queue costs our own work and other callers nothing; it is tried again later."""
    world.accept("D-1", reply={"task": "bad.told", "queue": "impossible", "key": "K-1"})
    world.accept("D-2", reply={"task": "erp.told", "queue": "erp", "key": "K-2"})
    world.broker.refused = "impossible"
    done = swept(world)
    assert (2, 1, False) == (done.dispatched, done.told, done.broker_down)
    assert ["K-2"] == [letter.payload["key"] for letter in world.broker.told]
    assert 0 == swept(world).told
    world.broker.refused = None
    world.clock.forward(seconds=6)
    assert 1 == swept(world).told


def test_one_broken_job_does_not_stop_the_chores(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rail that is not installed any more breaks its own jobs' chores, and they are named."""
    world.rail.closes = Window(DAWN + timedelta(hours=1), hard=True)
    held = world.accept("D-0", held="needs-approval")
    world.rail.closes = Window()
    broken, good = world.accept("D-1"), world.accept("D-2")
    crashed(world, broken)
    crashed(world, good)
    world.clock.forward(hours=2)
    patience_of, world_rail = world.rail.patience, world.rail
    calls = iter([KeyError("gone")])

    def patience(environment: str) -> object:
        for fault in calls:
            raise fault
        return patience_of(environment)

    monkeypatch.setattr(world_rail, "patience", patience)
    done = swept(world)
    assert (1, 1, 1) == (done.reaped, done.expired, len(done.stuck))
    assert State.EXPIRED is world.job(held).state
    assert {State.SENDING, State.UNCERTAIN} == {world.job(broken).state, world.job(good).state}


def test_a_lane_that_was_idle_for_long_is_tried_by_one_job_first(world: World) -> None:
    """A password may have run out over night: a window full of refused logins would lock the account."""
    for number in range(4):
        world.accept(f"D-{number}")
    lately: dict[Lane, datetime] = {}
    assert 1 == sweep(world.parts, world.broker, window=8, lately=lately).dispatched
    world.rail.says(Pending(SAID))
    submit(world.parts, world.broker.sent[0][1][0])
    world.clock.forward(seconds=1)
    assert 3 == sweep(world.parts, world.broker, window=8, lately=lately).dispatched
    world.accept("D-9")
    assert 1 == sweep(world.parts, world.broker, window=8, lately=lately).dispatched
