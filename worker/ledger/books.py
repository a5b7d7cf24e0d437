"""The stored ledger, read page by page behind its own back, for those who ask whether it can be trusted.

Each page is a transaction of its own: work goes on meanwhile, and what a page holds belongs to one moment.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import RowMapping, exists, select

from worker.domain.journal import Line
from worker.engine.checkpoint import Checkpoint, SealedHead
from worker.engine.ports import Head
from worker.engine.verification import Illegible, Sum, Volume
from worker.ledger import tables
from worker.ledger.jobs import COLUMNS, Jobs, job_of, line_of, row_of_line
from worker.ledger.kinds import legible
from worker.ledger.ledger import SqlLedger
from worker.ledger.transaction import CHUNK, chunks
from worker.ledger.unit import Reading

#: Jobs in one page.
_PAGE = 200
#: What broken JSON, unknown words and impossible values raise while a row is read.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError)


class StoredBooks:
    """``worker.engine.verification.Books`` on a ledger."""

    def __init__(self, ledger: SqlLedger) -> None:
        self._ledger = ledger

    def volumes(self) -> Iterator[Volume | Illegible]:
        """Every job, by id."""
        after = ""
        while True:
            with self._ledger.reading() as reading:
                ids = Jobs(reading.connection).ids_after(after, _PAGE)
                page = list(_page(reading, ids))
            if not ids:
                return
            yield from page
            after = ids[-1]

    def orphans(self) -> Iterator[str]:
        """Ids of jobs that have a journal and no row."""
        j, after = tables.journal.c, ""
        nobody = ~exists().where(tables.jobs.c.id == j.job_id)
        while True:
            query = select(j.job_id).distinct().where(j.job_id > after, nobody).order_by(j.job_id).limit(CHUNK)
            with self._ledger.reading() as reading:
                page = list(reading.connection.scalars(query))
            if not page:
                return
            yield from page
            after = page[-1]

    def checkpoints(self) -> Iterator[Checkpoint]:
        """All of them, by number."""
        number = 0
        while True:
            with self._ledger.reading() as reading:
                one = reading.checkpoints.checkpoint_after(number)
            if one is None:
                return
            yield one
            number = one.number

    def written(self, heads: Sequence[SealedHead]) -> dict[tuple[str, int], str]:
        """The hashes of those lines as the journal has them now."""
        c, found = tables.journal.c, dict[tuple[str, int], str]()
        wanted = {(head.job_id, head.seq) for head in heads}
        with self._ledger.reading() as reading:
            for ids in chunks([head.job_id for head in heads]):
                seqs = {seq for job_id, seq in wanted if job_id in set(ids)}
                query = select(c.job_id, c.seq, c.hash).where(c.job_id.in_(ids), c.seq.in_(seqs))
                found |= {(row.job_id, row.seq): row.hash for row in reading.connection.execute(query)}
        return found

    def existing(self, job_ids: Sequence[str]) -> set[str]:
        """Those of the jobs that have a row."""
        with self._ledger.reading() as reading:
            ids = tables.jobs.c.id
            return {
                job_id
                for some in chunks(job_ids)
                for job_id in reading.connection.scalars(select(ids).where(ids.in_(some)))
            }

    def sum(self) -> Sum:
        """All of it added up, in one moment."""
        with self._ledger.reading() as reading:
            return reading.checkpoints.sealed_sum()


def _page(reading: Reading, ids: Sequence[str]) -> Iterator[Volume | Illegible]:
    """These jobs at once; when one of them can't be read, each by itself, so that it can be named."""
    try:
        yield from list(_volumes(reading, ids))
    except _UNREADABLE as fault:
        if len(ids) == 1:
            yield Illegible(ids[0], type(fault).__name__)
            return
        for job_id in ids:
            yield from _page(reading, [job_id])


def _volumes(reading: Reading, ids: Sequence[str]) -> Iterator[Volume]:
    jobs, journal = tables.jobs.c, tables.journal.c
    lines: dict[str, list[RowMapping]] = defaultdict(list)
    query = select(tables.journal).where(journal.job_id.in_(ids)).order_by(journal.job_id, journal.seq)
    for row in reading.connection.execute(query).mappings():
        lines[row["job_id"]].append(row)
    own = (jobs.head_seq, jobs.head_hash, jobs.sealed_seq)
    rows = reading.connection.execute(select(*COLUMNS, *own).where(jobs.id.in_(ids)).order_by(jobs.id)).mappings()
    for row in rows:
        told = [line_of(line) for line in lines[row["id"]]]
        yield Volume(
            job=job_of(row),
            head=Head(row["head_seq"], row["head_hash"]),
            sealed_seq=row["sealed_seq"],
            lines=told,
            miscopied=[line.seq for line, kept in zip(told, lines[row["id"]], strict=True) if _differs(line, kept)],
        )


def _differs(line: Line, kept: RowMapping) -> bool:
    """Whether a column for readers says something else than the line itself."""
    copied = row_of_line(line)
    return any(_plain(copied[name]) != kept[name] for name in ("at", "actor", "slug", "level", "code", "text"))


def _plain(value: object) -> object:
    return legible(value) if isinstance(value, str) else value
