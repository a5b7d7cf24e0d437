"""How long to wait before what. Pure: an outcome and the clock in, the fact to record out.

This is the only place that knows patience. Waiting is not failure: a job in ``waiting`` is polled at widening
intervals without an end of its own (after a receiver's refusal a second request can stay "En proceso" for months).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypedDict, assert_never

from worker.domain import facts, outcome
from worker.domain.facts import Fact
from worker.domain.job import Job
from worker.domain.outcome import Outcome, Refuser
from worker.domain.states import State

#: Why a job was parked: its hard window closes soon and nobody knows, or nothing more can be tried in time.
CLOSING = "window-closing"


def _minutes(*steps: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=step) for step in steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The waiting times of one rail in one environment. A plan's last step repeats for ever."""

    #: Waiting for the authority's decision. Starts with minutes, ends with days: 3 business days are the receiver's.
    poll: Sequence[timedelta] = _minutes(1, 2, 5, 15, 60, 60, 180, 360, 720, 1440)
    #: Asking after a lost answer: soon, since the window may be closing; then rarer (authorities block eager askers).
    consult: Sequence[timedelta] = _minutes(5 / 60, 20 / 60, 1, 5, 10, 10, 30, 60)
    #: Sending again when proven that nothing left, or when the authority said "not now".
    resend: Sequence[timedelta] = _minutes(2 / 60, 10 / 60, 1, 5, 15, 60)
    #: Two denials count only when this far apart: authorities are eventually consistent.
    absence_spacing: timedelta = timedelta(seconds=30)
    #: A notice makes a job due, but no sooner than this after the last consult, so that a flood costs one question.
    notice_gap: timedelta = timedelta(seconds=30)
    #: A worker that dies three times over the same job is killed by it: a person has to look.
    crashes: int = 3
    #: Fresh signatures for one job before a person has to look.
    signings: int = 3
    #: Times the same job may be sent after proven absence before a person has to look.
    claims: int = 8
    #: Uncertain for longer than this: a person has to look.
    uncertain: timedelta = timedelta(days=3)
    #: So long before a hard window closes, what nobody can tell is handed to a person, who can still act.
    margin: timedelta = timedelta(hours=1)
    #: So many unanswered questions in a row are enough for that.
    pressing: int = 3

    def __post_init__(self) -> None:
        for plan in (self.poll, self.consult, self.resend):
            if not plan or any(later < sooner for sooner, later in pairwise(plan)):
                raise ValueError("a plan has at least one step and never narrows")
        if self.margin < timedelta(0):
            raise ValueError("a margin lies before the end")
        if self.poll[-1] <= timedelta(0):
            raise ValueError("polling takes time")


class _When(TypedDict):
    at: datetime
    actor: str
    evidence: tuple[str, ...]


def step(plan: Sequence[timedelta], count: int) -> timedelta:
    """The ``count``-th step of a plan, or its last one."""
    return plan[min(count, len(plan) - 1)]


