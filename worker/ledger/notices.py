"""Mail that was seen. A letter counts once, whatever flags or folders say."""

from collections.abc import Collection

from sqlalchemy import select, update

from worker.domain.notice import Notice
from worker.ledger import tables
from worker.ledger.kinds import legible
from worker.ledger.transaction import Transaction, chunks


class Notices(Transaction):
    """The part of a unit that remembers mail."""

    def remember(self, notice: Notice, job_id: str | None) -> bool:
        """Keep a notice. False when this letter was seen before (then nothing is changed).

        Seen before means: the same place in the same mailbox, or the same headers (Message-ID and digest), as after a
        move between folders or a new UIDVALIDITY. A Message-ID alone is not enough: whoever guesses the next one could
        send it first and have the true notice taken for a copy.
        """
        letter = notice.letter
        row = {
            "mailbox": letter.mailbox,
            "folder": letter.folder,
            "uidvalidity": letter.uidvalidity,
            "uid": letter.uid,
            "message_id": letter.message_id,
            "digest": letter.digest,
            "received_at": letter.received_at,
            "rail": notice.rail,
            "document": notice.document,
            "positive": notice.positive,
            "slug": notice.slug,
            "headers": {legible(name): legible(value) for name, value in notice.headers.items()},
            "job_id": job_id,
        }
        return self._insert_new(tables.notices, row)

    def early_notices(self, rail: str, document: str) -> list[int]:
        """Kept notices of this document that no job has taken yet."""
        c = tables.notices.c
        query = select(c.id).where(c.rail == rail, c.document == document, c.job_id.is_(None))
        return list(self._connection.scalars(query.order_by(c.id)))

    def match(self, notices: Collection[int], job_id: str) -> None:
        """These notices belong to this job."""
        c = tables.notices.c
        for ids in chunks(notices):
            self._connection.execute(update(tables.notices).where(c.id.in_(ids)).values(job_id=job_id))
