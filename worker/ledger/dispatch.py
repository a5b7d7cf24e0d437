"""What the sweep looks for: work that is due, work that fell silent, windows that closed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from worker.domain.states import TRANSITIONS, State
from worker.engine.ports import Due
from worker.ledger import tables
from worker.ledger.transaction import Transaction, chunks

#: States in which a worker can do something for a job.
_WORKABLE = (State.QUEUED.value, State.UNCERTAIN.value, State.WAITING.value)

#: States in which a closed window ends a job.
_CLOSABLE = sorted(before.value for before, fact, _ in TRANSITIONS if fact == "expired" and before is not None)


class Dispatch(Transaction):
    """The part of a unit that serves the sweep."""

    def overdue(self, now: datetime, limit: int) -> list[str]:
        """Ids of jobs in ``sending`` whose lease has run out."""
        c = tables.jobs.c
        query = select(c.id).where(c.state == State.SENDING.value, c.due_at <= now)
        return list(self._connection.scalars(query.order_by(c.due_at, c.id).limit(limit)))

    def closed(self, now: datetime, limit: int) -> list[str]:
        """Ids of jobs with a closed hard window, of which nothing lies at the authority, that are not final."""
        c = tables.jobs.c
        query = select(c.id).where(c.state.in_(_CLOSABLE), c.closes_at <= now, c.hard_window, ~c.at_risk)
        return list(self._connection.scalars(query.order_by(c.closes_at, c.id).limit(limit)))

    def in_flight(self, now: datetime) -> int:
        """How many jobs were handed to the broker and have neither moved since nor waited past their re-dispatch."""
        query = select(func.count()).select_from(tables.jobs).where(tables.jobs.c.dispatched_until >= now)
        return self._connection.scalar(query) or 0

    def due(self, now: datetime, limit: int) -> list[Due]:
        """Jobs to hand to the broker: due, not in flight; fair among tenants, then least window left first.

        Fair: every tenant's most urgent job comes before anybody's second one.
        """
        c = tables.jobs.c
        urgency = (c.closes_at.asc().nulls_last(), c.due_at, c.id)
        turn = func.row_number().over(partition_by=c.tenant, order_by=urgency)
        queue = select(c.id, c.state, c.rail, c.account, c.closes_at, c.due_at, turn.label("turn")).where(_ready(now))
        q = queue.subquery().c
        query = (
            select(q.id, q.state, q.rail, q.account)
            .order_by(q.turn, q.closes_at.asc().nulls_last(), q.due_at, q.id)
            .limit(limit)
        )
        return [Due(row.id, State(row.state), row.rail, row.account) for row in self._connection.execute(query)]

    def dispatched(self, job_ids: Collection[str], until: datetime) -> None:
        """These are with the broker; if they have not moved by ``until`` they are handed over again."""
        c = tables.jobs.c
        for ids in chunks(job_ids):
            self._connection.execute(update(tables.jobs).where(c.id.in_(ids)).values(dispatched_until=until))


def _ready(now: datetime) -> ColumnElement[bool]:
    c = tables.jobs.c
    idle = or_(c.dispatched_until.is_(None), c.dispatched_until < now)
    return and_(c.state.in_(_WORKABLE), c.due_at <= now, idle)
