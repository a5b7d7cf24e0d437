"""What the sweep looks for: work that is due, work that fell silent, windows that closed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, not_, select, update

from worker.domain.lane import Lane
from worker.domain.states import TRANSITIONS, State
from worker.engine.ports import Due
from worker.ledger import tables
from worker.ledger.lanes import Lanes, in_lane
from worker.ledger.tables.job import SENDING, WORKABLE
from worker.ledger.transaction import Transaction, chunks

_Row = Row[*tuple[Any, ...]]

#: States in which a closed window ends a job.
_CLOSABLE = sorted(before.value for before, fact, _ in TRANSITIONS if fact == "expired" and before is not None)


class Dispatch(Transaction):
    """The part of a unit that serves the sweep."""

    def overdue(self, now: datetime, limit: int) -> list[str]:
        """Ids of jobs in ``sending`` whose lease has run out."""
        c = tables.jobs.c
        query = select(c.id).where(SENDING, c.due_at <= now)
        return list(self._connection.scalars(query.order_by(c.due_at, c.id).limit(limit)))

    def closed(self, now: datetime, limit: int) -> list[str]:
        """Ids of jobs with a closed hard window, of which nothing lies at the authority, that are not final."""
        c = tables.jobs.c
        query = select(c.id).where(c.state.in_(_CLOSABLE), c.closes_at <= now, c.hard_window, ~c.at_risk)
        return list(self._connection.scalars(query.order_by(c.closes_at, c.id).limit(limit)))

    def closing(self, now: datetime, until: datetime, limit: int) -> list[str]:
        """Ids of uncertain jobs whose hard window is open and closes by then."""
        c = tables.jobs.c
        query = select(c.id).where(c.state == State.UNCERTAIN.value, c.hard_window, c.closes_at > now)
        return list(
            self._connection.scalars(query.where(c.closes_at <= until).order_by(c.closes_at, c.id).limit(limit))
        )

    def in_flight(self, now: datetime) -> int:
        """How many jobs were handed to the broker and have neither moved since nor waited past their re-dispatch."""
        query = select(func.count()).select_from(tables.jobs).where(tables.jobs.c.dispatched_until >= now)
        return self._connection.scalar(query) or 0

    def due(self, now: datetime, limit: int) -> list[Due]:
        """Jobs to hand to the broker: due, not in flight; fair among tenants, then least window left first.

        None of a lane that is held; at most one of a lane on trial, and none while one of it is in flight.

        Fair: every tenant's most urgent job comes before anybody's second one. Each tenant's queue is read from its
        front only, so that the length of the backlog does not matter.
        """
        holds = Lanes(self._connection).all_holds(now)
        trials = {hold.lane: hold.since for hold in holds if hold.trial}
        shut = [*trials, *(hold.lane for hold in holds if hold.stops(now))]
        tenants = self._tenants()
        share = max(1, 2 * limit // max(1, len(tenants)))
        queues = {tenant: self._queue(tenant, now, share, shut) for tenant in tenants}
        if sum(map(len, queues.values())) < limit:
            longer = [tenant for tenant, queue in queues.items() if len(queue) == share]
            queues |= {tenant: self._queue(tenant, now, limit, shut) for tenant in longer}
        turns = [(turn, row) for queue in queues.values() for turn, row in enumerate(queue)]
        turns.sort(key=lambda one: (one[0], *_urgency(one[1])))
        held = [hold.lane for hold in holds if hold.stops(now)]
        rows = [*self._one_of_each_trial(trials, held, now), *(row for _, row in turns)]
        return [Due(row.id, State(row.state), row.rail, row.environment, row.account) for row in rows[:limit]]

    def _one_of_each_trial(self, trials: Mapping[Lane, datetime], held: Collection[Lane], now: datetime) -> list[_Row]:
        """The most urgent job of each lane on trial that has none under way: the others wait for its answer."""
        free = [lane for lane, since in trials.items() if not self._occupied(lane, since, now)]
        fronts = (self._front(now, 1, in_lane(lane), *(not_(in_lane(one)) for one in held)) for lane in free)
        return sorted((row for front in fronts for row in front), key=_urgency)

    def _occupied(self, lane: Lane, since: datetime, now: datetime) -> bool:
        """Whether the trial's job is under way. What a dead worker had claimed before the trial is not part of it."""
        c = tables.jobs.c
        travelling = (c.dispatched_until >= now) | (SENDING & (c.changed_at >= since))
        return self._connection.scalar(select(c.id).where(in_lane(lane), travelling).limit(1)) is not None

    def _tenants(self) -> list[str]:
        """Tenants with workable jobs, each found by one step into the index rather than by counting all jobs."""
        c = tables.jobs.c
        walk = select(func.min(c.tenant).label("tenant")).where(WORKABLE).cte("walk", recursive=True)
        step = select(func.min(c.tenant)).where(WORKABLE, c.tenant > walk.c.tenant).scalar_subquery()
        walk = walk.union_all(select(step).where(walk.c.tenant.is_not(None)))
        return list(self._connection.scalars(select(walk.c.tenant).where(walk.c.tenant.is_not(None))))

    def _queue(self, tenant: str, now: datetime, limit: int, shut: Collection[Lane]) -> Sequence[_Row]:
        """The front of a tenant's queue."""
        return self._front(now, limit, tables.jobs.c.tenant == tenant, *(not_(in_lane(lane)) for lane in shut))

    def _front(self, now: datetime, limit: int, *which: ColumnElement[bool]) -> Sequence[_Row]:
        c = tables.jobs.c
        query = (
            select(c.id, c.state, c.rail, c.environment, c.account, c.closes_at, c.due_at)
            .where(WORKABLE, c.due_at <= now, *which)
            .where(c.dispatched_until.is_(None) | (c.dispatched_until < now))
            .order_by(c.closes_at.asc().nulls_last(), c.due_at, c.id)
            .limit(limit)
        )
        return self._connection.execute(query).all()

    def forget_dispatched(self) -> None:
        """The broker lost everything for certain: what is due may be handed over at once."""
        c = tables.jobs.c
        self._connection.execute(
            update(tables.jobs).where(c.dispatched_until.is_not(None)).values(dispatched_until=None)
        )

    def dispatched(self, job_ids: Collection[str], until: datetime) -> None:
        """These are with the broker; if they have not moved by ``until`` they are handed over again."""
        c = tables.jobs.c
        for ids in chunks(job_ids):
            self._connection.execute(update(tables.jobs).where(c.id.in_(ids)).values(dispatched_until=until))


def _urgency(row: _Row) -> tuple[bool, datetime, datetime, str]:
    """Least window left first; without a window last."""
    return row.closes_at is None, row.closes_at or row.due_at, row.due_at, row.id
