"""What keeps several processes from treading on each other, and what waits for the broker."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Named, Table, Text, TypedColumns

from worker.ledger.kinds import Document, Moment, Serial
from worker.ledger.tables.catalogue import metadata


class OutboxColumns(TypedColumns):
    """Messages to other services that wait to be sent; a row goes when the broker has it."""

    id: Named[int] = Column(Serial, primary_key=True)
    task: Named[str] = Column(Text)
    queue: Named[str] = Column(Text)
    payload: Named[Any] = Column(Document, nullable=False)
    attempts: Named[int] = Column(server_default="0")
    due_at: Named[datetime | None] = Column(Moment)


outbox = Table("outbox", metadata, OutboxColumns, sqlite_autoincrement=True)


class LeaseColumns(TypedColumns):
    """Who does a thing that only one may do. ``fence`` grows with every change of hands."""

    name: Named[str] = Column(Text, primary_key=True)
    owner: Named[str] = Column(Text)
    until: Named[datetime] = Column(Moment)
    fence: Named[int]


leases = Table("leases", metadata, LeaseColumns, CheckConstraint("fence >= 1", "fence"))


class LaneColumns(TypedColumns):
    """Lanes that are not open; ``account`` is empty where a whole authority is meant."""

    rail: Named[str] = Column(Text, primary_key=True)
    environment: Named[str] = Column(Text, primary_key=True)
    account: Named[str] = Column(Text, primary_key=True)
    slug: Named[str] = Column(Text)
    since: Named[datetime] = Column(Moment)
    until: Named[datetime | None] = Column(Moment)
    trial: Named[bool] = Column(Boolean)


lanes = Table("lanes", metadata, LaneColumns, CheckConstraint("NOT trial OR until IS NULL", "a_trial_has_no_end"))


class PulseColumns(TypedColumns):
    """The last sign of life of each role."""

    name: Named[str] = Column(Text, primary_key=True)
    at: Named[datetime] = Column(Moment)
    data: Named[Any] = Column(Document, nullable=False)


pulses = Table("pulses", metadata, PulseColumns)
