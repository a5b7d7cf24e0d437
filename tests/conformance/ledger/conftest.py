"""An empty ledger for every test, on each database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, text

from tests.services.postgres import PostgresServer
from worker.ledger import database
from worker.ledger.ledger import SqlLedger
from worker.ledger.tables import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is, or will be; nothing is migrated."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def ledger_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database without a row. Migrating for every test would take most of the suite's time."""
    if kind == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        server.ensure()
        url: str = request.getfixturevalue("migrated_database")
        _wipe(url)
        return url
    shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[SqlLedger]:
    """An empty ledger."""
    ledger = SqlLedger(ledger_url)
    yield ledger
    ledger.close()


@pytest.fixture
def engine(ledger_url: str) -> Iterator[Engine]:
    """A way into the database behind the ledger's back."""
    engine = database.connect(database.normalised(ledger_url), connections=2)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_server: PostgresServer) -> str:
    """A migrated PostgreSQL database to use again and again."""
    url = postgres_server.create_database()
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    ledger = SqlLedger(url)
    ledger.migrate()
    ledger.close()


def _wipe(url: str) -> None:
    engine = database.connect(database.normalised(url), connections=1)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # past the append-only triggers
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    engine.dispose()
