"""The whole ledger, verified: whoever gets round the triggers is found by journal, row or checkpoint."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from tests.conformance.ledger.samples import added, lived, stored
from tests.domain.samples import accepted, fact
from tests.engine.world import SetClock
from worker.domain import journal
from worker.domain.job import Job
from worker.domain.outcome import Said
from worker.engine.checkpoint import Checkpoint, checkpoint
from worker.engine.ports import Parts
from worker.engine.verification import Untruth, verify
from worker.ledger import tables
from worker.ledger.books import StoredBooks
from worker.ledger.jobs import row_of, row_of_line
from worker.ledger.ledger import SqlLedger
from worker.signing.custody import MasterKeys

KEYS = MasterKeys([b"k" * 32])


def sealed(ledger: SqlLedger) -> Checkpoint | None:
    """The last checkpoint, after sealing what has moved."""
    return checkpoint(Parts(ledger=ledger, rails={}, clock=SetClock(), me="sweep"), KEYS, bites=9)


def untruths(ledger: SqlLedger) -> list[Untruth]:
    """What is wrong."""
    return list(verify(StoredBooks(ledger), KEYS))


def behind(engine: Engine, deed: Callable[[Connection], object]) -> None:
    """Done behind the ledger's back, past triggers and foreign keys."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            connection.commit()
        else:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF")  # of no effect once a transaction has begun
            for table in ("journal", "checkpoints"):
                for what in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{what}"))
            connection.commit()
        deed(connection)
        connection.commit()
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = origin"))
            connection.commit()


def told(*statements: str) -> Callable[[Connection], object]:
    """These statements, one after the other."""
    return lambda connection: [connection.execute(text(statement)) for statement in statements]


def test_a_ledger_at_work_can_be_trusted(ledger: SqlLedger) -> None:
    """Before and after sealing, between two seals, with words that no database can hold."""
    jobs = [added(ledger, f"D-{number}") for number in range(5)]
    assert [] == untruths(ledger)
    first = sealed(ledger)
    lived(ledger, jobs[0].id, "claimed", "acknowledged", said=Said("sf", "2\x00", "\x00 t"), actor="a\x00")
    assert [] == untruths(ledger)
    second = sealed(ledger)
    assert first is not None
    assert second is not None
    assert (5, 5, 5, 7, [jobs[0].id]) == (
        first.jobs,
        first.lines,
        second.jobs,
        second.lines,
        [head.job_id for head in second.heads],
    )
    assert sealed(ledger) is None
    assert [] == untruths(ledger)


def test_checkpoints_are_append_only(ledger: SqlLedger, engine: Engine) -> None:
    """No UPDATE, no DELETE; and no second checkpoint of one number."""
    added(ledger)
    made = sealed(ledger)
    assert made is not None
    for deed in ("UPDATE checkpoints SET jobs = 9", "DELETE FROM checkpoints"):
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            connection.execute(text(deed))
    with pytest.raises(IntegrityError), ledger.unit() as unit:
        unit.add_checkpoint(replace(made, mac="0" * 64))


