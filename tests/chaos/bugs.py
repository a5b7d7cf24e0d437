"""Faults that are planted into the engine, one at a time, so that the chaos run can show that it would find them."""

from collections.abc import Callable
from dataclasses import replace

from worker.domain import facts
from worker.domain.job import Job
from worker.domain.states import State
from worker.engine import consult, crash, settle, submit
from worker.engine.ports import Answer, CannotPrepare, Parts, Unit
from worker.engine.record import record


def send_before_claim() -> None:
    """The request leaves before anybody has written down that it will."""

    def blind(parts: Parts, job_id: str) -> Job | None:
        job = submit._ready(parts, job_id)
        signed = submit._bytes(parts, job) if job else None
        if job is None or signed is None or isinstance(signed, CannotPrepare):
            return None
        answer = parts.rails[job.rail].submit(job, signed)
        crash.point("submit.answered")
        claimed = submit._claim(parts, job)
        if claimed is None or claimed[0].state is not State.SENDING:
            return None
        return settle.settle(parts, claimed[0], answer, settle.Phase.SUBMIT)

    submit.submit = blind


def no_fence() -> None:
    """Whoever comes back late moves the job as if the claim were still his."""
    checked = settle._settled

    def unchecked(parts: Parts, unit: Unit, asked: Job, answer: Answer, phase: settle.Phase) -> Job:
        found = unit.get(asked.id)
        return checked(parts, unit, replace(asked, fence=found[0].fence) if found else asked, answer, phase)

    settle._settled = unchecked


def resend_unasked() -> None:
    """A lost answer is taken for a request that never arrived."""
    asks = consult.consult

    def sure(parts: Parts, job_id: str) -> Job | None:
        now = parts.clock.now()
        with parts.ledger.unit() as unit:
            found = unit.get(job_id)
            if found and found[0].state is State.UNCERTAIN:
                absent = facts.AbsenceProven(at=now, actor=parts.me, slug="absence-proven", due_at=now)
                return record(parts, unit, *found, absent)[0]
        return asks(parts, job_id)

    consult.consult = sure


BUGS: dict[str, Callable[[], None]] = {bug.__name__: bug for bug in (send_before_claim, no_fence, resend_unasked)}
