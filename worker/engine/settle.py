"""Making of an answer what it amounts to, if the one who asked still holds the job."""

from enum import Enum

from worker.domain import facts, patience
from worker.domain.job import Job
from worker.domain.states import State
from worker.engine import crash
from worker.engine.lanes import steer
from worker.engine.ports import Answer, Parts, Unit
from worker.engine.record import proof, record


class Phase(Enum):
    """Which call was answered, and in which states its answer may still move the job."""

    SUBMIT = frozenset({State.SENDING})
    CONSULT = frozenset({State.UNCERTAIN, State.WAITING})


def settle(parts: Parts, asked: Job, answer: Answer, phase: Phase) -> Job:
    """The job after the answer to a call that was made while it was ``asked``.

    The fence is checked under the row's lock: whoever lost the claim moves nothing. A late answer to a submit is
    written down all the same, because it says what has left the house; a late answer to a consult is only old news.
    """
    with parts.ledger.unit() as unit:
        job = _settled(parts, unit, asked, answer, phase)
        crash.point("settle.settling")
    crash.point("settle.settled")
    return job


def _settled(parts: Parts, unit: Unit, asked: Job, answer: Answer, phase: Phase) -> Job:
    now = parts.clock.now()
    found = unit.get(asked.id)
    if found is None:
        raise KeyError(asked.id)
    job, head = found
    if job.fence != asked.fence or job.state not in phase.value:
        if phase is Phase.CONSULT:
            return job
        late = facts.HeardLate(
            at=now,
            actor=parts.me,
            due_at=now,
            said=answer.outcome.said,
            evidence=proof(unit, answer.exchanges),
            heard={"outcome": type(answer.outcome).__name__, "fence": asked.fence},
        )
        return record(parts, unit, job, head, late, answer.exchanges)[0]
    rule = parts.rails[job.rail].patience(job.environment)
    evidence = proof(unit, answer.exchanges)
    fact = patience.answered(job, answer.outcome, rule, at=now, actor=parts.me, evidence=evidence)
    steer(unit, job.id, answer.account or answer.outcome, now)
    return record(parts, unit, job, head, fact, answer.exchanges)[0]
