"""Opening the database: which one, with which promises, and how a transaction begins on it.

SQLite: WAL, ``synchronous=FULL`` (a commit survives a power cut), foreign keys, and every writing transaction takes the
write lock at its beginning, so that read-check-write is atomic across threads and processes. PostgreSQL (psycopg 3):
read committed, row locks, and time limits on waiting.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Pool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from worker.ledger.faults import UnusableUrl

#: Seconds to wait for a lock, a row or a free connection before saying ``ledger-busy``.
PATIENCE = 30

_PROMISES = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # else INSERT OR REPLACE would slip past the append-only triggers
    "journal_size_limit=67108864",
)

#: Pools of the process that this one was forked from. Collecting them as garbage would close what the parent uses.
_PARENTS: list[Pool] = []

#: Execution option of a connection that will only read: no lock is taken.
READS_ONLY = "cancela_reads_only"


def normalised(url: str) -> URL:
    """The URL with the driver that we use. ``postgres://`` and ``postgresql://`` mean psycopg 3.

    Raises:
        UnusableUrl: another database, or one that forgets (SQLite in memory).
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UnusableUrl("the ledger's URL can't be read") from None  # it may hold a password
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise UnusableUrl(f"{parsed.drivername} is neither sqlite nor postgresql")
    if not parsed.database or parsed.database.startswith((":memory:", "file:")):
        raise UnusableUrl("a ledger in memory would be forgotten; name a file")
    return parsed.set(drivername="sqlite")


def connect(url: URL, *, connections: int, patience: int = PATIENCE) -> Engine:
    """An engine for this URL. It opens nothing yet."""
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=patience,
        pool_pre_ping=url.drivername != "sqlite",
        hide_parameters=True,
        connect_args=_sqlite(patience) if url.drivername == "sqlite" else _postgres(patience),
    )
    if url.drivername == "sqlite":
        event.listen(engine, "connect", _promise)
        event.listen(engine, "begin", _begin)
    return engine


def abandon(engine: Engine) -> None:
    """In a forked child: start with connections of its own, and leave the parent's alone, not even closing them."""
    _PARENTS.append(engine.pool)
    engine.dispose(close=False)


def file_of(url: URL) -> Path | None:
    """The file of an SQLite ledger; None on a server."""
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def make_file(path: Path) -> None:
    """An empty SQLite file that only we may read, if there is none. SQLite gives its side files the same rights."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _sqlite(patience: int) -> dict[str, Any]:
    # isolation_level None: the driver begins nothing behind our back, ``_begin`` does.
    return {"timeout": patience, "isolation_level": None}


def _postgres(patience: int) -> dict[str, Any]:
    return {
        "connect_timeout": 5,
        "options": f"-c timezone=UTC -c lock_timeout={patience}s -c statement_timeout={4 * patience}s"
        # No network inside a transaction: one that idles has lost its client, and must not hold rows that others want.
        f" -c idle_in_transaction_session_timeout={patience // 2}s"
        " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=20s",
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        # Keepalives do not run while something sent is unacknowledged: without this a cut line is noticed after a
        # quarter of an hour.
        "tcp_user_timeout": 20_000,
    }


def _promise(connection: sqlite3.Connection, _record: object) -> None:
    try:
        for pragma in _PROMISES:
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:
        connection.close()
        raise


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(READS_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
