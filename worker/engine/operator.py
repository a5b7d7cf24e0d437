"""What a person may do to a job: try again, take back, let go on, open a new round. Always with a reason."""

from collections.abc import Mapping
from typing import Any

from worker.domain import facts
from worker.domain.facts import Fact
from worker.domain.issuer import Issuer
from worker.domain.job import Impossible, Job
from worker.domain.states import State
from worker.engine.intake import REOPENABLE, Receipt, Wanted, accept
from worker.engine.lanes import try_lane
from worker.engine.ports import Parts
from worker.engine.record import record


class CannotDo(Exception):
    """The job's state does not allow what was asked. Nothing was changed; ``slug`` says why, ``state`` where it is."""

    def __init__(self, slug: str, job_id: str, state: State | None = None) -> None:
        super().__init__(f"job {job_id}: {slug}")
        self.slug, self.job_id, self.state = slug, job_id, state


def retry(parts: Parts, job_id: str, *, why: str, actor: str) -> Job:
    """Go on now. What may lie at the authority is asked about, never sent again blindly.

    When the job's account was stopped, this job is the trial that opens it or stops it again.

    Raises:
        CannotDo: job-unknown, cannot-retry (held, being sent, or ended).
    """
    fact = facts.Retried(at=parts.clock.now(), actor=actor, why=why, slug="retried")
    job = _by_hand(parts, job_id, fact, "cannot-retry")
    with parts.ledger.unit() as unit:
        lane = unit.lane_of(job_id)
    try_lane(parts, lane)
    return job


def withdraw(parts: Parts, job_id: str, *, why: str, actor: str) -> Job:
    """Take a job back of which nothing has left the house.

    Raises:
        CannotDo: job-unknown, cannot-withdraw-sent.
    """
    fact = facts.Withdrawn(at=parts.clock.now(), actor=actor, why=why, slug="withdrawn")
    return _by_hand(parts, job_id, fact, "cannot-withdraw-sent")


def release(parts: Parts, job_id: str, *, actor: str) -> Job:
    """Let a held job go.

    Raises:
        CannotDo: job-unknown, cannot-release (it is not held).
    """
    return _by_hand(parts, job_id, facts.Released(at=parts.clock.now(), actor=actor, slug="released"), "cannot-release")


def again(
    parts: Parts, job_id: str, issuer: Issuer, *, why: str, actor: str, request: Mapping[str, Any] | None = None
) -> Receipt:
    """Open a new round of a document whose last round ended without a cancellation.

    ``request`` is what is asked for this time, the rail's canonical content; the same as last time when left out.

    Raises:
        CannotDo: job-unknown, cannot-open-round (the document's last round is open, or it is cancelled).
    """
    with parts.ledger.unit() as unit:
        found = unit.get(job_id)
        if found is None:
            raise CannotDo("job-unknown", job_id)
        job = found[0]
        last = unit.latest_round(job.tenant, job.rail, job.environment, job.document) or job
    if last.state not in REOPENABLE:
        raise CannotDo("cannot-open-round", last.id, last.state)
    wanted = Wanted(
        issuer=issuer,
        document=last.document,
        request=last.request if request is None else request,
        actor=f"{actor}: {why}",
        round=last.round + 1,
        reply=last.reply,
    )
    return accept(parts, [wanted])[0]


def _by_hand(parts: Parts, job_id: str, fact: Fact, otherwise: str) -> Job:
    with parts.ledger.unit() as unit:
        found = unit.get(job_id)
        if found is None:
            raise CannotDo("job-unknown", job_id)
        try:
            return record(parts, unit, *found, fact)[0]
        except Impossible as impossible:
            raise CannotDo(otherwise, job_id, found[0].state) from impossible
