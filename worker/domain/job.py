"""A job: one document, one round, from receipt to its end. It changes only by applying a fact."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from worker.domain import facts
from worker.domain.evidence import Grade
from worker.domain.facts import Fact
from worker.domain.outcome import KNOWN_BEFORE, Refuser, Said
from worker.domain.states import TRANSITIONS, State
from worker.domain.window import Window

_IDS = uuid.UUID("6f1d0f6e-6f3e-5b54-9a6c-0d0a8b0d7c11")


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes two requests the same request."""

    tenant: str
    rail: str
    environment: str
    document: str
    round: int = 1

    @property
    def job_id(self) -> str:
        """The job's id follows from its identity: asking twice can only ever name one job."""
        return str(
            uuid.uuid5(_IDS, "\x1f".join((self.tenant, self.rail, self.environment, self.document, str(self.round))))
        )


class Impossible(Exception):
    """A fact was recorded for a job whose state does not allow it. Always a fault of ours; nothing was changed."""

    slug = "impossible-transition"

    def __init__(self, job_id: str, state: State | None, fact: Fact) -> None:
        super().__init__(f"job {job_id}: {fact.name!r} cannot happen in state {state}")
        self.job_id, self.state, self.fact = job_id, state, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The row. Every field follows from the journal (``worker.domain.journal.replay``)."""

    id: str
    tenant: str
    rail: str
    environment: str
    issuer: str
    document: str
    round: int
    request: Mapping[str, Any]
    reply: Mapping[str, str] | None
    closes_at: datetime | None
    hard_window: bool
    accepted_at: datetime
    changed_at: datetime
    state: State

    #: When the job wants attention next: to be sent, asked about, or taken from a silent worker. None: not by itself.
    due_at: datetime | None
    #: Counts claims; a worker whose number is not the row's has lost the job.
    fence: int = 0
    #: sha256 of the signed bytes in the archive, as long as they are good.
    request_hash: str | None = None
    signings: int = 0
    crashes: int = 0
    unsent: int = 0
    #: Some bytes may lie at the authority without our knowing the answer.
    at_risk: bool = False
    first_claimed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    consulted_at: datetime | None = None
    polls: int = 0
    unanswered: int = 0
    uncertain_since: datetime | None = None
    denials: int = 0
    denied_at: datetime | None = None
    slug: str | None = None
    said: Said | None = None
    grade: Grade | None = None
    note: str | None = None
    refused_by: Refuser | None = None
    evidence: tuple[str, ...] = ()

    @property
    def identity(self) -> Identity:
        """Which request this is."""
        return Identity(self.tenant, self.rail, self.environment, self.document, self.round)

    @property
    def window(self) -> Window:
        """How long the document may still be cancelled."""
        return Window(self.closes_at, self.hard_window)

    def apply(self, fact: Fact) -> "Job":
        """The job after ``fact``.

        Raises:
            Impossible: the table of transitions has no such row.
        """
        changes = _effect(self, fact)
        to = changes.get("state", self.state)
        if (self.state, fact.name, to) not in TRANSITIONS:
            raise Impossible(self.id, self.state, fact)
        if isinstance(fact, facts.HeardLate):
            return replace(self, changed_at=fact.at, **changes)
        said = {"slug": fact.slug, "said": fact.said} if fact.slug or fact.said else {}
        return replace(self, changed_at=fact.at, **(said | changes))


def accept(fact: facts.Accepted) -> Job:
    """The job that an accepted request begins as.

    Raises:
        Impossible: a job cannot begin in the state that the fact names.
    """
    identity = Identity(fact.tenant, fact.rail, fact.environment, fact.document, fact.round)
    if (None, fact.name, fact.to) not in TRANSITIONS:
        raise Impossible(identity.job_id, None, fact)
    return Job(
        id=identity.job_id,
        tenant=fact.tenant,
        rail=fact.rail,
        environment=fact.environment,
        issuer=fact.issuer,
        document=fact.document,
        round=fact.round,
        request=fact.request,
        reply=fact.reply,
        closes_at=fact.closes_at,
        hard_window=fact.hard_window,
        accepted_at=fact.at,
        changed_at=fact.at,
        state=fact.to,
        due_at=fact.at if fact.to is State.QUEUED else None,
        slug=fact.slug,
    )


_SETTLED = {"uncertain_since": None, "denials": 0, "denied_at": None, "unanswered": 0}


def _effect(job: Job, fact: Fact) -> dict[str, Any]:
    """What each fact does to the row. One arm per fact; a fact without an arm is impossible."""
    match fact:
        case facts.Released():
            return {"state": State.QUEUED, "due_at": fact.at}
        case facts.Claimed():
            return {
                "state": State.SENDING,
                "due_at": fact.lease_until,
                "fence": fact.fence,
                "request_hash": fact.request_hash,
                "signings": job.signings + fact.signed_now,
                "at_risk": True,
                "first_claimed_at": job.first_claimed_at or fact.at,
                "slug": None,
                "said": None,
            }
        case facts.NotSent():
            return {"state": State.QUEUED, "due_at": fact.due_at, "at_risk": False, "unsent": job.unsent + 1}
        case facts.AnswerLost():
            return {"state": State.UNCERTAIN, "due_at": fact.due_at, "uncertain_since": fact.at}
        case facts.LeaseExpired():
            return {
                "state": State.UNCERTAIN,
                "due_at": fact.due_at,
                "uncertain_since": fact.at,
                "crashes": job.crashes + 1,
            }
        case facts.Acknowledged():
            consulted = job.state is not State.SENDING
            return _SETTLED | {
                "state": State.WAITING,
                "due_at": fact.due_at,
                "acknowledged_at": job.acknowledged_at or fact.at,
                "polls": job.polls + consulted,
                "consulted_at": fact.at if consulted else job.consulted_at,
            }
        case facts.Adopted():
            return _SETTLED | {
                "state": State.WAITING,
                "due_at": fact.due_at,
                "acknowledged_at": job.acknowledged_at or fact.at,
                "note": KNOWN_BEFORE if _first_word(job) else job.note,
            }
        case facts.Confirmed():
            return _SETTLED | {
                "state": State.CANCELLED,
                "due_at": None,
                "at_risk": False,
                "slug": fact.slug,
                "grade": fact.grade,
                "note": fact.note,
                "evidence": fact.evidence,
            }
        case facts.Refused():
            return _SETTLED | {
                "state": State.REFUSED,
                "due_at": None,
                "at_risk": False,
                "refused_by": fact.by,
                "evidence": fact.evidence,
            }
        case facts.Voided():
            return _SETTLED | {
                "state": State.QUEUED,
                "due_at": fact.due_at,
                "at_risk": False,
                "request_hash": None,
            }
        case facts.Postponed():
            return _SETTLED | {"state": State.QUEUED, "due_at": fact.due_at, "at_risk": False}
        case facts.Denied():
            return {
                "state": State.UNCERTAIN,
                "due_at": fact.due_at,
                "denials": job.denials + fact.counted,
                "denied_at": fact.at if fact.counted else job.denied_at,
                "uncertain_since": job.uncertain_since or fact.at,
                "consulted_at": fact.at,
                "unanswered": 0,
            }
        case facts.AbsenceProven():
            return _SETTLED | {
                "state": State.QUEUED,
                "due_at": fact.due_at,
                "at_risk": False,
                "consulted_at": fact.at,
            }
        case facts.NotAnswered():
            return {"due_at": fact.due_at, "unanswered": job.unanswered + 1, "consulted_at": fact.at}
        case facts.Noticed():
            return {"due_at": fact.due_at}
        case facts.Parked():
            return {"state": State.PARKED, "due_at": None, "at_risk": job.at_risk and not fact.absent}
        case facts.Retried():
            resumed = State.UNCERTAIN if job.at_risk else State.QUEUED
            state = resumed if job.state is State.PARKED else job.state
            # A person may have mended what the bytes hold (clock, certificate), and no first ones lie there.
            anew = {"request_hash": None, "signings": 0} if job.state is State.PARKED and not job.at_risk else {}
            return anew | {
                "state": state,
                "due_at": fact.at,
                "uncertain_since": fact.at if state is State.UNCERTAIN else None,
                "crashes": 0,
                "unsent": 0,
                "unanswered": 0,
                "denials": 0,
                "denied_at": None,
            }
        case facts.Withdrawn():
            return {"state": _only_if_absent(job, fact, State.WITHDRAWN), "due_at": None}
        case facts.Expired():
            return {"state": _only_if_absent(job, fact, State.EXPIRED), "due_at": None}
        case facts.HeardLate():
            asks = job.state in (State.UNCERTAIN, State.WAITING)
            return {"due_at": fact.due_at if asks else job.due_at}
        case facts.Restored():
            return _asked_first(job, fact)
        case _:
            raise Impossible(job.id, job.state, fact)


#: Where a job goes when its ledger comes back from a backup; other states stay. What was held needs its person again.
_AFTER_RESTORE = {State.HELD: State.PARKED, State.QUEUED: State.UNCERTAIN, State.SENDING: State.UNCERTAIN}


def _asked_first(job: Job, fact: facts.Restored) -> dict[str, Any]:
    """Every open job may have been sent after the backup was taken; denials from before it prove nothing."""
    state = _AFTER_RESTORE.get(job.state, job.state)
    return _SETTLED | {
        "state": state,
        "due_at": None if state is State.PARKED else fact.at,
        "at_risk": True,
        "uncertain_since": fact.at if state is State.UNCERTAIN else None,
    }


def _first_word(job: Job) -> bool:
    """Whether nothing of ours can have been there before this attempt: no earlier one, no earlier round."""
    return job.round == 1 and job.fence == 1 and job.consulted_at is None


def _only_if_absent(job: Job, fact: Fact, to: State) -> State:
    """Nothing that may lie at the authority can be taken back as if it had never been sent."""
    if job.at_risk:
        raise Impossible(job.id, job.state, fact)
    return to