@pytest.mark.parametrize(
    ("deed", "slugs"),
    [
        ("UPDATE jobs SET state = 'waiting' WHERE document = 'D-1'", {"row-untrue"}),
        ("UPDATE jobs SET request = '{}' WHERE document = 'D-1'", {"row-untrue"}),
        ("UPDATE jobs SET request = '{' WHERE document = 'D-1'", {"journal-broken"}),
        (
            "UPDATE journal SET data = replace(data, 'ana', 'bob') WHERE seq = 1",
            {"journal-broken", "journal-miscopied"},
        ),
        ("UPDATE journal SET data = '[' WHERE seq = 2", {"journal-broken"}),
        ("UPDATE journal SET actor = 'cli:bob' WHERE seq = 2", {"journal-miscopied"}),
        ("UPDATE journal SET code = '201', text = 'ok' WHERE seq = 2", {"journal-miscopied"}),
        ("DELETE FROM journal WHERE seq = 1", {"journal-broken"}),
        ("DELETE FROM journal WHERE seq = 3", {"row-untrue", "chain-recomputed"}),
        ("DELETE FROM jobs WHERE document = 'D-1'", {"job-missing"}),
    ],
)
def test_a_tampered_job_is_named(ledger: SqlLedger, engine: Engine, deed: str, slugs: set[str]) -> None:
    """Whatever was done to it, it is found by its id; its neighbours are not accused."""
    job = added(ledger, "D-1")
    lived(ledger, job.id, "claimed", "answer-lost")
    for number in range(3):
        added(ledger, f"sound-{number}", actor="cli:eve")
    sealed(ledger)
    behind(engine, told(deed if "journal" not in deed else f"{deed} AND job_id = '{job.id}'"))
    found = untruths(ledger)
    assert slugs == {one.slug for one in found}
    assert {job.id} == {one.job_id for one in found}


def test_a_job_that_is_gone_with_all_its_lines_is_named(ledger: SqlLedger, engine: Engine) -> None:
    """Nothing of it is left but its place in a checkpoint."""
    job = added(ledger)
    added(ledger, "D-2")
    sealed(ledger)
    gone = (f"DELETE FROM journal WHERE job_id = '{job.id}'", f"DELETE FROM jobs WHERE id = '{job.id}'")
    behind(engine, told(*gone))
    assert [("job-missing", job.id)] == [(one.slug, one.job_id) for one in untruths(ledger)]


def test_a_recomputed_chain_is_named(ledger: SqlLedger, engine: Engine) -> None:
    """Row and journal are replaced by others that hold together; only the seal knows better."""
    job = added(ledger)
    lived(ledger, job.id, "claimed", "refused")
    added(ledger, "D-2")
    sealed(ledger)
    forged, lines = _forged(job)
    with ledger.unit() as unit:
        assert len(lines) == len(unit.journal(job.id))

    def replaced(connection: Connection) -> None:
        connection.execute(text(f"DELETE FROM journal WHERE job_id = '{job.id}'"))
        connection.execute(tables.journal.insert(), [row_of_line(line) for line in lines])
        head = {"head_hash": lines[-1].hash}
        connection.execute(tables.jobs.update().where(tables.jobs.c.id == job.id).values(row_of(forged) | head))

    behind(engine, replaced)
    assert forged == stored(ledger, job.id)
    assert [("chain-recomputed", job.id)] == [(one.slug, one.job_id) for one in untruths(ledger)]


@pytest.mark.parametrize(
    ("deed", "slug"),
    [
        ("UPDATE checkpoints SET heads = mac", "checkpoint-broken"),
        ("UPDATE checkpoints SET jobs = 1", "checkpoint-broken"),
        ("UPDATE checkpoints SET key_id = 'another'", "checkpoint-key-missing"),
        ("UPDATE checkpoints SET number = 3", "checkpoint-broken"),
        ("DELETE FROM checkpoints", "jobs-miscounted"),
        ("UPDATE jobs SET sealed_seq = 0 WHERE document = 'D-1'", "jobs-miscounted"),
    ],
)
def test_a_tampered_checkpoint_is_noticed(ledger: SqlLedger, engine: Engine, deed: str, slug: str) -> None:
    """Changed, moved, or taken away."""
    for document in ("D-1", "D-2"):
        added(ledger, document)
    sealed(ledger)
    if engine.dialect.name == "postgresql":
        deed = deed.replace("heads = mac", "heads = mac::bytea")
    behind(engine, told(deed))
    assert slug in {one.slug for one in untruths(ledger)}


def _forged(job: Job) -> tuple[Job, list[journal.Line]]:
    """Another life of the same job, with as many lines."""
    after, line = journal.begin(accepted(document=job.document))
    lines = [line]
    for name in ("claimed", "confirmed"):
        after, line = journal.advance(after, lines[-1], fact(name))
        lines.append(line)
    return after, lines
