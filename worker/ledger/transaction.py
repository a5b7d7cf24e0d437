"""What every part of a unit stands on: one connection inside one transaction, and the ways to write that differ by
database."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

#: How many values go into one IN list, and how many rows into one page of a stream.
CHUNK = 500

_T = TypeVar("_T")


class Transaction:
    """A part of a unit. It neither commits nor rolls back; the ledger does."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _insert(self, table: Table) -> "postgresql.Insert | sqlite.Insert":
        """An INSERT that can be told what to do about a row that is there already."""
        return postgresql.insert(table) if self._connection.dialect.name == "postgresql" else sqlite.insert(table)

    def _insert_new(self, table: Table, row: Mapping[str, Any]) -> bool:
        """Insert a row unless it breaks a unique key; whether it was new."""
        # The row itself tells: a driver's count of inserted rows is not to be relied on.
        new = self._insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key.columns)
        return self._connection.execute(new).first() is not None


def chunks(values: Collection[_T]) -> Iterator[list[_T]]:
    """``values`` in lists of at most ``CHUNK``, without repetitions, in order."""
    unique = list(dict.fromkeys(values))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]
