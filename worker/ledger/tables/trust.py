"""What shows that the ledger can be trusted."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, LargeBinary, Named, Table, Text, TypedColumns

from worker.ledger.kinds import Moment, Serial
from worker.ledger.tables.catalogue import metadata


class CheckpointColumns(TypedColumns):
    """``worker.engine.checkpoint.Checkpoint``; ``heads`` is JSON compressed with zlib. Append-only."""

    number: Named[int] = Column(Serial, primary_key=True, autoincrement=False)
    at: Named[datetime] = Column(Moment)
    key_id: Named[str] = Column(Text)
    jobs: Named[int] = Column(Serial)
    lines: Named[int] = Column(Serial)
    heads: Named[bytes] = Column(LargeBinary)
    previous: Named[str] = Column(Text)
    mac: Named[str] = Column(Text)


checkpoints = Table(
    "checkpoints",
    metadata,
    CheckpointColumns,
    CheckConstraint("number >= 1 AND length(mac) = 64 AND length(previous) = 64", "sealed"),
)
