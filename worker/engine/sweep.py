"""The sweep: finds in the ledger what is due and hands it to the broker, again and again.

Any number may run; one is active at a time by a lease in the ledger, and a doubled sweep would be harmless. Only a
window of work lies in the broker, so that losing the broker costs the window's time and never a job.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from worker.domain import facts, patience
from worker.domain.lane import Lane
from worker.domain.states import State
from worker.engine import crash
from worker.engine.deadline import hand_over, widest
from worker.engine.lanes import begin_on_trial
from worker.engine.ports import Broker, BrokerDown, Due, Parts, Undeliverable, Unit
from worker.engine.record import record

#: How many jobs are looked at per chore and round: a round stays short whatever waits.
_BITE = 500
#: How long the sweep's own lease lasts: another takes over this long after the active one fell silent.
LEASE = timedelta(seconds=5)


#: After this a lane's login counts as untried.
_A_WHILE = timedelta(minutes=15)
#: Waiting times of a message that can't be handed over; a service that is away for days still hears.
_UNDELIVERABLE = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did. ``active`` is False when another sweep holds the lease."""

    active: bool
    reaped: int = 0
    expired: int = 0
    pressed: int = 0
    dispatched: int = 0
    told: int = 0
    broker_down: bool = False
    #: Jobs that a chore broke on: a fault of ours that must not stop the others.
    stuck: tuple[str, ...] = ()

    @property
    def busy(self) -> bool:
        """There may be more to do at once."""
        return bool(self.reaped or self.expired or self.dispatched or self.told) and not self.broker_down


def sweep(
    parts: Parts, broker: Broker, *, window: int, handful: int = 1, lately: dict[Lane, datetime] | None = None
) -> Round:
    """One round. ``window`` bounds the jobs in the broker; a message carries at most ``handful`` ids of one account.

    ``lately`` remembers between rounds when each lane was last used; see ``dispatch``.
    """
    with parts.ledger.unit() as unit:
        active = unit.take_lease("sweep", parts.me, parts.clock.now(), LEASE)
    if not active:
        return Round(active=False)
    crash.point("sweep.leased")
    stuck: list[str] = []
    reaped = reap(parts, stuck)
    expired = expire(parts, stuck)
    pressed = press(parts, stuck)
    chores = Round(active=True, reaped=reaped, expired=expired, pressed=pressed, stuck=tuple(stuck))
    try:
        dispatched = dispatch(parts, broker, window=window, handful=handful, lately=lately)
    except BrokerDown:
        return replace(chores, broker_down=True)
    return replace(chores, dispatched=dispatched, told=tell(parts, broker))


def leave(parts: Parts) -> None:
    """Give the lease up, so that another sweep need not wait for it to run out."""
    with parts.ledger.unit() as unit:
        unit.take_lease("sweep", parts.me, parts.clock.now(), timedelta(0))


def reap(parts: Parts, stuck: list[str]) -> int:
    """Take claims from workers that fell silent: their jobs may have been sent, so they become uncertain."""
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        overdue = unit.overdue(now, _BITE)
    return sum(_done(parts, job_id, _reaped, stuck) for job_id in overdue)


def _reaped(parts: Parts, unit: Unit, job_id: str) -> bool:
    now = parts.clock.now()
    found = unit.get(job_id)
    if found is None or found[0].state is not State.SENDING or (found[0].due_at or now) > now:
        return False  # it answered after all
    job, head = found
    rule = parts.rails[job.rail].patience(job.environment)
    for fact in patience.silent(job, rule, at=now, actor="sweep"):
        job, head = record(parts, unit, job, head, fact)
    return True


def expire(parts: Parts, stuck: list[str]) -> int:
    """End the jobs whose hard window closed before anything of them was sent."""
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        closed = unit.closed(now, _BITE)
    return sum(_done(parts, job_id, _expired, stuck) for job_id in closed)


