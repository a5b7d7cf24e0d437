"""Sheets that were handed in: which rows they have, which jobs these asked for, and how far it all is.

The same file with the same options, handed in twice, is the same batch: a submission that broke off is simply repeated.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, select, update

from worker.domain.job import Job
from worker.domain.states import State
from worker.ledger import tables
from worker.ledger.jobs import COLUMNS, job_of
from worker.ledger.kinds import canonical
from worker.ledger.transaction import CHUNK, Transaction

_IDS = uuid.UUID("2b0f9a5e-91c7-5d0e-8a43-5a5de2c1c0de")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A sheet. ``sha256`` is its file's; ``sealed_at`` is None while its rows are still coming in."""

    id: str
    tenant: str
    name: str
    sha256: str
    options: Mapping[str, Any]
    created_at: datetime
    sealed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One row of a sheet, by its number there: the job it asks for, or the problems that kept it from becoming one.

    ``created`` is False when the job was there before, asked for by an earlier sheet or row.
    """

    number: int
    document: str | None = None
    job_id: str | None = None
    created: bool = False
    problems: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Rows counted. ``states`` counts rows with a job by the job's state, ``problems`` counts those without one."""

    rows: int = 0
    created: int = 0
    problems: int = 0
    states: Mapping[State, int] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """Rows with nothing left to wait for."""
        return self.problems + sum(count for state, count in self.states.items() if state.final)


class Batches(Transaction):
    """The part of a transaction that keeps sheets."""

    def begin(
        self, *, tenant: str, name: str, sha256: str, options: Mapping[str, Any], now: datetime
    ) -> tuple[Batch, bool]:
        """The batch of this file with these options, and whether it is new."""
        batch_id = str(uuid.uuid5(_IDS, "\x1f".join((tenant, sha256, canonical(options)))))
        row = {
            "id": batch_id,
            "tenant": tenant,
            "name": name,
            "sha256": sha256,
            "options": options,
            "created_at": now,
        }
        created = self._insert_new(tables.batches, row)
        return self.batch(batch_id), created

    def add_rows(self, batch_id: str, rows: Sequence[BatchRow]) -> None:
        """Keep rows. A row number that is there already stays as it is."""
        if rows:
            insert = self._insert(tables.batch_rows).on_conflict_do_nothing()
            self._connection.execute(insert, [_row_of(batch_id, row) for row in rows])

    def seal(self, batch_id: str, now: datetime) -> None:
        """All rows are in. Sealing again changes nothing."""
        c = tables.batches.c
        self._connection.execute(
            update(tables.batches).where(c.id == batch_id, c.sealed_at.is_(None)).values(sealed_at=now)
        )

    def batch(self, batch_id: str) -> Batch:
        """Raises ``KeyError`` when there is none."""
        query = select(tables.batches).where(tables.batches.c.id == batch_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise KeyError(batch_id)
        return Batch(**row)

    def recent(self, *, tenant: str | None = None, before: Batch | None = None, limit: int = 50) -> list[Batch]:
        """Batches, newest first; those older than ``before``, for the next page."""
        c = tables.batches.c
        query = select(tables.batches).order_by(c.created_at.desc(), c.id.desc()).limit(limit)
        if tenant is not None:
            query = query.where(c.tenant == tenant)
        if before is not None:
            at = before.created_at
            query = query.where((c.created_at < at) | ((c.created_at == at) & (c.id < before.id)))
        return [Batch(**row) for row in self._connection.execute(query).mappings()]

    def progress(self, batch_id: str) -> Progress:
        """How far the batch is, in one query."""
        r, j = tables.batch_rows.c, tables.jobs.c
        query = (
            select(j.state, r.created, func.count().label("rows"))
            .select_from(tables.batch_rows.outerjoin(tables.jobs, r.job_id == j.id))
            .where(r.batch_id == batch_id)
            .group_by(j.state, r.created)
        )
        rows = self._connection.execute(query).all()
        states: dict[State, int] = {}
        for row in rows:
            if row.state is not None:
                states[State(row.state)] = states.get(State(row.state), 0) + row.rows
        return Progress(
            rows=sum(row.rows for row in rows),
            created=sum(row.rows for row in rows if row.created),
            problems=sum(row.rows for row in rows if row.state is None),
            states=states,
        )

    def rows(self, batch_id: str, *, after: int = 0) -> Iterator[tuple[BatchRow, Job | None]]:
        """Rows in the order of the sheet, with their jobs as they are now. A stream: memory stays flat."""
        r, j = tables.batch_rows.c, tables.jobs.c
        joined = tables.batch_rows.outerjoin(tables.jobs, r.job_id == j.id)
        own = (r.row_no, r.job_id.label("row_job"), r.document.label("row_document"), r.problems, r.created)
        while True:
            query = (
                select(*own, *COLUMNS)
                .select_from(joined)
                .where(r.batch_id == batch_id, r.row_no > after)
                .order_by(r.row_no)
                .limit(CHUNK)
            )
            page = self._connection.execute(query).mappings().all()
            for row in page:
                yield _row_from(row), job_of(row) if row["row_job"] else None
            if len(page) < CHUNK:
                return
            after = page[-1]["row_no"]


def _row_of(batch_id: str, row: BatchRow) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "row_no": row.number,
        "job_id": row.job_id,
        "document": row.document,
        "problems": [dict(problem) for problem in row.problems],
        "created": row.created,
    }


def _row_from(row: RowMapping) -> BatchRow:
    return BatchRow(
        number=row["row_no"],
        document=row["row_document"],
        job_id=row["row_job"],
        created=row["created"],
        problems=tuple(row["problems"]),
    )
