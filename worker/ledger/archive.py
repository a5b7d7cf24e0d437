"""Evidence: the exact bytes that were sent and received, kept once each and found by their sha256."""

import hashlib
import zlib
from collections.abc import Iterable

from sqlalchemy import insert, select

from worker.engine.ports import Exchange
from worker.ledger import tables
from worker.ledger.faults import ArchiveBroken
from worker.ledger.transaction import Transaction


class Archive(Transaction):
    """The part of a unit that keeps evidence."""

    def archive(self, content: bytes) -> str:
        """Keep these bytes for good; their sha256. The same bytes are kept once."""
        digest = hashlib.sha256(content).hexdigest()
        known = select(tables.archive.c.sha256).where(tables.archive.c.sha256 == digest)
        if self._connection.scalar(known) is None:
            row = {"sha256": digest, "size": len(content), "content": zlib.compress(content)}
            self._insert_new(tables.archive, row)
        return digest

    def load(self, digest: str) -> bytes:
        """Archived bytes, checked against their digest.

        Raises:
            ArchiveBroken: they are missing, or somebody changed them.
        """
        c = tables.archive.c
        row = self._connection.execute(select(c.size, c.content).where(c.sha256 == digest)).first()
        if row is None:
            raise ArchiveBroken(f"nothing is archived under {digest}")
        try:
            # Never more than what was put in, whatever the stored bytes would unfold to.
            content = zlib.decompressobj().decompress(row.content, row.size + 1)
        except zlib.error:
            content = b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise ArchiveBroken(f"the content archived under {digest} was changed")
        return content

    def keep(self, job_id: str, seq: int, exchanges: Iterable[Exchange]) -> tuple[str, ...]:
        """Archive exchanges beside a journal line; the digests of what was received."""
        received: list[str] = []
        for exchange in exchanges:
            answer = None if exchange.received is None else self.archive(exchange.received)
            row = {
                "job_id": job_id,
                "seq": seq,
                "kind": exchange.kind,
                "url": exchange.url,
                "started_at": exchange.started_at,
                "ended_at": exchange.ended_at,
                "http_status": exchange.http_status,
                "fault": exchange.fault,
                "sent_hash": self.archive(exchange.sent),
                "received_hash": answer,
            }
            self._connection.execute(insert(tables.exchanges), row)
            if answer is not None:
                received.append(answer)
        return tuple(received)
