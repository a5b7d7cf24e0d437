"""A copy of an SQLite ledger while everything runs, from which nothing is sent before it was recovered.

A server's database is dumped with the server's own tools (``docs/backup.md``).
"""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from worker.domain.lane import Hold, Lane
from worker.engine.recovery import HOLD
from worker.ledger import database, tables
from worker.ledger.faults import LedgerFault
from worker.ledger.lanes import Lanes


class CannotBackUp(LedgerFault):
    """No copy was made. Slugs: ``backup-not-a-file``, ``backup-exists``, ``backup-damaged``, ``backup-unwritable``."""

    def __init__(self, slug: str, value: str) -> None:
        super().__init__(f"{slug}: {value}")
        self.slug, self.value = slug, value


def back_up(url: str, target: Path, now: datetime) -> int:
    """Copy the ledger to a new file that only its owner may read; its size in bytes.

    The copy is of one moment, whole (``integrity_check``), and holds every road shut until ``recover`` was done on it.

    Raises:
        CannotBackUp: with the reason; a file that was begun is gone again.
    """
    source = database.file_of(database.normalised(url))
    if source is None:
        raise CannotBackUp("backup-not-a-file", database.normalised(url).drivername)
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise CannotBackUp("backup-exists", str(target)) from None
    except OSError as fault:
        raise CannotBackUp("backup-unwritable", f"{target}: {fault.strerror}") from None
    try:
        _copy(source, target)
        _shut(target, now)
        _settle(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target.stat().st_size


def _copy(source: Path, target: Path) -> None:
    try:
        live = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        with closing(live), closing(sqlite3.connect(target)) as copy:
            # In one step: one snapshot, which writers neither disturb nor wait for (WAL).
            live.backup(copy)
            (found,) = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as fault:
        raise CannotBackUp("backup-unwritable", str(fault)) from None
    if found != "ok":
        raise CannotBackUp("backup-damaged", str(found))


def _shut(target: Path, now: datetime) -> None:
    """Hold every road of the copy."""
    engine = database.connect(database.normalised(f"sqlite:///{target.absolute()}"), connections=1)
    try:
        with engine.begin() as connection:
            c = tables.issuers.c
            for row in connection.execute(select(c.rail, c.environment).distinct()).all():
                Lanes(connection).hold(Hold(lane=Lane(row.rail, row.environment), slug=HOLD, since=now))
    finally:
        engine.dispose()


def _settle(target: Path) -> None:
    """One file that can be carried away, on disk."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
