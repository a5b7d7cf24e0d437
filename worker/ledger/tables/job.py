"""A job and its journal."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    text,
)

from worker.domain.evidence import Grade
from worker.domain.issuer import ENVIRONMENTS
from worker.domain.outcome import Refuser
from worker.domain.states import FINAL, State
from worker.ledger.kinds import Document, Moment, Words
from worker.ledger.tables.catalogue import metadata, one_of

#: States in which a job is somebody's turn, and so has a time.
_ATTENDED = (State.QUEUED, State.SENDING, State.UNCERTAIN, State.WAITING)


#: Of an index and of the queries that use it: a parameter in its place would hide the index from SQLite.
WORKABLE = text("state IN ('queued', 'uncertain', 'waiting')")
SENDING = text("state = 'sending'")
MOVED = text("head_seq > sealed_seq")


class JobColumns(TypedColumns):
    """One column per field of ``worker.domain.job.Job``, and what only the ledger needs to know."""

    id: Named[str] = Column(Text, primary_key=True)
    tenant: Named[str] = Column(Text)
    rail: Named[str] = Column(Text)
    environment: Named[str] = Column(Text)
    issuer: Named[str] = Column(Text)
    document: Named[str] = Column(Text)
    round: Named[int]
    request: Named[Any] = Column(Document, nullable=False)
    reply: Named[Any] = Column(Document, nullable=True)
    closes_at: Named[datetime | None] = Column(Moment)
    hard_window: Named[bool]
    accepted_at: Named[datetime] = Column(Moment)
    changed_at: Named[datetime] = Column(Moment)
    state: Named[str] = Column(Text)
    due_at: Named[datetime | None] = Column(Moment)
    fence: Named[int]
    request_hash: Named[str | None] = Column(Text)
    signings: Named[int]
    crashes: Named[int]
    unsent: Named[int]
    at_risk: Named[bool]
    first_claimed_at: Named[datetime | None] = Column(Moment)
    acknowledged_at: Named[datetime | None] = Column(Moment)
    consulted_at: Named[datetime | None] = Column(Moment)
    polls: Named[int]
    unanswered: Named[int]
    uncertain_since: Named[datetime | None] = Column(Moment)
    denials: Named[int]
    denied_at: Named[datetime | None] = Column(Moment)
    slug: Named[str | None] = Column(Text)
    said: Named[Any] = Column(Document, nullable=True)
    grade: Named[str | None] = Column(Text)
    note: Named[str | None] = Column(Words)
    refused_by: Named[str | None] = Column(Text)
    evidence: Named[Any] = Column(Document, nullable=False)
    # -- not part of the job ------------------------------------------------------------------------------------
    account: Named[str] = Column(Text)
    head_seq: Named[int]
    head_hash: Named[str] = Column(Text)
    #: Until when the job is with the broker; a hint, cleared by every move.
    dispatched_until: Named[datetime | None] = Column(Moment)
    #: Up to which line checkpoints cover the job.
    sealed_seq: Named[int] = Column(server_default="0")


jobs = Table(
    "jobs",
    metadata,
    JobColumns,
    # The document first, so that it also serves those who look for a document's jobs.
    UniqueConstraint("document", "rail", "environment", "tenant", "round"),
    CheckConstraint(f"environment IN ({one_of(ENVIRONMENTS)})", "environment"),
    CheckConstraint(f"state IN ({one_of(State)})", "state"),
    CheckConstraint(f"grade IN ({one_of(Grade)})", "grade"),
    CheckConstraint(f"refused_by IN ({one_of(Refuser)})", "refused_by"),
    CheckConstraint("(state = 'cancelled') = (grade IS NOT NULL)", "cancelled_demands_evidence"),
    CheckConstraint("(state = 'refused') = (refused_by IS NOT NULL)", "refused_by_somebody"),
    CheckConstraint("state <> 'sending' OR (fence > 0 AND request_hash IS NOT NULL)", "intent_before_sending"),
    CheckConstraint(f"state NOT IN ({one_of(_ATTENDED)}) OR due_at IS NOT NULL", "nobody_forgets"),
    CheckConstraint(f"state NOT IN ({one_of(FINAL)}) OR (due_at IS NULL AND NOT at_risk)", "final_is_final"),
    CheckConstraint("round >= 1 AND fence >= 0 AND signings >= 0 AND crashes >= 0 AND unsent >= 0", "counters"),
    CheckConstraint("polls >= 0 AND unanswered >= 0 AND denials >= 0 AND head_seq >= 1", "more_counters"),
    # In the order in which a tenant's jobs want to be worked on (``worker.ledger.dispatch``).
    Index(None, "tenant", "closes_at", "due_at", "id", sqlite_where=WORKABLE, postgresql_where=WORKABLE),
    Index(None, "due_at", sqlite_where=SENDING, postgresql_where=SENDING),
    Index("ix_jobs_moved", "id", sqlite_where=MOVED, postgresql_where=MOVED),
    Index(None, "tenant", "state"),
    Index(
        None,
        "state",
        "closes_at",
        sqlite_where=text("hard_window = 1"),
        postgresql_where=text("hard_window"),
    ),
    Index(None, "tenant", "accepted_at", "id"),
    Index(
        None,
        "dispatched_until",
        sqlite_where=text("dispatched_until IS NOT NULL"),
        postgresql_where=text("dispatched_until IS NOT NULL"),
    ),
)


class JournalColumns(TypedColumns):
    """``data`` is the whole fact and is what the hash seals; at, actor, slug and said are repeated for readers."""

    job_id: Named[str] = Column(Text, ForeignKey("jobs.id"), primary_key=True)
    seq: Named[int] = Column(primary_key=True, autoincrement=False)
    fact: Named[str] = Column(Text)
    state_from: Named[str | None] = Column(Text)
    state_to: Named[str] = Column(Text)
    at: Named[datetime] = Column(Moment)
    actor: Named[str] = Column(Words)
    slug: Named[str | None] = Column(Text)
    level: Named[str | None] = Column(Text)
    code: Named[str | None] = Column(Words)
    text: Named[str | None] = Column(Words)
    data: Named[Any] = Column(Document, nullable=False)
    previous: Named[str] = Column(Text)
    hash: Named[str] = Column(Text)


#: Append-only: triggers refuse UPDATE, DELETE and TRUNCATE here, in ``exchanges`` and in ``archive``.
journal = Table(
    "journal",
    metadata,
    JournalColumns,
    CheckConstraint("seq >= 1", "seq"),
    CheckConstraint("(seq = 1) = (state_from IS NULL)", "begins_once"),
    CheckConstraint("length(hash) = 64 AND length(previous) = 64", "sealed"),
)
