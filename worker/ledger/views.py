"""Looking at the ledger: jobs by filter, one job with its whole history, counts. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, select

from worker.domain.job import Job
from worker.domain.journal import Line
from worker.domain.states import OPEN, State
from worker.ledger import tables
from worker.ledger.jobs import COLUMNS, Jobs, job_of
from worker.ledger.transaction import Transaction

_Columns = TypeVarTuple("_Columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs: all that match every given field."""

    tenant: str | None = None
    rail: str | None = None
    environment: str | None = None
    issuer: str | None = None
    document: str | None = None
    batch: str | None = None
    states: Collection[State] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended: the next one goes on from here, whatever happened meanwhile."""

    accepted_at: datetime
    job_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Jobs, newest first. ``following`` is None on the last page."""

    jobs: tuple[Job, ...]
    following: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An exchange as it was kept: ``sent`` and ``received`` are digests of archived bytes."""

    seq: int
    kind: str
    url: str
    started_at: datetime
    ended_at: datetime
    http_status: int | None
    fault: str | None
    sent: str
    received: str | None


@dataclass(frozen=True, slots=True)
class History:
    """Everything that is known of one job."""

    job: Job
    account: str
    lines: tuple[Line, ...]
    exchanges: tuple[Kept, ...]


class Views(Transaction):
    """The part of a transaction that only looks."""

    def jobs(self, which: Filter | None = None, *, after: Mark | None = None, limit: int = 50) -> Page:
        """A page of jobs, newest first."""
        c = tables.jobs.c
        query = _filtered(select(*COLUMNS), which or Filter())
        if after is not None:
            at = after.accepted_at
            query = query.where((c.accepted_at < at) | ((c.accepted_at == at) & (c.id < after.job_id)))
        query = query.order_by(c.accepted_at.desc(), c.id.desc()).limit(limit + 1)
        jobs = [job_of(row) for row in self._connection.execute(query).mappings()]
        more = len(jobs) > limit
        jobs = jobs[:limit]
        return Page(tuple(jobs), Mark(jobs[-1].accepted_at, jobs[-1].id) if more else None)

    def job(self, job_id: str) -> Job:
        """Raises ``KeyError`` when there is none."""
        row = self._connection.execute(select(*COLUMNS).where(tables.jobs.c.id == job_id)).mappings().first()
        if row is None:
            raise KeyError(job_id)
        return job_of(row)

    def history(self, job_id: str) -> History:
        """One job with its journal and its exchanges.

        Raises:
            KeyError: there is no such job.
        """
        job = self.job(job_id)
        account = self._connection.scalars(select(tables.jobs.c.account).where(tables.jobs.c.id == job_id)).one()
        e = tables.exchanges.c
        rows = self._connection.execute(select(tables.exchanges).where(e.job_id == job_id).order_by(e.seq, e.id))
        exchanges = tuple(
            Kept(
                seq=row.seq,
                kind=row.kind,
                url=row.url,
                started_at=row.started_at,
                ended_at=row.ended_at,
                http_status=row.http_status,
                fault=row.fault,
                sent=row.sent_hash,
                received=row.received_hash,
            )
            for row in rows
        )
        return History(job, account, tuple(Jobs(self._connection).journal(job_id)), exchanges)

    def closing(self, now: datetime, until: datetime) -> int:
        """How many open jobs have a hard window that closes by then."""
        c = tables.jobs.c
        opened = c.state.in_([state.value for state in OPEN])
        query = select(func.count()).where(opened, c.hard_window, c.closes_at > now, c.closes_at <= until)
        return self._connection.scalar(query) or 0

    def counts(self, which: Filter | None = None) -> dict[State, int]:
        """How many of these jobs are in each state; states without a job are left out."""
        c = tables.jobs.c
        query = _filtered(select(c.state, func.count().label("jobs")), which or Filter()).group_by(c.state)
        return {State(row.state): row.jobs for row in self._connection.execute(query)}


def _filtered(query: Select[*_Columns], which: Filter) -> Select[*_Columns]:
    c = tables.jobs.c
    same = {
        c.tenant: which.tenant,
        c.rail: which.rail,
        c.environment: which.environment,
        c.issuer: which.issuer,
        c.document: which.document,
    }
    demands: list[ColumnElement[bool]] = [column == value for column, value in same.items() if value is not None]
    if which.states:
        demands.append(c.state.in_([state.value for state in which.states]))
    if which.batch is not None:
        r = tables.batch_rows.c
        demands.append(c.id.in_(select(r.job_id).where(r.batch_id == which.batch, r.job_id.is_not(None))))
    return query.where(*demands)
