"""Signs of life: each role says from time to time that it is there and how it is; ``doctor`` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from worker.ledger import tables
from worker.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Pulse:
    """The last sign of life of a role."""

    name: str
    at: datetime
    data: Mapping[str, Any]


class Pulses(Transaction):
    """The part of a unit that keeps signs of life."""

    def beat(self, name: str, at: datetime, data: Mapping[str, Any]) -> None:
        """This role lives, and this is how it is. Nothing secret goes in here."""
        new = self._insert(tables.pulses).values(name=name, at=at, data=dict(data))
        changes = {"at": new.excluded.at, "data": new.excluded.data}
        self._connection.execute(new.on_conflict_do_update(index_elements=[tables.pulses.c.name], set_=changes))

    def pulses(self) -> list[Pulse]:
        """All of them, by name."""
        query = select(tables.pulses).order_by(tables.pulses.c.name)
        return [Pulse(row.name, row.at, row.data) for row in self._connection.execute(query)]
