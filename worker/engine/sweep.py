"""The sweep: finds in the ledger what is due and hands it to the broker, again and again.

Any number may run; one is active at a time by a lease in the ledger, and a doubled sweep would be harmless. Only a
window of work lies in the broker, so that losing the broker costs the window's time and never a job.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from worker.domain import facts, patience
from worker.domain.states import State
from worker.engine.ports import Broker, BrokerDown, Due, Parts
from worker.engine.record import record

#: How many jobs are looked at per chore and round: a round stays short whatever waits.
_BITE = 500
#: How long the sweep's own lease lasts: another takes over this long after the active one fell silent.
LEASE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did. ``active`` is False when another sweep holds the lease."""

    active: bool
    reaped: int = 0
    expired: int = 0
    dispatched: int = 0
    told: int = 0
    broker_down: bool = False

    @property
    def busy(self) -> bool:
        """There may be more to do at once."""
        return bool(self.reaped or self.expired or self.dispatched or self.told) and not self.broker_down


def sweep(parts: Parts, broker: Broker, *, window: int, handful: int = 1) -> Round:
    """One round. ``window`` bounds the jobs in the broker; a message carries at most ``handful`` ids of one account."""
    with parts.ledger.unit() as unit:
        active = unit.take_lease("sweep", parts.me, parts.clock.now(), LEASE)
    if not active:
        return Round(active=False)
    reaped = reap(parts)
    expired = expire(parts)
    try:
        told = tell(parts, broker)
        dispatched = dispatch(parts, broker, window=window, handful=handful)
    except BrokerDown:
        return Round(active=True, reaped=reaped, expired=expired, broker_down=True)
    return Round(active=True, reaped=reaped, expired=expired, dispatched=dispatched, told=told)


def leave(parts: Parts) -> None:
    """Give the lease up, so that another sweep need not wait for it to run out."""
    with parts.ledger.unit() as unit:
        unit.take_lease("sweep", parts.me, parts.clock.now(), timedelta(0))


def reap(parts: Parts) -> int:
    """Take claims from workers that fell silent: their jobs may have been sent, so they become uncertain."""
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        overdue = unit.overdue(now, _BITE)
    for job_id in overdue:
        with parts.ledger.unit() as unit:
            found = unit.get(job_id)
            if found is None or found[0].state is not State.SENDING or (found[0].due_at or now) > now:
                continue  # it answered after all
            job, head = found
            rule = parts.rails[job.rail].patience(job.environment)
            for fact in patience.silent(job, rule, at=now, actor="sweep"):
                job, head = record(parts, unit, job, head, fact)
    return len(overdue)


def expire(parts: Parts) -> int:
    """End the jobs whose hard window closed before anything of them was sent."""
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        closed = unit.closed(now, _BITE)
    for job_id in closed:
        with parts.ledger.unit() as unit:
            found = unit.get(job_id)
            if found is None or found[0].at_risk or found[0].state.final or not found[0].window.closed(now):
                continue  # it moved in the meantime
            record(parts, unit, *found, facts.Expired(at=now, actor="sweep", slug="window-closed"))
    return len(closed)


def dispatch(parts: Parts, broker: Broker, *, window: int, handful: int) -> int:
    """Hand what is due to the broker, least time left first and fair among tenants.

    Raises:
        BrokerDown: the rest stays due.
    """
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        room = window - unit.in_flight(now)
        due = unit.due(now, min(room, _BITE)) if room > 0 else []
        unit.dispatched([one.job_id for one in due], now + parts.redispatch)
    for count, batch in enumerate(messages := list(_messages(due, handful))):
        try:
            broker.send(_phase(batch[0]), [one.job_id for one in batch], batch[0].account)
        except BrokerDown:
            with parts.ledger.unit() as unit:
                unit.dispatched([one.job_id for unsent in messages[count:] for one in unsent], now)
            raise
    return len(due)


def tell(parts: Parts, broker: Broker) -> int:
    """Send what other services wait to hear. Sent before it is ticked off: at least once.

    Raises:
        BrokerDown: the rest stays to be told.
    """
    with parts.ledger.unit() as unit:
        letters = unit.posted(parts.clock.now(), _BITE)
    for letter in letters:
        broker.tell(letter)
        with parts.ledger.unit() as unit:
            unit.sent([letter.id] if letter.id is not None else [])
    return len(letters)


def _phase(due: Due) -> str:
    return "submit" if due.state is State.QUEUED else "consult"


def _messages(due: Sequence[Due], handful: int) -> Iterator[list[Due]]:
    """Neighbours of one phase and account, ``handful`` at a time: the order of urgency is kept."""
    for _, group in groupby(due, key=lambda one: (_phase(one), one.rail, one.account)):
        jobs = list(group)
        for start in range(0, len(jobs), handful):
            yield jobs[start : start + handful]
