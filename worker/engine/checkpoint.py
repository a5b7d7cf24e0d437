"""Checkpoints: from time to time every head that moved is sealed under a key that the database does not hold.

The chain of hashes shows that a line was changed, but whoever can write to the database could compute a whole chain
anew, or remove a job with all its lines. A checkpoint lists the heads that moved since the one before (job, line,
hash), counts all that was ever sealed, and is itself sealed by HMAC and chained to its predecessor. It costs what has
happened since the last one, whatever the ledger holds; and what is wrong later is named by job.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Protocol

from worker.engine.ports import Parts

#: Heads in one checkpoint: the ledger is written to for moments only.
BITE = 1000
#: What the first checkpoint follows.
GENESIS = "0" * 64


class SealingKeys(Protocol):
    """Keys that are not in the database."""

    @property
    def current(self) -> str:
        """The id of the key that seals now."""
        ...

    def mac(self, content: bytes, key_id: str) -> str:
        """HMAC-SHA256 in hexadecimal. Raises ``KeyError`` when that key is not at hand."""
        ...


@dataclass(frozen=True, slots=True)
class SealedHead:
    """A line of a job's journal that was its last one when it was sealed."""

    job_id: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class UnsealedHead:
    """A head that moved since ``sealed_seq`` was sealed; that is 0 when the job is new."""

    head: SealedHead
    sealed_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """``jobs`` and ``lines`` count all that is sealed by this checkpoint and those before it."""

    number: int
    at: datetime
    key_id: str
    jobs: int
    lines: int
    heads: tuple[SealedHead, ...]
    previous: str
    mac: str = ""

    @property
    def content(self) -> bytes:
        """What the seal covers."""
        heads = [[head.job_id, head.seq, head.hash] for head in self.heads]
        told = [self.number, self.at.isoformat(), self.key_id, self.jobs, self.lines, heads, self.previous]
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    def sealed_by(self, keys: SealingKeys) -> bool:
        """Whether the seal fits. Raises ``KeyError`` when its key is not at hand."""
        return compare_digest(self.mac, keys.mac(self.content, self.key_id))


def checkpoint(parts: Parts, keys: SealingKeys, *, bites: int) -> Checkpoint | None:
    """Seal what has moved, in at most so many checkpoints; the last one that was made, None when nothing was to do.

    Any number of processes may do it: each checkpoint is one transaction under one lease.
    """
    made: Checkpoint | None = None
    for _ in range(bites):
        one = _next(parts, keys)
        if one is None:
            return made
        made = one
        if len(one.heads) < BITE:
            return made
    return made


def _next(parts: Parts, keys: SealingKeys) -> Checkpoint | None:
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        # The lease's row is locked until the commit: two checkpoints never get one number.
        if not unit.take_lease("checkpoint", parts.me, now, timedelta(0)):
            return None
        moved = unit.unsealed(BITE)
        if not moved:
            return None
        made = _sealed(unit.last_checkpoint(), moved, now, keys)
        unit.add_checkpoint(made)
        return made


def _sealed(last: Checkpoint | None, moved: Sequence[UnsealedHead], now: datetime, keys: SealingKeys) -> Checkpoint:
    bare = Checkpoint(
        number=last.number + 1 if last else 1,
        at=now,
        key_id=keys.current,
        jobs=(last.jobs if last else 0) + sum(one.sealed_seq == 0 for one in moved),
        lines=(last.lines if last else 0) + sum(one.head.seq - one.sealed_seq for one in moved),
        heads=tuple(one.head for one in moved),
        previous=last.mac if last else GENESIS,
    )
    return replace(bare, mac=keys.mac(bare.content, bare.key_id))
