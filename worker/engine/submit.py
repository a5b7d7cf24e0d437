"""Sending a request: prepare, claim, send, settle. Claim and signed bytes are committed before a byte leaves."""

from worker.domain import facts
from worker.domain.job import Job
from worker.domain.outcome import NoAnswer, Said
from worker.domain.states import State
from worker.engine import crash
from worker.engine.lanes import may_go, pause_lane
from worker.engine.ports import Answer, CannotPrepare, Parts
from worker.engine.record import record
from worker.engine.settle import Phase, settle


def submit(parts: Parts, job_id: str) -> Job | None:
    """Take a queued job as far as the authority's answer; None when it does not want to be sent now.

    A message that comes twice, late, or for a job that has moved on, changes nothing.
    """
    job = _ready(parts, job_id)
    if job is None:
        return None
    crash.point("submit.ready")
    claimed = _claim(parts, job)
    if claimed is None or claimed[0].state is not State.SENDING:
        return claimed and claimed[0]
    crash.point("submit.claimed")
    job, signed = claimed
    answer = _send(parts, job, signed)
    crash.point("submit.answered")
    return settle(parts, job, answer, Phase.SUBMIT)


def _ready(parts: Parts, job_id: str) -> Job | None:
    with parts.ledger.unit() as unit:
        found = unit.get(job_id)
    return found[0] if found and _wants_sending(parts, found[0]) else None


def _wants_sending(parts: Parts, job: Job) -> bool:
    return job.state is State.QUEUED and job.due_at is not None and job.due_at <= parts.clock.now()


def _claim(parts: Parts, job: Job) -> tuple[Job, bytes] | None:
    """The claimed job with the bytes to send; or the job as it ended up instead; None when it must stay as it is.

    Bytes that were signed before are used again: new bytes would be a second identity of the same request.
    """
    signed = _bytes(parts, job)
    crash.point("submit.prepared")
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        found = unit.get(job.id)
        if found is None or found[0].fence != job.fence or not _wants_sending(parts, found[0]):
            return None
        job, head = found
        if not may_go(unit, job.id, now):
            unit.dispatched([job.id], now)  # it is not under way any more
            return None
        if job.window.closed(now):
            expired = facts.Expired(at=now, actor=parts.me, slug="window-closed")
            return record(parts, unit, job, head, expired)[0], b""
        if isinstance(signed, CannotPrepare) and signed.pause:
            pause_lane(unit, job.id, signed.slug, signed.pause, now)
            unit.dispatched([job.id], now)
            return None
        if isinstance(signed, CannotPrepare):
            parked = facts.Parked(at=now, actor=parts.me, slug=signed.slug, said=signed.said, absent=True)
            return record(parts, unit, job, head, parked)[0], b""
        fresh = job.request_hash is None
        claim = facts.Claimed(
            at=now,
            actor=parts.me,
            fence=job.fence + 1,
            lease_until=now + parts.lease,
            request_hash=unit.archive(signed) if fresh else str(job.request_hash),
            signed_now=fresh,
        )
        claimed = record(parts, unit, job, head, claim)[0]
        crash.point("submit.claiming")
        return claimed, signed


def _bytes(parts: Parts, job: Job) -> bytes | CannotPrepare:
    """What to send: the bytes that were signed before, or new ones; or what stands in the way of either.

    A fault of ours stands in the way, too: it would meet the job again at every message, so a person has to look.
    """
    try:
        if job.request_hash is None:
            return parts.rails[job.rail].prepare(job, parts.clock.now())
        with parts.ledger.unit() as unit:
            return unit.load(job.request_hash)
    except CannotPrepare as obstacle:
        return obstacle
    except Exception as fault:
        return CannotPrepare("internal-fault", Said("cancela", text=type(fault).__name__))


def _send(parts: Parts, job: Job, signed: bytes) -> Answer:
    """The answer to sending ``signed`` once. Nothing is sent that could outlive its claim."""
    assert job.due_at is not None  # the end of the lease, set by the claim
    if parts.clock.now() + parts.call > job.due_at:
        return Answer(NoAnswer(left=False, slug="lease-too-short"))
    try:
        return parts.rails[job.rail].submit(job, signed)
    except Exception as fault:
        # A fault of ours in mid-call: the request may have left. The class name alone is kept, since texts can hold
        # what the gateway was given.
        return Answer(NoAnswer(left=True, slug="internal-fault", said=Said("cancela", text=type(fault).__name__)))
