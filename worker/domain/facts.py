"""What can happen to a job, each in the past tense and complete: replaying the facts gives the row again.

A fact is frozen and carries everything that its effect needs (times included), so that ``Job.apply`` is pure. Its
``name`` is the stable word in the journal, in ``TRANSITIONS`` and in the state diagram.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from worker.domain.evidence import Grade
from worker.domain.outcome import Refuser, Said
from worker.domain.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Common to all: when, by whom, why (``slug``), in whose words (``said``), proven by which archived bytes.

    ``evidence`` holds sha256 digests of archived content.
    """

    name: ClassVar[str]

    at: datetime
    actor: str
    slug: str | None = None
    said: Said | None = None
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"{self.name}: a fact happens at an aware datetime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Fact):
    """A producer asked for a cancellation and has its receipt."""

    name: ClassVar[str] = "accepted"
    tenant: str
    rail: str
    environment: str
    issuer: str
    document: str
    round: int
    request: Mapping[str, Any]
    closes_at: datetime | None = None
    hard_window: bool = False
    reply: Mapping[str, str] | None = None
    to: State = State.QUEUED


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(Fact):
    """What held the job back is gone."""

    name: ClassVar[str] = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(Fact):
    """One worker may now send these archived bytes, once, until the lease ends."""

    name: ClassVar[str] = "claimed"
    fence: int
    lease_until: datetime
    request_hash: str
    signed_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent(Fact):
    """Proven: nothing left the house."""

    name: ClassVar[str] = "not-sent"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost(Fact):
    """The request left and no usable answer came back."""

    name: ClassVar[str] = "answer-lost"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseExpired(Fact):
    """The worker that had claimed the job fell silent: it may have sent it."""

    name: ClassVar[str] = "lease-expired"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Fact):
    """The authority has the request and has not decided."""

    name: ClassVar[str] = "acknowledged"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted(Fact):
    """The authority already knew the request: an earlier one of ours, or somebody else's. A consult will tell."""

    name: ClassVar[str] = "adopted"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed(Fact):
    """The document is cancelled; ``evidence`` proves it."""

    name: ClassVar[str] = "confirmed"
    grade: Grade
    note: str | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if not self.evidence:
            raise ValueError("confirmed: there is no cancellation without evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Fact):
    """A definite no."""

    name: ClassVar[str] = "refused"
    by: Refuser


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided(Fact):
    """The signed bytes were definitely refused and new ones can cure it: they will be signed anew."""

    name: ClassVar[str] = "voided"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed(Fact):
    """The authority definitely holds nothing and wants to be asked again later with the same bytes."""

    name: ClassVar[str] = "postponed"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied(Fact):
    """The authority denied knowing the request. ``counted`` is False when it came too soon after the last denial."""

    name: ClassVar[str] = "denied"
    due_at: datetime
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceProven(Fact):
    """Denied twice, some time apart: the same bytes may be sent again."""

    name: ClassVar[str] = "absence-proven"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnswered(Fact):
    """A consult brought no usable answer. It changes nothing but the next time to ask."""

    name: ClassVar[str] = "not-answered"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed(Fact):
    """A mail notice spoke of the document: ask now."""

    name: ClassVar[str] = "noticed"
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked(Fact):
    """A person is needed. ``absent`` is True when it is certain that the authority holds nothing of it."""

    name: ClassVar[str] = "parked"
    absent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried(Fact):
    """An operator wants it to go on now. A job that may have arrived is asked about, not sent."""

    name: ClassVar[str] = "retried"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Fact):
    """An operator took it back while nothing had left the house."""

    name: ClassVar[str] = "withdrawn"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired(Fact):
    """The hard window closed and nothing of it had been sent."""

    name: ClassVar[str] = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardLate(Fact):
    """An answer came in after its worker had lost the claim. It is evidence, not a move; an open job is asked about."""

    name: ClassVar[str] = "heard-late"
    due_at: datetime
    heard: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Fact):
    """The ledger came back from a backup: whatever it does not know of may have been sent since, so it asks first."""

    name: ClassVar[str] = "restored"


FACTS: dict[str, type[Fact]] = {
    fact.name: fact
    for fact in (
        Accepted, Released, Claimed, NotSent, AnswerLost, LeaseExpired, Acknowledged, Adopted, Confirmed, Refused,
        Voided, Postponed, Denied, AbsenceProven, NotAnswered, Noticed, Parked, Retried, Withdrawn, Expired, HeardLate,
        Restored,
    )
}  # fmt: skip
