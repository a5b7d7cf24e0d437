"""Opening the database: URLs, promises of SQLite, faults in our own words."""

import hashlib
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from worker.ledger import database
from worker.ledger.faults import LedgerBusy, LedgerUnreachable, UnusableUrl
from worker.ledger.ledger import SqlLedger


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgres_means_psycopg(scheme: str) -> None:
    """Whatever spelling an operator is used to."""
    assert database.normalised(f"{scheme}://u:p@h:1/d").drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory", "mysql://h/d", "no url", ""]
)
def test_other_urls_are_refused(url: str) -> None:
    """A ledger that would be forgotten, or one that nobody tested, is no ledger."""
    with pytest.raises(UnusableUrl):
        SqlLedger(url)


def test_the_password_is_not_shown() -> None:
    """Neither by the ledger nor by the refusal of its URL."""
    assert "hunter2" not in repr(SqlLedger("postgresql://u:hunter2@h/d"))
    with pytest.raises(UnusableUrl) as refusal:
        SqlLedger("mysql://u:hunter2@h/d")
    assert "hunter2" not in repr(refusal.value)


def test_sqlite_keeps_its_promises(tmp_path: Path) -> None:
    """WAL, every commit on disk, foreign keys, and a file that only its owner reads, in a place that is made."""
    path = tmp_path / "new" / "ledger.db"
    ledger = SqlLedger(f"sqlite:///{path}")
    ledger.migrate()
    engine = database.connect(database.normalised(f"sqlite:///{path}"), connections=1)
    with engine.connect() as connection:
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
        assert wanted == {name: connection.scalar(text(f"PRAGMA {name}")) for name in wanted}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(side.stat().st_mode) for side in path.parent.iterdir()} == {0o600}
    engine.dispose()
    ledger.close()


def test_insert_or_replace_is_refused_too(tmp_path: Path) -> None:
    """SQLite's way to rewrite a row without an UPDATE does not get past the triggers."""
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'l.db'}")
    ledger.migrate()
    with ledger.unit() as unit:
        unit.archive(b"content")
    engine = database.connect(database.normalised(f"sqlite:///{tmp_path / 'l.db'}"), connections=1)
    with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
        connection.execute(text("INSERT OR REPLACE INTO archive SELECT sha256, 0, x'' FROM archive"))
    engine.dispose()
    ledger.close()


def test_a_locked_file_is_busy(tmp_path: Path) -> None:
    """Another program that writes for too long is told as such, not as an SQL error."""
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'l.db'}", patience=0)
    ledger.migrate()
    other = sqlite3.connect(tmp_path / "l.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerBusy) as busy, ledger.unit():
        pass
    assert busy.value.slug == "ledger-busy"
    other.close()
    with ledger.unit() as unit:
        assert unit.get("nobody") is None
    ledger.close()


def test_an_unreachable_server_is_told() -> None:
    """Nobody listens: a fault with a slug, and no parameter in its text."""
    ledger = SqlLedger("postgresql://u:hunter2@127.0.0.1:1/d")
    with pytest.raises(LedgerUnreachable) as away, ledger.unit():
        pass
    assert away.value.slug == "ledger-unreachable"
    assert "hunter2" not in str(away.value)
    ledger.close()


def test_a_file_that_is_no_ledger_is_told(tmp_path: Path) -> None:
    """A directory, or a file of another kind, is not opened as a ledger."""
    (tmp_path / "l.db").write_bytes(os.urandom(4096))
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'l.db'}")
    with pytest.raises(LedgerUnreachable), ledger.unit():
        pass
    ledger.close()


_FORKS = """
import os
ledger = SqlLedger(URL)
with ledger.unit() as unit:
    unit.archive(b"parent")
if (child := os.fork()) == 0:
    with ledger.unit() as unit:
        unit.archive(b"child")
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
with ledger.unit() as unit:
    unit.archive(b"parent again")
"""


def test_a_forked_child_goes_on_with_connections_of_its_own(tmp_path: Path) -> None:
    """A ledger used before a prefork works in the child, and in the parent afterwards."""
    url = f"sqlite:///{tmp_path / 'l.db'}"
    ledger = SqlLedger(url)
    ledger.migrate()
    program = "from worker.ledger.ledger import SqlLedger\n" + _FORKS.replace("URL", repr(url))
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    with ledger.unit() as unit:
        for content in (b"parent", b"child", b"parent again"):
            assert content == unit.load(hashlib.sha256(content).hexdigest())
    ledger.close()
