"""Lanes: what one answer means for everybody else on the same road."""

from dataclasses import replace
from datetime import timedelta

from tests.engine.test_submit import SAID
from tests.engine.world import ACME, World
from worker.domain.lane import Hold, Lane
from worker.domain.outcome import Blocked, NoAnswer, NotTaken, Pause, Pending, Said, Scope
from worker.domain.states import State
from worker.engine.consult import consult
from worker.engine.lanes import begin_on_trial, try_lane
from worker.engine.operator import retry
from worker.engine.ports import CannotPrepare
from worker.engine.submit import submit
from worker.engine.sweep import sweep

REFUSED = Blocked(Scope.ACCOUNT, "pac-login-refused", Said("sf", "601"))
LANE = Lane("mx", "test", "pac")
OTHER = replace(ACME, id="other", account="other")


def dispatched(world: World) -> list[str]:
    """What one round of the sweep hands over."""
    before = len(world.broker.sent)
    sweep(world.parts, world.broker, window=100)
    return [job_id for _, ids, _ in world.broker.sent[before:] for job_id in ids]


def test_a_refused_login_stops_the_account_at_once(world: World) -> None:
    """One 601 is enough: messages that are on their way already send nothing, other accounts go on."""
    first, second = world.accept("D-1"), world.accept("D-2")
    elsewhere = world.accept("E-1", issuer=OTHER)
    world.rail.says(REFUSED)
    submit(world.parts, first)
    assert submit(world.parts, second) is None
    assert (State.PARKED, State.QUEUED) == (world.job(first).state, world.job(second).state)
    assert dispatched(world) == [elsewhere]
    assert submit(world.parts, elsewhere) is not None
    assert len(world.rail.calls) == 2


def test_a_stopped_account_is_not_asked_either(world: World) -> None:
    """A consult logs in, too."""
    waiting = world.accept("D-1")
    submit(world.parts, waiting)
    world.rail.says(REFUSED)
    submit(world.parts, world.accept("D-2"))
    world.clock.forward(days=1)
    assert consult(world.parts, waiting) is None
    assert dispatched(world) == []


def test_a_retry_is_a_trial_that_opens_the_lane(world: World) -> None:
    """After the password was mended, one job tries; when it is taken, the others follow."""
    first, second = world.accept("D-1"), world.accept("D-2")
    world.rail.says(REFUSED)
    submit(world.parts, first)
    retry(world.parts, first, why="password mended", actor="operator:ana")
    world.clock.forward(seconds=1)
    assert len(dispatched(world)) == 1
    assert dispatched(world) == []
    world.rail.says(Pending(SAID))
    submit(world.parts, first)
    world.clock.forward(seconds=61)
    assert second in dispatched(world)


def test_a_trial_that_fails_stops_the_lane_again(world: World) -> None:
    """A second refusal costs one attempt, not one for every job."""
    first, second = world.accept("D-1"), world.accept("D-2")
    world.rail.says(REFUSED, REFUSED)
    submit(world.parts, first)
    retry(world.parts, first, why="mended", actor="operator:ana")
    submit(world.parts, first)
    assert submit(world.parts, second) is None
    assert dispatched(world) == []
    assert len(world.rail.calls) == 2


def test_a_trial_is_taken_alone(world: World) -> None:
    """While one job of a lane on trial is under way, no other is claimed; silence decides nothing."""
    with world.ledger.unit() as unit:
        begin_on_trial(unit, LANE, world.clock.now())
    first, second = world.accept("D-1"), world.accept("D-2")
    meanwhile: list[object] = []

    def and_the_other(_: object) -> NoAnswer:
        meanwhile.append(submit(world.parts, second))
        return NoAnswer(left=True, slug="timeout")

    world.rail.says(and_the_other)
    submit(world.parts, first)
    assert meanwhile == [None]
    with world.ledger.unit() as unit:
        assert [hold.trial for hold in unit.holds(LANE, world.clock.now())] == [True]


def test_a_paused_authority_holds_everybody_for_as_long_as_it_said(world: World) -> None:
    """108 is about the authority: no account asks again before the pause is over."""
    first, second = world.accept("D-1"), world.accept("E-1", issuer=OTHER)
    world.rail.says(NotTaken("paused", Said("sefaz", "108"), pause=Pause(Scope.AUTHORITY, timedelta(minutes=5))))
    submit(world.parts, first)
    assert dispatched(world) == []
    assert submit(world.parts, second) is None
    world.clock.forward(minutes=6)
    assert set(dispatched(world)) == {first, second}


def test_a_throttled_account_waits_alone(world: World) -> None:
    """656 is about one account; a pause never shortens a longer one."""
    first, second = world.accept("D-1"), world.accept("E-1", issuer=OTHER)
    world.rail.says(NoAnswer(left=True, slug="throttled", pause=Pause(Scope.ACCOUNT, timedelta(hours=1))))
    submit(world.parts, first)
    assert dispatched(world) == [second]
    now = world.clock.now()
    with world.ledger.unit() as unit:
        unit.hold(Hold(lane=LANE, slug="shorter", since=now, until=now + timedelta(minutes=1)))
        assert [hold.slug for hold in unit.holds(LANE, now)] == ["throttled"]


def test_trying_a_lane_that_is_open_or_paused_changes_nothing(world: World) -> None:
    """A trial is for what a person has mended."""
    try_lane(world.parts, LANE)
    now = world.clock.now()
    hold = Hold(lane=LANE, slug="throttled", since=now, until=now + timedelta(hours=1))
    with world.ledger.unit() as unit:
        assert unit.holds(LANE, now) == []
        unit.hold(hold)
    try_lane(world.parts, LANE)
    with world.ledger.unit() as unit:
        assert unit.holds(LANE, now) == [hold]


def test_a_pause_is_no_trial(world: World) -> None:
    """Nobody tries a login while the authority wants to be left alone."""
    now = world.clock.now()
    pause = Hold(lane=LANE, slug="throttled", since=now, until=now + timedelta(hours=1))
    with world.ledger.unit() as unit:
        unit.hold(pause)
        begin_on_trial(unit, LANE, now)
        assert unit.holds(LANE, now) == [pause]


def test_a_message_for_a_stopped_lane_is_not_under_way(world: World) -> None:
    """It was thrown away, so the retry that mends the lane does not wait for it."""
    first, second = world.accept("D-1"), world.accept("D-2")
    assert set(dispatched(world)) == {first, second}
    world.rail.says(REFUSED)
    submit(world.parts, first)
    submit(world.parts, second)
    world.clock.forward(seconds=1)
    retry(world.parts, first, why="mended", actor="operator:ana")
    assert len(dispatched(world)) == 1


def test_what_cannot_be_prepared_for_now_waits_with_everybody(world: World) -> None:
    """A clock that is ahead is nothing about one job: all of that authority stay queued and go on afterwards."""
    first, second = world.accept("D-1"), world.accept("D-2")
    world.rail.obstacle = CannotPrepare("clock-ahead", pause=Pause(Scope.AUTHORITY, timedelta(minutes=10)))
    assert submit(world.parts, first) is None
    assert (State.QUEUED, State.QUEUED) == (world.job(first).state, world.job(second).state)
    assert dispatched(world) == []
    world.rail.obstacle = None
    world.clock.forward(minutes=11)
    assert set(dispatched(world)) == {first, second}
