"""Evidence: the exact bytes, once, found by their digest."""

import hashlib
import zlib

import pytest
from sqlalchemy import Engine, exc, func, select, text

from tests.conformance.ledger.samples import added, happened, later
from worker.engine.ports import Exchange
from worker.ledger import tables
from worker.ledger.faults import ArchiveBroken
from worker.ledger.ledger import SqlLedger


@pytest.mark.parametrize("content", [b"", b"\x00\xff<acuse/>", b"x" * 1_000_000])
def test_bytes_come_back_as_they_were(ledger: SqlLedger, content: bytes) -> None:
    """Empty, binary and large alike, under their sha256."""
    with ledger.unit() as unit:
        digest = unit.archive(content)
    assert digest == hashlib.sha256(content).hexdigest()
    with ledger.unit() as unit:
        assert content == unit.load(digest)


def test_the_same_bytes_are_kept_once(ledger: SqlLedger, engine: Engine) -> None:
    """Content is addressed by content."""
    for _ in range(2):
        with ledger.unit() as unit:
            unit.archive(b"same")
            unit.archive(b"same")
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.archive)) == 1


def test_missing_bytes_are_a_fault(ledger: SqlLedger) -> None:
    """A digest under which there is nothing is never an empty answer."""
    with ledger.unit() as unit, pytest.raises(ArchiveBroken):
        unit.load("0" * 64)


@pytest.mark.parametrize("forged", ["zlib", "other", "longer"])
def test_forged_bytes_are_found(ledger: SqlLedger, engine: Engine, forged: str) -> None:
    """Whoever gets past the triggers is found by the digest, and can't make us unfold a bomb."""
    content = {"zlib": b"no zlib", "other": zlib.compress(b"oth"), "longer": zlib.compress(b"x" * 10_000_000)}[forged]
    with engine.begin() as connection:
        row = {"sha256": hashlib.sha256(b"yes").hexdigest(), "size": 3, "content": content}
        connection.execute(tables.archive.insert(), row)
    with ledger.unit() as unit, pytest.raises(ArchiveBroken):
        unit.load(row["sha256"])  # type: ignore[arg-type]


def test_exchanges_lie_beside_their_line(ledger: SqlLedger) -> None:
    """What was sent and received is told with the job's history; only what was received is proof."""
    job = added(ledger)
    asked = Exchange(kind="submit", url="https://pac/", started_at=later(0), ended_at=later(1), sent=b"<q/>")
    told = Exchange(
        kind="status",
        url="https://sat/",
        started_at=later(1),
        ended_at=later(2),
        sent=b"<q/>",
        received=b"<a/>",
        http_status=200,
        fault="slow",
    )
    with ledger.unit() as unit:
        kept = unit.keep(job.id, 2, [asked, told])  # before its line: only the commit needs both
        happened(unit, job.id, "claimed")
    assert kept == (hashlib.sha256(b"<a/>").hexdigest(),)
    with ledger.reading() as reading:
        first, second = reading.history(job.id).exchanges
        assert b"<q/>" == reading.archive.load(first.sent)
    assert (first.received, second.received, second.seq) == (None, kept[0], 2)
    assert (second.http_status, second.fault, second.started_at) == (200, "slow", later(1))


def test_an_exchange_without_a_line_is_refused(ledger: SqlLedger) -> None:
    """Evidence belongs to a line of a journal."""
    job = added(ledger)
    exchange = Exchange(kind="k", url="u", started_at=later(0), ended_at=later(1), sent=b"")
    with pytest.raises(exc.IntegrityError), ledger.unit() as unit:
        unit.keep(job.id, 9, [exchange])


@pytest.mark.parametrize("table", ["journal", "exchanges", "archive"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_nobody_rewrites_what_happened(ledger: SqlLedger, engine: Engine, table: str, deed: str) -> None:
    """The database itself refuses to change or delete a line, an exchange or archived bytes."""
    job = added(ledger)
    exchange = Exchange(kind="k", url="u", started_at=later(0), ended_at=later(1), sent=b"")
    with ledger.unit() as unit:
        unit.keep(job.id, 1, [exchange])
    column = {"journal": "slug", "exchanges": "fault", "archive": "size"}[table]
    with pytest.raises(exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(deed.format(table, column, column)))


def test_a_job_with_a_journal_can_not_be_deleted(ledger: SqlLedger, engine: Engine) -> None:
    """No job is lost by a DELETE."""
    added(ledger)
    with pytest.raises(exc.IntegrityError), engine.begin() as connection:
        connection.execute(text("DELETE FROM jobs"))
