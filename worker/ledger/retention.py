"""What may leave the archive one day: ended jobs that are older than the law wants them kept, each with its hashes.

Nothing is deleted here. The archive's tables refuse every deletion, whoever asks; the manifest is what one checks
exported evidence against, and what has to be kept of jobs that somebody later moves elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from worker.domain.states import FINAL
from worker.ledger import tables
from worker.ledger.archive import Archive
from worker.ledger.faults import ArchiveBroken
from worker.ledger.ledger import SqlLedger
from worker.ledger.views import History

#: Five years: Código Fiscal de la Federación, art. 30 (MX); CTN, art. 173 and 195 (BR); counted from the ending.
YEARS = 5
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """An ended job past its term. ``contents``: sha256 of all that is archived of it; ``broken``: what is not whole."""

    job_id: str
    rail: str
    environment: str
    document: str
    state: str
    ended_at: datetime
    head_seq: int
    head_hash: str
    contents: tuple[str, ...]
    broken: tuple[str, ...]


def cutoff(now: datetime, years: int = YEARS) -> datetime:
    """Before this moment a job must have ended; leap days count for the job."""
    return now - timedelta(days=366 * years)


def retired(ledger: SqlLedger, before: datetime) -> Iterator[Retired]:
    """Ended jobs that nothing has happened to since ``before``, by id; every content is read and checked."""
    c, after = tables.jobs.c, ""
    final = c.state.in_(sorted(state.value for state in FINAL))
    while True:
        query = select(tables.jobs).where(final, c.changed_at < before, c.id > after).order_by(c.id).limit(_PAGE)
        with ledger.reading() as reading:
            page = reading.connection.execute(query).mappings().all()
            rows = [(row, _contents(reading.archive, reading.history(row["id"]))) for row in page]
        if not page:
            return
        after = page[-1]["id"]
        for row, (contents, broken) in rows:
            yield Retired(
                job_id=row["id"],
                rail=row["rail"],
                environment=row["environment"],
                document=row["document"],
                state=row["state"],
                ended_at=row["changed_at"],
                head_seq=row["head_seq"],
                head_hash=row["head_hash"],
                contents=contents,
                broken=broken,
            )


def _contents(archive: Archive, history: History) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Everything archived that the job speaks of, and what of it is missing or changed."""
    named = {history.job.request_hash, *history.job.evidence}
    for line in history.lines:
        named |= {line.data.get("request_hash"), *line.data.get("evidence", ())}
    for kept in history.exchanges:
        named |= {kept.sent, kept.received}
    digests = sorted(digest for digest in named if digest)
    return tuple(digests), tuple(digest for digest in digests if not _whole(archive, digest))


def _whole(archive: Archive, digest: str) -> bool:
    try:
        archive.load(digest)
    except ArchiveBroken:
        return False
    return True
