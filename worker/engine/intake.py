"""Taking work in: a durable receipt for every request, once.

The same request twice is one job and the first receipt; the same document with other content is a conflict that says
what differs, and changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from worker.domain import journal
from worker.domain.facts import Accepted
from worker.domain.issuer import Issuer
from worker.domain.job import Identity, Job
from worker.domain.states import State
from worker.engine import crash
from worker.engine.ports import AlreadyThere, Parts, Unit
from worker.engine.reply import letter

#: Endings after which the same document may be asked for again, as a new round.
REOPENABLE = frozenset({State.REFUSED, State.EXPIRED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One cancellation that a producer asks for. ``request`` is the rail's canonical content, validated."""

    issuer: Issuer
    document: str
    request: Mapping[str, Any]
    actor: str
    round: int = 1
    reply: Mapping[str, str] | None = None
    held: str | None = None

    @property
    def identity(self) -> Identity:
        """Which request this is."""
        return Identity(self.issuer.tenant, self.issuer.rail, self.issuer.environment, self.document, self.round)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a request. ``differs`` names the contents that contradict the job that was there first."""

    job_id: str
    state: State
    created: bool
    differs: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def conflict(self) -> bool:
        """The document is already asked for, with other content."""
        return bool(self.differs)


def accept(parts: Parts, wanted: Sequence[Wanted]) -> list[Receipt]:
    """Receipts in the order of ``wanted``; all new jobs are committed in one transaction."""
    while True:
        try:
            with parts.ledger.unit() as unit:
                receipts = _accept(parts, unit, wanted)
                crash.point("intake.accepting")
        except AlreadyThere:
            continue  # somebody else was faster with one of them: it is known now
        crash.point("intake.accepted")
        return receipts


def foresee(unit: Unit, wanted: Sequence[Wanted]) -> list[Receipt | None]:
    """What ``accept`` would say to each as things stand, None where it would be a new job. Nothing is changed."""
    known = unit.known([want.identity for want in wanted])
    return [_there(known, want) or _round_obstacle(unit, want) for want in wanted]


def _there(known: Mapping[Identity, Job], want: Wanted) -> Receipt | None:
    job = known.get(want.identity)
    return None if job is None else Receipt(job_id=job.id, state=job.state, created=False, differs=_differs(job, want))


def _accept(parts: Parts, unit: Unit, wanted: Sequence[Wanted]) -> list[Receipt]:
    now = parts.clock.now()
    known: dict[Identity, Job] = dict(unit.known([want.identity for want in wanted]))
    fresh: list[tuple[Job, journal.Line]] = []
    receipts: list[Receipt] = []
    for want in wanted:
        job = known.get(want.identity)
        if job is None and (obstacle := _round_obstacle(unit, want)):
            receipts.append(obstacle)
            continue
        created = job is None
        if job is None:
            job, line = journal.begin(_accepted(parts, want, now))
            fresh.append((job, line))
            known[want.identity] = job
        receipts.append(Receipt(job_id=job.id, state=job.state, created=created, differs=_differs(job, want)))
        if want.reply:
            event = "conflict" if receipts[-1].conflict else "receipt"
            unit.post(letter(want.reply, job, event, receipts[-1].differs))
    unit.add(fresh, {want.issuer.id: want.issuer.account for want in wanted})
    return receipts


def _round_obstacle(unit: Unit, want: Wanted) -> Receipt | None:
    """A later round is a new request only after the one before it ended without a cancellation."""
    if want.round == 1:
        return None
    identity = want.identity
    last = unit.latest_round(identity.tenant, identity.rail, identity.environment, identity.document)
    if last is not None and last.round == want.round - 1 and last.state in REOPENABLE:
        return None
    return Receipt(
        job_id=last.id if last else identity.job_id,
        state=last.state if last else State.HELD,
        created=False,
        differs={"round": (last.round if last else 0, want.round)},
    )


def _accepted(parts: Parts, want: Wanted, now: datetime) -> Accepted:
    window = parts.rails[want.issuer.rail].window(want.request, now)
    return Accepted(
        at=now,
        actor=want.actor,
        slug=want.held,
        tenant=want.issuer.tenant,
        rail=want.issuer.rail,
        environment=want.issuer.environment,
        issuer=want.issuer.id,
        document=want.document,
        round=want.round,
        request=want.request,
        closes_at=window.closes_at,
        hard_window=window.hard,
        reply=want.reply,
        to=State.HELD if want.held else State.QUEUED,
    )


def _differs(job: Job, want: Wanted) -> dict[str, tuple[Any, Any]]:
    """Content by content, what the job has and what is wanted now."""
    had = {**job.request, "issuer": job.issuer}
    wants = {**want.request, "issuer": want.issuer.id}
    return {
        name: (had.get(name), wants.get(name))
        for name in sorted(had.keys() | wants.keys())
        if had.get(name) != wants.get(name)
    }
