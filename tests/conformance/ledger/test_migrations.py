"""Migrations: they make exactly the tables of the code, once, and strange databases are refused."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect, text

from tests.conformance.ledger.samples import added
from worker.ledger import database
from worker.ledger.faults import LedgerAhead, LedgerBehind
from worker.ledger.ledger import SqlLedger
from worker.ledger.tables import metadata
from worker.ledger.upgrade import configured


@pytest.fixture
def fresh(empty_url: str) -> Iterator[SqlLedger]:
    """A ledger that nobody has migrated."""
    ledger = SqlLedger(empty_url)
    yield ledger
    ledger.close()


@pytest.fixture
def behind(fresh: SqlLedger, empty_url: str) -> Iterator[Engine]:
    """A way into the migrated database behind the ledger's back."""
    fresh.migrate()
    engine = database.connect(database.normalised(empty_url), connections=2)
    yield engine
    engine.dispose()


def test_migrations_make_the_tables_of_the_code(behind: Engine) -> None:
    """Alembic finds nothing to do."""
    with behind.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrations_make_the_rules_of_the_code(behind: Engine) -> None:
    """CHECK constraints, which Alembic does not compare, are all there; on SQLite word for word."""
    found = inspect(behind)
    for table in metadata.tables.values():
        rules = {str(rule.name): str(rule.sqltext) for rule in table.constraints if isinstance(rule, CheckConstraint)}
        made = {str(rule["name"]): rule["sqltext"] for rule in found.get_check_constraints(table.name)}
        if behind.dialect.name == "sqlite":
            assert rules == made
        assert rules.keys() == made.keys()


def test_there_and_back_again(behind: Engine, fresh: SqlLedger) -> None:
    """Down to nothing, up again, and it works."""
    added(fresh)
    with behind.begin() as connection:
        command.downgrade(configured(connection), "base")
    assert inspect(behind).get_table_names() == ["alembic_version"]
    fresh.migrate()
    added(fresh)


def test_migrating_again_changes_nothing(fresh: SqlLedger) -> None:
    """A second ``migrate`` finds it done and keeps what is in it."""
    fresh.migrate()
    job = added(fresh)
    fresh.migrate()
    with fresh.reading() as reading:
        assert job == reading.job(job.id)


def test_several_processes_migrate_at_once(empty_url: str, fresh: SqlLedger) -> None:
    """One does it, the others wait and find it done."""
    program = f"from worker.ledger.ledger import SqlLedger; SqlLedger({empty_url!r}).migrate()"
    workers = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    fresh.check()


def test_an_unmigrated_ledger_is_refused(fresh: SqlLedger) -> None:
    """Nothing is made in passing: who opens it is told to migrate."""
    with pytest.raises(LedgerBehind), fresh.unit():
        pass
    with pytest.raises(LedgerBehind), fresh.reading():
        pass
    fresh.migrate()
    with fresh.unit() as unit:
        assert unit.get("nobody") is None


def test_a_newer_ledger_is_refused(behind: Engine, empty_url: str) -> None:
    """A revision that this program does not know is neither used nor migrated."""
    with behind.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    newer = SqlLedger(empty_url)
    with pytest.raises(LedgerAhead), newer.unit():
        pass
    with pytest.raises(LedgerAhead):
        newer.migrate()
    newer.close()
