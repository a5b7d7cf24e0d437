"""Messages to other services: committed with what they tell about, sent afterwards, at least once."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select

from worker.engine.ports import Letterbox
from worker.ledger import tables
from worker.ledger.transaction import Transaction, chunks


class Outbox(Transaction):
    """The part of a unit that holds messages until the broker has them."""

    def post(self, letter: Letterbox) -> None:
        """Queue a message to another service in this transaction."""
        row = {"task": letter.task, "queue": letter.queue, "payload": letter.payload}
        self._connection.execute(insert(tables.outbox), row)

    def posted(self, now: datetime, limit: int) -> list[Letterbox]:
        """Messages to other services that wait to be sent, oldest first. All of them are due at once."""
        query = select(tables.outbox).order_by(tables.outbox.c.id).limit(limit)
        return [
            Letterbox(id=row["id"], task=row["task"], queue=row["queue"], payload=row["payload"])
            for row in self._connection.execute(query).mappings()
        ]

    def sent(self, letter_ids: Collection[int]) -> None:
        """These messages have been handed to the broker."""
        for ids in chunks(letter_ids):
            self._connection.execute(delete(tables.outbox).where(tables.outbox.c.id.in_(ids)))
