"""After an old backup was restored: everything that is not final is asked about before anything is sent.

What the ledger takes for unsent may have been sent after the backup was taken. So every open job is marked as one that
may have arrived; the authority tells, and only what it denies twice is sent. To be done while nothing else runs.
"""

from collections import Counter
from collections.abc import Mapping

from worker.domain.facts import Restored
from worker.domain.job import Job
from worker.domain.states import State
from worker.engine.ports import Parts
from worker.engine.record import record

#: Jobs in one transaction.
_BITE = 200
#: The hold that a backup copy carries on every road, so that nothing moves before this was done (``cancela backup``).
HOLD = "backup-not-recovered"


def recover(parts: Parts, *, actor: str) -> Mapping[State, int]:
    """How many jobs went where. To be repeated when it broke off; repeated without need it only costs questions."""
    went: Counter[State] = Counter()
    after = ""
    while True:
        with parts.ledger.unit() as unit:
            page = unit.open_after(after, _BITE)
            for job_id in page:
                found = unit.get(job_id)
                if found is None or found[0].state.final:
                    continue  # it ended a moment ago
                job, head = found
                fact = Restored(at=parts.clock.now(), actor=actor, slug=_why(job))
                went[record(parts, unit, job, head, fact)[0].state] += 1
            if not page:
                unit.free_all(HOLD)
                return went
            after = page[-1]


def _why(job: Job) -> str | None:
    """A parked job keeps the reason for which it was parked."""
    match job.state:
        case State.PARKED:
            return None
        case State.HELD:
            return "restored-held"
        case _:
            return "restored"
