"""Checkpoints in the ledger: which heads have moved since they were sealed, and what was sealed."""

import json
import zlib

from sqlalchemy import RowMapping, bindparam, func, insert, select, update

from worker.engine.checkpoint import BITE, Checkpoint, SealedHead, UnsealedHead
from worker.engine.verification import Sum
from worker.ledger import tables
from worker.ledger.tables.job import MOVED
from worker.ledger.transaction import Transaction

#: More than this no checkpoint unfolds to: a head is its job's id, its number and a hash.
_UNFOLDED = BITE * 256
#: Columns that are fields as they are.
_PLAIN = ("number", "at", "key_id", "jobs", "lines", "previous", "mac")


class Checkpoints(Transaction):
    """The part of a unit that seals."""

    def unsealed(self, limit: int) -> list[UnsealedHead]:
        """Heads that have moved since they were sealed, locked until the unit ends; those in use now are left out."""
        c = tables.jobs.c
        query = select(c.id, c.head_seq, c.head_hash, c.sealed_seq).where(MOVED).order_by(c.id).limit(limit)
        rows = self._connection.execute(query.with_for_update(key_share=True, skip_locked=True))
        return [UnsealedHead(SealedHead(row.id, row.head_seq, row.head_hash), row.sealed_seq) for row in rows]

    def add_checkpoint(self, made: Checkpoint) -> None:
        """Keep a checkpoint and mark its heads as sealed."""
        heads = json.dumps([[head.job_id, head.seq, head.hash] for head in made.heads], separators=(",", ":"))
        row = {name: getattr(made, name) for name in _PLAIN} | {"heads": zlib.compress(heads.encode())}
        self._connection.execute(insert(tables.checkpoints), row)
        mark = update(tables.jobs).where(tables.jobs.c.id == bindparam("job")).values(sealed_seq=bindparam("upto"))
        self._connection.execute(mark, [{"job": head.job_id, "upto": head.seq} for head in made.heads])

    def last_checkpoint(self) -> Checkpoint | None:
        """The one with the highest number."""
        query = select(tables.checkpoints).order_by(tables.checkpoints.c.number.desc()).limit(1)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _checkpoint_of(row)

    def checkpoint_after(self, number: int) -> Checkpoint | None:
        """The next one by number."""
        c = tables.checkpoints.c
        query = select(tables.checkpoints).where(c.number > number).order_by(c.number).limit(1)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _checkpoint_of(row)

    def sealed_sum(self) -> Sum:
        """How much the rows of the jobs say is sealed, beside the last checkpoint."""
        c = tables.jobs.c
        row = self._connection.execute(
            select(func.count().label("jobs"), func.coalesce(func.sum(c.sealed_seq), 0).label("lines"))
            .select_from(tables.jobs)
            .where(c.sealed_seq > 0)
        ).one()
        return Sum(row.jobs, int(row.lines), self.last_checkpoint())


def _checkpoint_of(row: RowMapping) -> Checkpoint:
    """The checkpoint of this row; without heads when they can't be read, so that its seal does not fit."""
    try:
        told = zlib.decompressobj().decompress(row["heads"], _UNFOLDED)
        heads = tuple(SealedHead(str(job_id), int(seq), str(hash_)) for job_id, seq, hash_ in json.loads(told))
    except (zlib.error, ValueError, TypeError):
        heads = ()
    return Checkpoint(heads=heads, **{name: row[name] for name in _PLAIN})
