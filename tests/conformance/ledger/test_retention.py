"""The manifest of what is past its term: ended long ago, with the hashes of all its evidence."""

from sqlalchemy import Engine, delete, text

from tests.conformance.ledger.samples import added, happened, later, lived
from tests.domain.samples import NOON
from worker.ledger import tables
from worker.ledger.ledger import SqlLedger
from worker.ledger.retention import cutoff, retired


def test_only_what_ended_long_ago_is_past_its_term(ledger: SqlLedger) -> None:
    """Open jobs never are, nor those that ended lately; all their contents are named and checked."""
    ended, open_one = added(ledger, "ended"), added(ledger, "open")
    with ledger.unit() as unit:
        request, proof = unit.archive(b"<signed/>"), unit.archive(b"<proof/>")
        happened(unit, ended.id, "claimed", request_hash=request)
        happened(unit, ended.id, "confirmed", evidence=(proof,))
    lived(ledger, open_one.id, "claimed", "acknowledged")
    assert [] == list(retired(ledger, NOON))
    (one,) = retired(ledger, later(9))
    assert (ended.id, "ended", "cancelled", 3) == (one.job_id, one.document, one.state, one.head_seq)
    assert (tuple(sorted((request, proof))), ()) == (one.contents, one.broken)


def test_what_is_not_whole_is_told(ledger: SqlLedger, engine: Engine) -> None:
    """Archived bytes that are gone are named in the job's line."""
    job = added(ledger)
    with ledger.unit() as unit:
        request = unit.archive(b"<signed/>")
        happened(unit, job.id, "claimed", request_hash=request)
        happened(unit, job.id, "refused")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("DROP TRIGGER archive_no_delete"))
        connection.execute(delete(tables.archive))
    (one,) = retired(ledger, later(9))
    assert (request,) == one.broken


def test_a_term_is_counted_in_whole_years(ledger: SqlLedger) -> None:
    """Never a day too short, whatever leap years lie in it."""
    assert cutoff(NOON) <= NOON.replace(year=NOON.year - 5)
    assert cutoff(NOON, 1) <= NOON.replace(year=NOON.year - 1)
