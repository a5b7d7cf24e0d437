"""Asking what became of a document: after a lost answer, while waiting, and when a notice says so."""

from worker.domain.job import Job
from worker.domain.outcome import NoAnswer, Said
from worker.engine import crash
from worker.engine.ports import Answer, Parts
from worker.engine.settle import Phase, settle


def consult(parts: Parts, job_id: str) -> Job | None:
    """Ask about an uncertain or waiting job and settle what is answered; None when it is not its time.

    A consult sends nothing binding, so it needs no claim: two at once cost a question and change nothing twice,
    because only spaced denials count and final is final.
    """
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        found = unit.get(job_id)
        if found is None:
            return None
        if any(hold.stops(now) for hold in unit.holds(unit.lane_of(job_id), now)):
            unit.dispatched([job_id], now)  # it is not under way any more
            return None
    job = found[0]
    if job.state not in Phase.CONSULT.value or job.due_at is None or job.due_at > now:
        return None
    crash.point("consult.asking")
    try:
        answer = parts.rails[job.rail].consult(job)
    except Exception as fault:
        # Ours to mend, but it must not stop the job from being asked about again, ever more rarely.
        said = Said("cancela", text=type(fault).__name__)
        answer = Answer(NoAnswer(left=True, slug="internal-fault", said=said))
    crash.point("consult.answered")
    return settle(parts, job, answer, Phase.CONSULT)
