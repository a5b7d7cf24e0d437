"""Lanes: a refused login stops its account at once, a paused authority stops everybody, and nothing is lost."""

from datetime import datetime

from worker.domain.lane import Hold, Lane
from worker.domain.outcome import Blocked, NoAnswer, NotTaken, Outcome, Pause, Scope
from worker.engine.ports import Parts, Unit


def may_go(unit: Unit, job_id: str, now: datetime) -> bool:
    """Whether this job's lane lets it go now; on trial, one at a time."""
    lane = unit.lane_of(job_id)
    holds = unit.holds(lane, now)
    if any(hold.stops(now) for hold in holds):
        return False
    return not any(hold.trial and unit.lane_busy(lane, hold.since) for hold in holds)


def steer(unit: Unit, job_id: str, said: Outcome, now: datetime) -> None:
    """What an answer means for the lane: a refused login stops it, a pause holds it, any word opens a trial."""
    lane = unit.lane_of(job_id)
    match said:
        case Blocked(scope=Scope.ACCOUNT):
            unit.hold(Hold(lane=lane, slug=said.slug, since=now))
        case NotTaken(pause=pause) | NoAnswer(pause=pause) if pause is not None:
            pause_lane(unit, job_id, said.slug, pause, now)
        case NoAnswer():
            pass  # says nothing about the account
        case _:
            if any(hold.trial for hold in unit.holds(lane, now)):
                unit.free(lane)


def pause_lane(unit: Unit, job_id: str, slug: str, pause: Pause, now: datetime) -> None:
    """Hold the job's lane, or everybody's, back for a while."""
    lane = unit.lane_of(job_id)
    held = Lane(lane.rail, lane.environment) if pause.scope is Scope.AUTHORITY else lane
    unit.hold(Hold(lane=held, slug=slug, since=now, until=now + pause.length))


def try_lane(parts: Parts, lane: Lane) -> None:
    """Something was mended: let one job of a stopped lane try. Lanes that are open or paused stay as they are."""
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        for hold in unit.holds(lane, now):
            if hold.lane == lane and hold.until is None and not hold.trial:
                unit.hold(Hold(lane=lane, slug=hold.slug, since=now, trial=True))


def begin_on_trial(unit: Unit, lane: Lane, now: datetime) -> None:
    """A login that nobody has used yet, or lately: one job tries it before the others follow. A pause stays one."""
    if not any(hold.lane == lane and hold.until is not None for hold in unit.holds(lane, now)):
        unit.hold(Hold(lane=lane, slug="account-on-trial", since=now, trial=True))
