"""Bringing a database up to date with this program, once, however many processes want to at the same time."""

import threading
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from worker.ledger.faults import LedgerAhead, LedgerBehind

_MIGRATIONS = Path(__file__).parent / "migrations"

#: Alembic's environment is one per process.
_ALEMBIC = threading.Lock()

#: PostgreSQL's advisory lock of those who migrate: "cancela" in ASCII.
_ADVISORY = 0x63616E63656C61


def migrate(connection: Connection) -> None:
    """Bring the database to this program's revision. To be called inside a writing transaction.

    Raises:
        LedgerAhead: the database is newer than this program.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY})
    with _ALEMBIC:
        try:
            check(connection)
        except LedgerBehind:
            command.upgrade(configured(connection), "head")


def check(connection: Connection) -> None:
    """Whether the database is of this program's revision.

    Raises:
        LedgerBehind: it is older, or empty.
        LedgerAhead: it holds a revision that this program has never heard of.
    """
    here = set(MigrationContext.configure(connection).get_current_heads())
    if here == set(_scripts().get_heads()):
        return
    known = {script.revision for script in _scripts().walk_revisions()}
    if here <= known:
        raise LedgerBehind(f"the ledger is at revision {', '.join(here) or 'none'}; migrate it first")
    raise LedgerAhead(f"the ledger is at revision {', '.join(here)}, unknown to this program; use the newer one")


def configured(connection: Connection) -> Config:
    """Alembic's configuration for this connection; there is no alembic.ini."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS))
