"""What can be wrong with the ledger itself. Each fault has a stable slug that ``schemas/messages`` explains."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

#: SQLSTATE classes and codes of PostgreSQL that pass by themselves: deadlock, serialization, lock and query time-outs.
_PASSING = frozenset({"40001", "40P01", "55P03", "57014", "25P03"})


class LedgerFault(Exception):
    """Common to all faults of the ledger."""

    slug = "ledger-fault"


class LedgerBehind(LedgerFault):
    """The database is older than this program; ``SqlLedger.migrate`` brings it up to date."""

    slug = "ledger-behind"


class LedgerAhead(LedgerFault):
    """The database was written by a newer program; only that one may touch it."""

    slug = "ledger-ahead"


class LedgerBusy(LedgerFault):
    """Others held the ledger for too long. Nothing was changed; trying again is safe."""

    slug = "ledger-busy"


class LedgerUnreachable(LedgerFault):
    """The database can't be reached, or went away; whether the last transaction was committed is not known."""

    slug = "ledger-unreachable"


class UnusableUrl(LedgerFault):
    """The ledger's URL names no database that can hold the truth."""

    slug = "ledger-url-unusable"


class OutOfTurn(LedgerFault):
    """A line does not follow the stored head of its job: a fault of ours. Nothing was changed."""

    slug = "ledger-out-of-turn"


class ArchiveBroken(LedgerFault):
    """Archived bytes are missing or are not what their digest says."""

    slug = "archive-broken"


@contextmanager
def translated() -> Iterator[None]:
    """Faults of the database in our own words. What they say never quotes parameters."""
    try:
        yield
    except exc.TimeoutError as fault:
        raise LedgerBusy("no free connection to the ledger") from fault
    except (exc.OperationalError, exc.InterfaceError) as fault:
        if _passing(fault):
            raise LedgerBusy(str(fault.orig)) from fault
        raise LedgerUnreachable(str(fault.orig)) from fault
    except exc.DatabaseError as fault:
        if type(fault) is not exc.DatabaseError:
            raise  # a broken rule or a wrong statement: ours to mend, not the operator's
        raise LedgerUnreachable(str(fault.orig)) from fault  # SQLite: the file is damaged, or no database at all


def _passing(fault: exc.DBAPIError) -> bool:
    """Whether the database is well and only somebody else was faster. SQLite speaks in names, PostgreSQL in numbers."""
    name = getattr(fault.orig, "sqlite_errorname", None) or ""
    return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or getattr(fault.orig, "sqlstate", None) in _PASSING


def duplicate(fault: exc.IntegrityError) -> bool:
    """Whether a row was refused because its key is taken, as opposed to a broken rule."""
    name = getattr(fault.orig, "sqlite_errorname", None)
    return name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY") or (
        getattr(fault.orig, "sqlstate", None) == "23505"
    )