def _expired(parts: Parts, unit: Unit, job_id: str) -> bool:
    now = parts.clock.now()
    found = unit.get(job_id)
    if found is None or found[0].at_risk or found[0].state.final or not found[0].window.closed(now):
        return False  # it moved in the meantime
    record(parts, unit, *found, facts.Expired(at=now, actor="sweep", slug="window-closed"))
    return True


def press(parts: Parts, stuck: list[str]) -> int:
    """Park what stays uncertain shortly before its hard window closes, because nobody asks about it any more."""
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        closing = unit.closing(now, now + widest(parts), _BITE)
    return sum(_done(parts, job_id, hand_over, stuck) for job_id in closing)


def _done(parts: Parts, job_id: str, chore: Callable[[Parts, Unit, str], bool], stuck: list[str]) -> bool:
    """A chore on one job, in a transaction of its own. One that breaks is named, and the others go on."""
    try:
        with parts.ledger.unit() as unit:
            done = chore(parts, unit, job_id)
            crash.point("sweep.tending")
    except Exception:
        stuck.append(job_id)
        return False
    crash.point("sweep.tended")
    return done


def dispatch(
    parts: Parts, broker: Broker, *, window: int, handful: int, lately: dict[Lane, datetime] | None = None
) -> int:
    """Hand what is due to the broker, least time left first and fair among tenants.

    A lane that nobody has used for a while goes on trial: a password may have run out over night, and a whole
    window of refused logins would lock the account. Its first job goes alone, the others follow its answer.

    Raises:
        BrokerDown: the rest stays due.
    """
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        room = window - unit.in_flight(now)
        due = unit.due(now, min(room, _BITE)) if room > 0 else []
        if lately is not None and (idle := _idle({one.lane for one in due}, lately, now)):
            for lane in idle:
                begin_on_trial(unit, lane, now)
            due = unit.due(now, min(room, _BITE))
        unit.dispatched([one.job_id for one in due], now + parts.redispatch)
    crash.point("sweep.marked")
    for count, batch in enumerate(messages := list(_messages(due, handful))):
        try:
            broker.send(_phase(batch[0]), [one.job_id for one in batch], batch[0].account)
        except BrokerDown:
            with parts.ledger.unit() as unit:
                unit.dispatched([one.job_id for unsent in messages[count:] for one in unsent], now)
            raise
        crash.point("sweep.sent")
    return len(due)


def tell(parts: Parts, broker: Broker) -> int:
    """Send what other services wait to hear. Sent before it is ticked off: at least once.

    A message that can't be handed over waits ever longer and holds nobody up, least of all our own work.
    """
    with parts.ledger.unit() as unit:
        letters = unit.posted(parts.clock.now(), _BITE)
    told = 0
    for letter in letters:
        assert letter.id is not None  # it comes from the ledger
        try:
            broker.tell(letter)
        except Undeliverable:
            with parts.ledger.unit() as unit:
                unit.unsent(letter.id, parts.clock.now() + patience.step(_UNDELIVERABLE, letter.attempts))
            continue
        crash.point("sweep.told")
        with parts.ledger.unit() as unit:
            unit.sent([letter.id])
        told += 1
    return told


def _idle(lanes: set[Lane], lately: dict[Lane, datetime], now: datetime) -> set[Lane]:
    """Those of the lanes that have not been used for a while. All of them are noted as used now."""
    idle = {lane for lane in lanes if lane not in lately or now - lately[lane] > _A_WHILE}
    lately |= dict.fromkeys(lanes, now)
    return idle


def _phase(due: Due) -> str:
    return "submit" if due.state is State.QUEUED else "consult"


def _messages(due: Sequence[Due], handful: int) -> Iterator[list[Due]]:
    """Neighbours of one phase and account, ``handful`` at a time: the order of urgency is kept."""
    for _, group in groupby(due, key=lambda one: (_phase(one), one.rail, one.account)):
        jobs = list(group)
        for start in range(0, len(jobs), handful):
            yield jobs[start : start + handful]
