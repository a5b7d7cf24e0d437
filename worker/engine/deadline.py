"""Hard windows that are about to close: what nobody can tell by then is handed to a person while there is time."""

from datetime import timedelta

from worker.domain import patience
from worker.domain.issuer import ENVIRONMENTS
from worker.engine.ports import Parts, Unit
from worker.engine.record import record


def widest(parts: Parts) -> timedelta:
    """The longest time before a closing window for which any rail wants a person."""
    rules = [rail.patience(environment) for rail in parts.rails.values() for environment in ENVIRONMENTS]
    return max((rule.margin for rule in rules), default=timedelta(0))


def hand_over(parts: Parts, unit: Unit, job_id: str) -> bool:
    """Park the job when its question is long overdue and its window closes; whether it was."""
    found = unit.get(job_id)
    if found is None:
        return False
    job, head = found
    rule = parts.rails[job.rail].patience(job.environment)
    fact = patience.neglected(job, rule, at=parts.clock.now(), actor="sweep")
    if fact is None:
        return False  # it was asked about in the meantime
    record(parts, unit, job, head, fact)
    return True
