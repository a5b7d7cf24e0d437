"""Jobs and their journals: the row is as the last line left it, and both change in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, exc, insert, select, update

from worker.domain.evidence import Grade
from worker.domain.job import Identity, Job
from worker.domain.journal import Line
from worker.domain.outcome import Refuser, Said
from worker.domain.states import OPEN, State
from worker.engine.ports import AlreadyThere, Head
from worker.ledger import tables
from worker.ledger.faults import OutOfTurn, duplicate
from worker.ledger.transaction import Transaction, chunks


def fields_of(record: type[Job] | type[Identity]) -> tuple[str, ...]:
    """The names of a dataclass's fields, in order."""
    return tuple(field.name for field in fields(record))


_FIELDS = fields_of(Job)

#: The job's columns alone, for every reading of jobs.
COLUMNS = tuple(tables.jobs.c[name] for name in _FIELDS)

#: What a job is from its first line on; no later line changes it.
_FIXED = frozenset(
    (*fields_of(Identity), "id", "issuer", "request", "reply", "closes_at", "hard_window", "accepted_at")
)


class Jobs(Transaction):
    """The part of a unit that keeps jobs."""

    def get(self, job_id: str) -> tuple[Job, Head] | None:
        """The job and the head of its journal, locked against other writers until the unit ends."""
        # SQLite knows no row locks: there the whole unit holds the write lock.
        query = select(*COLUMNS, tables.jobs.c.head_seq, tables.jobs.c.head_hash).where(tables.jobs.c.id == job_id)
        row = self._connection.execute(query.with_for_update(key_share=True)).mappings().first()
        return None if row is None else (job_of(row), Head(row["head_seq"], row["head_hash"]))

    def known(self, identities: Collection[Identity]) -> dict[Identity, Job]:
        """Those of the jobs asked for that exist."""
        found: dict[Identity, Job] = {}
        for ids in chunks([identity.job_id for identity in identities]):  # the id follows from the identity
            rows = self._connection.execute(select(*COLUMNS).where(tables.jobs.c.id.in_(ids))).mappings()
            found |= {job.identity: job for job in map(job_of, rows)}
        return found

    def latest_round(self, tenant: str, rail: str, environment: str, document: str) -> Job | None:
        """The newest round of a document."""
        c = tables.jobs.c
        query = (
            select(*COLUMNS)
            .where(c.tenant == tenant, c.rail == rail, c.environment == environment, c.document == document)
            .order_by(c.round.desc())
            .limit(1)
        )
        row = self._connection.execute(query).mappings().first()
        return None if row is None else job_of(row)

    def open_jobs(self, rail: str, document: str) -> list[str]:
        """Ids of the jobs of this document that are not final."""
        c = tables.jobs.c
        query = select(c.id).where(c.rail == rail, c.document == document, c.state.in_([state.value for state in OPEN]))
        return list(self._connection.scalars(query.order_by(c.id)))

    def ids_after(self, job_id: str, limit: int) -> list[str]:
        """The next ids of all jobs, in order."""
        c = tables.jobs.c
        return list(self._connection.scalars(select(c.id).where(c.id > job_id).order_by(c.id).limit(limit)))

    def open_after(self, job_id: str, limit: int) -> list[str]:
        """The next ids of the jobs that are not final, in order."""
        c = tables.jobs.c
        query = select(c.id).where(c.id > job_id, c.state.in_([state.value for state in OPEN]))
        return list(self._connection.scalars(query.order_by(c.id).limit(limit)))

    def add(self, jobs: Sequence[tuple[Job, Line]], accounts: Mapping[str, str]) -> None:
        """New jobs with their first lines. ``accounts`` maps issuer ids to account names.

        Raises:
            AlreadyThere: one of them was added by somebody else in the meantime; nothing was added.
        """
        if not jobs:
            return
        # One order for all: two units that add the same jobs can't wait for each other in a circle.
        ordered = sorted(jobs, key=lambda pair: pair[0].id)
        rows = [
            row_of(job) | {"account": accounts[job.issuer], "head_seq": line.seq, "head_hash": line.hash}
            for job, line in ordered
        ]
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(tables.jobs), _without_empty(rows))
                self._connection.execute(insert(tables.journal), [row_of_line(line) for _, line in ordered])
        except exc.IntegrityError as fault:
            if duplicate(fault):
                raise AlreadyThere from None
            raise

    def save(self, job: Job, line: Line) -> None:
        """The job as it is after ``line``. The job must have been got in this unit.

        Raises:
            OutOfTurn: the line does not follow the stored head; the unit must not be committed.
        """
        c = tables.jobs.c
        follows = and_(c.id == line.job_id, c.head_seq == line.seq - 1, c.head_hash == line.previous)
        head = {"head_seq": line.seq, "head_hash": line.hash, "dispatched_until": None}
        changes = {name: value for name, value in row_of(job).items() if name not in _FIXED}
        hit = self._connection.execute(update(tables.jobs).where(follows).values(changes | head)).rowcount
        if hit != 1 or job.id != line.job_id:
            raise OutOfTurn(f"job {line.job_id}: line {line.seq} does not follow the stored head")
        self._connection.execute(insert(tables.journal), row_of_line(line))

    def journal(self, job_id: str) -> list[Line]:
        """All lines of a job, in order."""
        query = select(tables.journal).where(tables.journal.c.job_id == job_id).order_by(tables.journal.c.seq)
        return [line_of(row) for row in self._connection.execute(query).mappings()]


def row_of(job: Job) -> dict[str, Any]:
    """The job as columns."""
    row = {name: getattr(job, name) for name in _FIELDS}
    row["state"] = job.state.value
    row["grade"] = job.grade and job.grade.value
    row["refused_by"] = job.refused_by and job.refused_by.value
    row["said"] = job.said and [job.said.level, job.said.code, job.said.text]
    row["evidence"] = list(job.evidence)
    return row


def job_of(row: RowMapping) -> Job:
    """The job that ``row_of`` wrote; further columns are ignored."""
    values = {name: row[name] for name in _FIELDS}
    values["state"] = State(values["state"])
    values["grade"] = values["grade"] and Grade(values["grade"])
    values["refused_by"] = values["refused_by"] and Refuser(values["refused_by"])
    values["said"] = values["said"] and Said(*values["said"])
    values["evidence"] = tuple(values["evidence"])
    return Job(**values)


def _without_empty(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without the columns in which all of them are empty: most of a new job's, and each costs a conversion."""
    used = {name for row in rows for name, value in row.items() if value is not None}
    return [{name: row[name] for name in used} for row in rows]


def row_of_line(line: Line) -> dict[str, Any]:
    """The line as columns. All but ``data`` and the hashes are copies for readers."""
    said = line.data.get("said") or {}
    return {
        "job_id": line.job_id,
        "seq": line.seq,
        "fact": line.fact,
        "state_from": line.state_from and line.state_from.value,
        "state_to": line.state_to.value,
        "at": datetime.fromisoformat(line.data["at"]),
        "actor": line.data["actor"],
        "slug": line.data.get("slug"),
        "level": said.get("level"),
        "code": said.get("code"),
        "text": said.get("text"),
        "data": line.data,
        "previous": line.previous,
        "hash": line.hash,
    }


def line_of(row: RowMapping) -> Line:
    """The line that ``row_of_line`` wrote."""
    return Line(
        job_id=row["job_id"],
        seq=row["seq"],
        state_from=State(row["state_from"]) if row["state_from"] else None,
        state_to=State(row["state_to"]),
        fact=row["fact"],
        data=row["data"],
        previous=row["previous"],
        hash=row["hash"],
    )
