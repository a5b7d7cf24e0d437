"""The ledger: the truth about every job, in SQLite or PostgreSQL."""

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from worker.domain.issuer import Issuer
from worker.ledger import database, upgrade
from worker.ledger.faults import LedgerBehind, LedgerBusy, translated
from worker.ledger.unit import Reading, SqlUnit


class SqlLedger:
    """``worker.engine.ports.Ledger`` and ``Issuers``. Threads may share one. A child that was
    forked while nobody was in a transaction may go on with it.

    Making one connects to nothing. The first use looks at the revision of the database, and refuses a database that is
    behind this program (``migrate`` is the cure) or ahead of it.

    Args:
        url: ``sqlite:///relative/file``, ``sqlite:////absolute/file`` or ``postgresql://…``.
        connections: how many may be open at once; as many as there are threads that work.
        patience: seconds to wait for others before ``LedgerBusy``.

    Raises:
        UnusableUrl: another kind of database.
    """

    def __init__(self, url: str, *, connections: int = 16, patience: int = database.PATIENCE) -> None:
        self._url = database.normalised(url)
        self._patience = patience
        self._engine = database.connect(self._url, connections=connections, patience=patience)
        self._checked = False
        self._begin_process()
        this = weakref.ref(self)
        os.register_at_fork(before=lambda: _fork(this()), after_in_child=lambda: _forked(this()))

    def __repr__(self) -> str:
        return f"SqlLedger({self._url.render_as_string(hide_password=True)!r})"

    def migrate(self) -> None:
        """Make the database if it is a file, and bring it up to date. Safe for several processes at once.

        Raises:
            LedgerAhead: it is newer than this program.
        """
        if (file := database.file_of(self._url)) is not None:
            database.make_file(file)
        with self._transaction() as connection:
            upgrade.migrate(connection)

    def check(self) -> None:
        """Whether the database is of this program's revision.

        Raises:
            LedgerBehind: ``migrate`` it first.
            LedgerAhead: only a newer program may touch it.
            LedgerUnreachable: it can't be opened.
        """
        file = database.file_of(self._url)
        if file is not None and not file.exists():
            raise LedgerBehind("there is no ledger yet; migrate makes it")
        with self._transaction(**{database.READS_ONLY: True}) as connection:
            upgrade.check(connection)
        self._checked = True

    @contextmanager
    def unit(self) -> Iterator[SqlUnit]:
        """A writing transaction. Leaving it normally commits; an exception rolls everything back.

        Raises:
            LedgerBusy: others held the ledger for too long; nothing was changed.
            LedgerUnreachable: the database went away; if it did while committing, nobody knows whether it committed.
            RuntimeError: a unit inside another one of the same thread.
        """
        self._refuse_strange_revision()
        if getattr(self._local, "busy", False):
            raise RuntimeError("a unit inside a unit: one phase, one commit")
        with self._my_turn(), self._transaction() as connection:
            self._local.busy = True
            try:
                yield SqlUnit(connection)
            finally:
                self._local.busy = False

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """A transaction that only looks: it sees one moment of the ledger and holds nobody up."""
        self._refuse_strange_revision()
        with self._transaction(**self._reads_only()) as connection:
            yield Reading(connection)

    def issuer(self, issuer_id: str) -> Issuer:
        """``worker.engine.ports.Issuers``. Raises ``KeyError`` when there is none."""
        with self.reading() as reading:
            return reading.issuers.issuer(issuer_id)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _begin_process(self) -> None:
        self._local = threading.local()
        # SQLite has one writer at a time: its threads queue here, rather than poll for the file's lock.
        self._turn = threading.Lock() if database.file_of(self._url) else None

    def _fork(self) -> None:
        # SQLite can't be carried through a fork: what is idle is closed first, and opened again when needed.
        self._engine.dispose()

    def _forked(self) -> None:
        database.abandon(self._engine)
        self._begin_process()

    def _refuse_strange_revision(self) -> None:
        if not self._checked:
            self.check()

    def _reads_only(self) -> dict[str, Any]:
        if database.file_of(self._url) is not None:
            return {database.READS_ONLY: True}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    @contextmanager
    def _transaction(self, **options: Any) -> Iterator[Connection]:
        with translated(), self._engine.connect() as opened:
            connection = opened.execution_options(**options)
            with connection.begin():
                yield connection

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self._patience):
            raise LedgerBusy("another thread has been writing for too long")
        try:
            yield
        finally:
            self._turn.release()


def _fork(ledger: SqlLedger | None) -> None:
    if ledger is not None:
        ledger._fork()


def _forked(ledger: SqlLedger | None) -> None:
    if ledger is not None:
        ledger._forked()
