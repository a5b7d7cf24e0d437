"""What a mail notice does: it makes the job due, once. The consult that follows settles it.

Anybody can write such a mail. That is why it never says more than "ask now".
"""

from dataclasses import replace

from worker.domain import patience
from worker.domain.job import Job
from worker.domain.notice import Notice
from worker.domain.states import State
from worker.engine import crash
from worker.engine.ports import Head, Parts
from worker.engine.record import record

_ASKABLE = (State.UNCERTAIN, State.WAITING)


def take(parts: Parts, notice: Notice) -> bool:
    """Remember a notice and act on it, in one transaction. False when the letter was seen before.

    A notice without a document, without a job, or for a job that cannot be asked about yet is kept; the last kind
    counts as soon as the job can be (``worker.engine.record``).
    """
    now = parts.clock.now()
    with parts.ledger.unit() as unit:
        askable: list[tuple[Job, Head]] = []
        for job_id in unit.open_jobs(notice.rail, notice.document) if notice.document else ():
            found = unit.get(job_id)
            if found and found[0].state in _ASKABLE:
                askable.append(found)
        if not unit.remember(notice, askable[0][0].id if askable else None):
            return False
        for job, head in askable:
            rule = parts.rails[job.rail].patience(job.environment)
            noticed = patience.noticed(job, rule, at=now, actor="mail")
            slug = "notice-ok" if notice.positive else "notice-error"
            record(parts, unit, job, head, replace(noticed, slug=slug))
        crash.point("notice.taking")
    crash.point("notice.taken")
    return True
