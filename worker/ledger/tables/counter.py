"""What is known at the counter: who cancels, with which secrets, and the sheets they handed in."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)

from worker.domain.issuer import ENVIRONMENTS
from worker.ledger.kinds import Document, Moment, Words
from worker.ledger.tables.catalogue import metadata, one_of


class IssuerColumns(TypedColumns):
    """The fields of ``worker.domain.issuer.Issuer``."""

    id: Named[str] = Column(Text, primary_key=True)
    tenant: Named[str] = Column(Text)
    rail: Named[str] = Column(Text)
    environment: Named[str] = Column(Text)
    tax_id: Named[str] = Column(Text)
    account: Named[str] = Column(Text)
    zone: Named[str] = Column(Text)
    mailbox: Named[str | None] = Column(Text)
    options: Named[Any] = Column(Document, nullable=False)


issuers = Table(
    "issuers",
    metadata,
    IssuerColumns,
    UniqueConstraint("tenant", "rail", "environment", "tax_id"),
    CheckConstraint(f"environment IN ({one_of(ENVIRONMENTS)})", "environment"),
)


class SecretColumns(TypedColumns):
    """A sealed secret (``worker.signing.custody.Sealed``). Nothing in here can be read without the master key."""

    id: Named[str] = Column(Text, primary_key=True)
    tenant: Named[str] = Column(Text)
    purpose: Named[str] = Column(Text)
    ref: Named[str] = Column(Text)
    key_id: Named[str] = Column(Text)
    wrapped: Named[bytes] = Column(LargeBinary)
    nonce: Named[bytes] = Column(LargeBinary)
    ciphertext: Named[bytes] = Column(LargeBinary)


secrets = Table("secrets", metadata, SecretColumns, UniqueConstraint("tenant", "purpose", "ref"))


class BatchColumns(TypedColumns):
    """A sheet that was handed in. ``sealed_at`` is None while its rows are still coming in."""

    id: Named[str] = Column(Text, primary_key=True)
    tenant: Named[str] = Column(Text)
    name: Named[str] = Column(Words)
    sha256: Named[str] = Column(Text)
    options: Named[Any] = Column(Document, nullable=False)
    created_at: Named[datetime] = Column(Moment)
    sealed_at: Named[datetime | None] = Column(Moment)


batches = Table("batches", metadata, BatchColumns, Index(None, "tenant", "created_at", "id"))


class BatchRowColumns(TypedColumns):
    """One row of a sheet: the job it asks for, or what is wrong with it."""

    batch_id: Named[str] = Column(Text, ForeignKey("batches.id"), primary_key=True)
    row_no: Named[int] = Column(primary_key=True, autoincrement=False)
    job_id: Named[str | None] = Column(Text, ForeignKey("jobs.id"))
    document: Named[str | None] = Column(Words)
    problems: Named[Any] = Column(Document, nullable=False)
    created: Named[bool]


batch_rows = Table(
    "batch_rows",
    metadata,
    BatchRowColumns,
    CheckConstraint("job_id IS NOT NULL OR NOT created", "created_is_a_job"),
    Index(None, "job_id"),
    sqlite_with_rowid=False,
)
