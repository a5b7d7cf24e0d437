"""Messages to other services: committed with what they tell about, sent afterwards, at least once."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select, update

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
        """Messages to other services that are due, oldest first."""
        c = tables.outbox.c
        query = select(tables.outbox).where(c.due_at.is_(None) | (c.due_at <= now)).order_by(c.id).limit(limit)
        return [
            Letterbox(
                id=row["id"], task=row["task"], queue=row["queue"], payload=row["payload"], attempts=row["attempts"]
            )
            for row in self._connection.execute(query).mappings()
        ]

    def unsent(self, letter_id: int, due_at: datetime) -> None:
        """This message could not be handed over; it is tried again then."""
        c = tables.outbox.c
        again = update(tables.outbox).where(c.id == letter_id)
        self._connection.execute(again.values(due_at=due_at, attempts=c.attempts + 1))

    def sent(self, letter_ids: Collection[int]) -> None:
        """These messages have been handed to the broker."""
        for ids in chunks(letter_ids):
            self._connection.execute(delete(tables.outbox).where(tables.outbox.c.id.in_(ids)))
