"""What was sent, received and read: bytes, exchanges, mail."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)

from worker.ledger.kinds import Document, Moment, Serial, Words
from worker.ledger.tables.catalogue import metadata


class ArchiveColumns(TypedColumns):
    """Bytes as they were, compressed with zlib; ``size`` is theirs before that."""

    sha256: Named[str] = Column(Text, primary_key=True)
    size: Named[int] = Column(Serial)
    content: Named[bytes] = Column(LargeBinary)


archive = Table("archive", metadata, ArchiveColumns, CheckConstraint("length(sha256) = 64 AND size >= 0", "content"))


class ExchangeColumns(TypedColumns):
    """One question and answer over the wire, beside the journal line that it led to."""

    id: Named[int] = Column(Serial, primary_key=True)
    job_id: Named[str] = Column(Text)
    seq: Named[int]
    kind: Named[str] = Column(Text)
    url: Named[str] = Column(Words)
    started_at: Named[datetime] = Column(Moment)
    ended_at: Named[datetime] = Column(Moment)
    http_status: Named[int | None]
    fault: Named[str | None] = Column(Words)
    sent_hash: Named[str] = Column(Text, ForeignKey("archive.sha256"))
    received_hash: Named[str | None] = Column(Text, ForeignKey("archive.sha256"))


exchanges = Table(
    "exchanges",
    metadata,
    ExchangeColumns,
    # Looked at when the unit commits: inside it, the exchange may be kept before its line is written.
    ForeignKeyConstraint(["job_id", "seq"], ["journal.job_id", "journal.seq"], deferrable=True, initially="DEFERRED"),
    Index(None, "job_id", "seq"),
)


class NoticeColumns(TypedColumns):
    """Mail that was seen, whatever became of it."""

    id: Named[int] = Column(Serial, primary_key=True)
    mailbox: Named[str] = Column(Words)
    folder: Named[str] = Column(Words)
    uidvalidity: Named[int] = Column(Serial)
    uid: Named[int] = Column(Serial)
    message_id: Named[str | None] = Column(Words)
    digest: Named[str] = Column(Text)
    received_at: Named[datetime] = Column(Moment)
    rail: Named[str] = Column(Text)
    document: Named[str | None] = Column(Words)
    positive: Named[bool | None]
    slug: Named[str | None] = Column(Text)
    headers: Named[Any] = Column(Document, nullable=False)
    job_id: Named[str | None] = Column(Text, ForeignKey("jobs.id"))


notices = Table(
    "notices",
    metadata,
    NoticeColumns,
    UniqueConstraint("mailbox", "folder", "uidvalidity", "uid"),
    UniqueConstraint("mailbox", "message_id", "digest"),
    Index(None, "rail", "document"),
    Index(None, "job_id"),
)
