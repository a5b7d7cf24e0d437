"""The ledger as the engine sees it: transactions in which jobs are got, moved and found again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from worker.domain.job import Identity, Job
from worker.domain.journal import Line
from worker.domain.lane import Hold, Lane
from worker.domain.notice import Notice
from worker.domain.states import State

if TYPE_CHECKING:
    from worker.engine.checkpoint import Checkpoint, UnsealedHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question and its answer over the wire, to be archived as they were.

    ``sent`` and ``received`` are the exact bodies, except that a gateway's password inside ``sent`` is masked.
    ``received`` is None when nothing came back.
    """

    kind: str
    url: str
    started_at: datetime
    ended_at: datetime
    sent: bytes
    received: bytes | None = None
    http_status: int | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a job's journal."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Due:
    """A job that wants attention: which, in what state, on which account's road."""

    job_id: str
    state: State
    rail: str
    environment: str
    account: str

    @property
    def lane(self) -> Lane:
        """The lane that it travels in."""
        return Lane(self.rail, self.environment, self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """A message to another service, committed with what it tells about and sent by the sweep (at least once)."""

    id: int | None = None
    task: str
    queue: str
    payload: Mapping[str, Any]
    attempts: int = 0


class Unit(Protocol):
    """One transaction of the ledger. Leaving it normally commits; an exception rolls everything back."""

    def get(self, job_id: str) -> tuple[Job, Head] | None:
        """The job and the head of its journal, locked against other writers until the unit ends."""
        ...

    def known(self, identities: Collection[Identity]) -> dict[Identity, Job]:
        """Those of the jobs asked for that exist."""
        ...

    def latest_round(self, tenant: str, rail: str, environment: str, document: str) -> Job | None:
        """The newest round of a document."""
        ...

    def add(self, jobs: Sequence[tuple[Job, Line]], accounts: Mapping[str, str]) -> None:
        """New jobs with their first lines. ``accounts`` maps issuer ids to account names.

        Raises:
            AlreadyThere: one of them was added by somebody else in the meantime; nothing was added.
        """
        ...

    def save(self, job: Job, line: Line) -> None:
        """The job as it is after ``line``. The job must have been got in this unit."""
        ...

    def journal(self, job_id: str) -> list[Line]:
        """All lines of a job, in order."""
        ...

    def archive(self, content: bytes) -> str:
        """Keep these bytes for good; their sha256. The same bytes are kept once."""
        ...

    def load(self, digest: str) -> bytes:
        """Archived bytes, checked against their digest."""
        ...

    def keep(self, job_id: str, seq: int, exchanges: Iterable[Exchange]) -> tuple[str, ...]:
        """Archive exchanges beside a journal line; the digests of what was received."""
        ...

    # -- notices ------------------------------------------------------------------------------------------------
    def remember(self, notice: Notice, job_id: str | None) -> bool:
        """Keep a notice. False when this letter was seen before (then nothing is changed)."""
        ...

    def open_jobs(self, rail: str, document: str) -> list[str]:
        """Ids of the jobs of this document that are not final."""
        ...

    def early_notices(self, rail: str, document: str) -> list[int]:
        """Kept notices of this document that no job has taken yet."""
        ...

    def match(self, notices: Collection[int], job_id: str) -> None:
        """These notices belong to this job."""
        ...

    # -- lanes --------------------------------------------------------------------------------------------------
    def lane_of(self, job_id: str) -> Lane:
        """The lane that a job travels in. Raises ``KeyError`` when there is no such job."""
        ...

    def hold(self, hold: Hold) -> None:
        """Hold a lane back, in place of what held it. A hold with an end never shortens one that is there."""
        ...

    def free(self, lane: Lane) -> None:
        """Open a lane. A lane that is open stays so."""
        ...

    def holds(self, lane: Lane, now: datetime) -> list[Hold]:
        """What holds this lane back now: its own hold, and that of the whole authority."""
        ...

    def lane_busy(self, lane: Lane, since: datetime) -> bool:
        """Whether a request of this lane that was claimed after ``since`` is under way (``sending``)."""
        ...

    # -- trust --------------------------------------------------------------------------------------------------
    def unsealed(self, limit: int) -> "list[UnsealedHead]":
        """Heads that have moved since a checkpoint sealed them, locked until the unit ends."""
        ...

    def last_checkpoint(self) -> "Checkpoint | None":
        """The newest checkpoint."""
        ...

    def add_checkpoint(self, made: "Checkpoint") -> None:
        """Keep a checkpoint and mark its heads as sealed."""
        ...

    def open_after(self, job_id: str, limit: int) -> list[str]:
        """The next ids of the jobs that are not final, in order."""
        ...

    def free_all(self, slug: str) -> None:
        """Open every lane that is held for this reason."""
        ...

    def closing(self, now: datetime, until: datetime, limit: int) -> list[str]:
        """Ids of uncertain jobs whose hard window is open and closes by then."""
        ...

    # -- sweep --------------------------------------------------------------------------------------------------
    def take_lease(self, name: str, owner: str, now: datetime, length: timedelta) -> bool:
        """Whether ``owner`` holds the named lease until now + length: newly, still, or because another's ran out."""
        ...

    def overdue(self, now: datetime, limit: int) -> list[str]:
        """Ids of jobs in ``sending`` whose lease has run out."""
        ...

    def closed(self, now: datetime, limit: int) -> list[str]:
        """Ids of jobs with a closed hard window, of which nothing lies at the authority, that are not final."""
        ...

    def in_flight(self, now: datetime) -> int:
        """How many jobs were handed to the broker and have neither moved since nor waited past their re-dispatch."""
        ...

    def due(self, now: datetime, limit: int) -> list[Due]:
        """Jobs to hand to the broker: due, not in flight; fair among tenants, then least window left first.

        None of a lane that is held; at most one of a lane on trial, and none while one of it is in flight.
        """
        ...

    def dispatched(self, job_ids: Collection[str], until: datetime) -> None:
        """These are with the broker; if they have not moved by ``until`` they are handed over again."""
        ...

    def post(self, letter: Letterbox) -> None:
        """Queue a message to another service in this transaction."""
        ...

    def posted(self, now: datetime, limit: int) -> list[Letterbox]:
        """Messages to other services that are due, oldest first."""
        ...

    def unsent(self, letter_id: int, due_at: datetime) -> None:
        """This message could not be handed over; it is tried again then."""
        ...

    def sent(self, letter_ids: Collection[int]) -> None:
        """These messages have been handed to the broker."""
        ...


class AlreadyThere(Exception):
    """Somebody else added one of these jobs in the meantime. Ask what is known and go on."""


class Ledger(Protocol):
    """The truth."""

    def unit(self) -> AbstractContextManager[Unit]:
        """A new transaction."""
        ...
