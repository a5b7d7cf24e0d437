"""Whether the ledger tells the truth about a job: its journal must hold together and add up to its row."""

from worker.domain import journal
from worker.domain.job import Job
from worker.engine.ports import Parts


class Untrue(Exception):
    """The stored row of a job is not what its journal adds up to. Somebody changed it behind our back."""

    slug = "row-untrue"


def audit(parts: Parts, job_id: str) -> Job:
    """The job, proven by its journal.

    Raises:
        BrokenChain: the journal itself was tampered with.
        Untrue: the row or its head differs from the journal.
        KeyError: there is no such job.
    """
    with parts.ledger.unit() as unit:
        found = unit.get(job_id)
        if found is None:
            raise KeyError(job_id)
        lines = unit.journal(job_id)
    job, head = found
    if journal.replay(lines) != job or (head.seq, head.hash) != (lines[-1].seq, lines[-1].hash):
        raise Untrue(job_id)
    return job
