"""Whether the whole ledger tells the truth: every journal against its row, and everything that was ever sealed.

Nothing is held in memory but what is looked at and the names of the jobs that are wrong.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from worker.domain.job import Job
from worker.domain.journal import BrokenChain, Line, replay
from worker.engine.checkpoint import GENESIS, Checkpoint, SealedHead, SealingKeys
from worker.engine.ports import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A job with its journal as both are stored. ``miscopied``: lines whose readers' columns differ from ``data``."""

    job: Job
    head: Head
    sealed_seq: int
    lines: Sequence[Line]
    miscopied: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Illegible:
    """A job whose row or journal can't even be read."""

    job_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Sum:
    """What is sealed in all, by the rows of the jobs, and the last checkpoint at the same moment."""

    jobs: int
    lines: int
    last: Checkpoint | None


class Books(Protocol):
    """The stored ledger, read page by page behind its own back."""

    def volumes(self) -> Iterable[Volume | Illegible]:
        """Every job, by id."""
        ...

    def orphans(self) -> Iterable[str]:
        """Ids of jobs that have a journal and no row."""
        ...

    def checkpoints(self) -> Iterable[Checkpoint]:
        """All of them, by number. One that can't be read comes without heads."""
        ...

    def written(self, heads: Sequence[SealedHead]) -> Mapping[tuple[str, int], str]:
        """The hashes of those lines as the journal has them now, by (job, seq)."""
        ...

    def existing(self, job_ids: Sequence[str]) -> set[str]:
        """Those of the jobs that have a row."""
        ...

    def sum(self) -> Sum:
        """All of it added up, in one moment."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Untruth:
    """What is wrong, with which job or, where no job can be told, with which checkpoint.

    Slugs: ``journal-broken``, ``journal-miscopied``, ``row-untrue``, ``job-missing``, ``chain-recomputed``,
    ``checkpoint-broken``, ``checkpoint-key-missing``, ``jobs-miscounted``.
    """

    slug: str
    why: str
    job_id: str | None = None
    checkpoint: int | None = None


def verify(books: Books, keys: SealingKeys) -> Iterator[Untruth]:
    """Everything that is wrong, as it is found. Nothing comes when the ledger can be trusted."""
    for volume in books.volumes():
        yield from _volume(volume)
    missing: set[str] = set()
    for job_id in books.orphans():
        missing.add(job_id)
        yield Untruth(slug="job-missing", job_id=job_id, why="it has a journal and no row")
    named = set(missing)
    yield from _checkpoints(books, keys, missing, named)
    total = books.sum()
    yield from _total(total, len(missing))


def _volume(volume: Volume | Illegible) -> Iterator[Untruth]:
    if isinstance(volume, Illegible):
        yield Untruth(slug="journal-broken", job_id=volume.job_id, why=volume.why)
        return
    job = volume.job
    if volume.miscopied:
        lines = ", ".join(map(str, volume.miscopied))
        yield Untruth(slug="journal-miscopied", job_id=job.id, why=f"lines {lines}")
    try:
        told = replay(volume.lines)
    except BrokenChain as broken:
        yield Untruth(slug="journal-broken", job_id=job.id, why=str(broken))
        return
    last = volume.lines[-1]
    if told != job or (volume.head.seq, volume.head.hash) != (last.seq, last.hash) or volume.sealed_seq > last.seq:
        yield Untruth(slug="row-untrue", job_id=job.id, why="the row is not what its journal adds up to")


def _checkpoints(books: Books, keys: SealingKeys, missing: set[str], named: set[str]) -> Iterator[Untruth]:
    number, previous = 0, GENESIS
    for one in books.checkpoints():
        if (one.number, one.previous) != (number + 1, previous):
            yield Untruth(slug="checkpoint-broken", checkpoint=one.number, why=f"it does not follow {number}")
        number, previous = one.number, one.mac
        try:
            fits = one.sealed_by(keys)
        except KeyError:
            yield Untruth(slug="checkpoint-key-missing", checkpoint=one.number, why=one.key_id)
            continue
        if not fits:
            yield Untruth(slug="checkpoint-broken", checkpoint=one.number, why="its seal does not fit")
            continue
        for untruth in _heads(books, one):
            if untruth.slug == "job-missing":
                missing.add(str(untruth.job_id))
            if untruth.job_id not in named:
                named.add(str(untruth.job_id))
                yield untruth


def _heads(books: Books, one: Checkpoint) -> Iterator[Untruth]:
    """What was sealed must still be written as it was."""
    written = books.written(one.heads)
    wrong = [head for head in one.heads if written.get((head.job_id, head.seq)) != head.hash]
    exist = books.existing([head.job_id for head in wrong]) if wrong else set()
    for head in wrong:
        if head.job_id not in exist:
            why = f"sealed in checkpoint {one.number}, line {head.seq}; there is no such job now"
            yield Untruth(slug="job-missing", job_id=head.job_id, checkpoint=one.number, why=why)
        else:
            why = f"line {head.seq} is not the one that checkpoint {one.number} sealed"
            yield Untruth(slug="chain-recomputed", job_id=head.job_id, checkpoint=one.number, why=why)


def _total(total: Sum, missing: int) -> Iterator[Untruth]:
    """Jobs that were smuggled in, or marks of what is sealed that were moved. Missing jobs have been named already."""
    jobs, lines = (total.last.jobs, total.last.lines) if total.last else (0, 0)
    told = f"{total.jobs} jobs and {total.lines} lines are marked as sealed, {jobs} and {lines} were"
    if total.jobs != jobs - missing or (not missing and total.lines != lines):
        yield Untruth(slug="jobs-miscounted", checkpoint=total.last.number if total.last else None, why=told)