def next_poll(job: Job, patience: Patience, at: datetime) -> datetime:
    """The next mark of the poll plan, counted from the first acknowledgement.

    By age and not by how often was asked: otherwise a flood of notices could push the next poll days away.
    """
    mark = job.acknowledged_at or at
    for wait in patience.poll:
        mark += wait
        if mark > at:
            return mark
    last = patience.poll[-1]
    return mark + ((at - mark) // last + 1) * last


def answered(
    job: Job, said: Outcome, patience: Patience, *, at: datetime, actor: str, evidence: tuple[str, ...]
) -> Fact:
    """The fact that an authority's answer to a submit or a consult amounts to."""
    sending = job.state is State.SENDING
    common = _When(at=at, actor=actor, evidence=evidence)
    match said:
        case outcome.Confirmed():
            return facts.Confirmed(grade=said.grade, said=said.said, note=said.note, **common)
        case outcome.Pending():
            return facts.Acknowledged(said=said.said, due_at=next_poll(job, patience, at), **common)
        case outcome.AlreadyKnown() if sending:
            return facts.Adopted(slug="already-known", said=said.said, due_at=at, **common)
        case outcome.AlreadyKnown():
            return facts.Acknowledged(said=said.said, due_at=next_poll(job, patience, at), **common)
        case outcome.Refusal():
            return facts.Refused(by=said.by, slug=said.slug, said=said.said, **common)
        case outcome.Curable() if job.signings < patience.signings:
            return facts.Voided(slug=said.slug, said=said.said, due_at=at + step(patience.resend, 0), **common)
        case outcome.Curable():
            return facts.Parked(slug=said.slug, said=said.said, absent=True, **common)
        case outcome.NotTaken():
            return _not_taken(job, said, patience, common, sending)
        case outcome.Absent() if sending:
            return facts.Parked(slug="unexpected-answer", said=said.said, absent=False, **common)
        case outcome.Absent():
            return _absent(job, said, patience, common)
        case outcome.Blocked():
            return facts.Parked(slug=said.slug, said=said.said, absent=sending, **common)
        case outcome.Unknown():
            return facts.Parked(slug="unknown-code", said=said.said, absent=False, **common)
        case outcome.NoAnswer():
            return _no_answer(job, said, patience, common)
        case _:
            assert_never(said)


def _not_taken(job: Job, said: outcome.NotTaken, patience: Patience, common: _When, sending: bool) -> Fact:
    """*Not now*, to a submit, leaves nothing behind. Said of a request that the authority has, it is one more wait:
    whoever holds it may still push it through, so it can neither be sent again nor taken back."""
    at = common["at"]
    if said.within is not None and at - job.accepted_at > said.within:
        return facts.Refused(by=Refuser.AUTHORITY, slug=said.slug, said=said.said, **common)
    if not sending:
        return facts.Acknowledged(slug=said.slug, said=said.said, due_at=next_poll(job, patience, at), **common)
    after = said.after if said.after is not None else step(patience.resend, job.fence)
    if _too_late(job, at, after):
        return facts.Parked(slug=CLOSING, said=said.said, absent=True, **common)
    return facts.Postponed(slug=said.slug, said=said.said, due_at=at + after, **common)


def _absent(job: Job, said: outcome.Absent, patience: Patience, common: _When) -> Fact:
    """Absence is believed when it was said twice, far enough apart; then the same bytes may go again."""
    at = common["at"]
    spaced = job.denied_at is None or at - job.denied_at >= patience.absence_spacing
    if job.denials and spaced:
        if job.fence >= patience.claims:
            return facts.Parked(slug="too-many-attempts", said=said.said, absent=False, **common)
        return facts.AbsenceProven(slug="absence-proven", said=said.said, due_at=at, **common)
    since = at if job.denied_at is None or spaced else job.denied_at
    return facts.Denied(
        slug="denied", said=said.said, due_at=since + patience.absence_spacing, counted=spaced, **common
    )


def _no_answer(job: Job, said: outcome.NoAnswer, patience: Patience, common: _When) -> Fact:
    at = common["at"]
    if job.state is State.SENDING:
        if said.left:
            return facts.AnswerLost(due_at=at + step(patience.consult, 0), slug=said.slug, said=said.said, **common)
        wait = step(patience.resend, job.unsent)
        if _too_late(job, at, wait):
            return facts.Parked(slug=CLOSING, said=said.said, absent=True, **common)
        return facts.NotSent(due_at=at + wait, slug=said.slug, said=said.said, **common)
    if job.uncertain_since is not None and at - job.uncertain_since > patience.uncertain:
        return facts.Parked(slug="uncertain-too-long", said=said.said, absent=False, **common)
    wait = step(patience.consult, job.unanswered)
    nagged = job.unanswered + 1 >= patience.pressing
    if job.state is State.UNCERTAIN and nagged and closing(job, patience, at + wait) and not job.window.closed(at):
        return facts.Parked(slug=CLOSING, said=said.said, absent=False, **common)
    return facts.NotAnswered(due_at=at + wait, slug=said.slug, said=said.said, **common)


def closing(job: Job, patience: Patience, at: datetime) -> bool:
    """Whether at this moment the job's hard window is about to close, or has."""
    left = job.window.left(at)
    return job.hard_window and left is not None and left <= patience.margin


def _too_late(job: Job, at: datetime, wait: timedelta) -> bool:
    """Whether the open hard window will have closed when the wait is over: only a person can still hurry it."""
    return job.window.closed(at + wait) and not job.window.closed(at)


def neglected(job: Job, patience: Patience, *, at: datetime, actor: str) -> facts.Parked | None:
    """Uncertain, the window about to close, and the question is long overdue (a stopped lane, dead workers)."""
    asks = job.state is State.UNCERTAIN and job.due_at is not None and closing(job, patience, at)
    if not asks or job.window.closed(at) or at - (job.due_at or at) < patience.margin / 4:
        return None
    return facts.Parked(at=at, actor=actor, slug=CLOSING, absent=False)


def silent(job: Job, patience: Patience, *, at: datetime, actor: str) -> Sequence[Fact]:
    """What to record when a claim's lease ran out: uncertain, and parked as well when it was once too often."""
    expired = facts.LeaseExpired(at=at, actor=actor, slug="worker-silent", due_at=at + step(patience.consult, 0))
    if job.crashes + 1 < patience.crashes:
        return (expired,)
    return (expired, facts.Parked(at=at, actor=actor, slug="poison", absent=False))


def noticed(job: Job, patience: Patience, *, at: datetime, actor: str) -> facts.Noticed:
    """A notice makes the job due now, or as soon as another question is allowed."""
    soonest = at if job.consulted_at is None else max(at, job.consulted_at + patience.notice_gap)
    return facts.Noticed(at=at, actor=actor, due_at=soonest)
