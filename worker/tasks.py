"""The named tasks. Each calls one story of the engine with job ids, and nothing else happens here."""

import uuid
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import structlog
from celery import shared_task
from celery.exceptions import Reject
from celery.worker.request import Request

from schemas.tasks import CONSULT, PULSE, REQUEST, SUBMIT
from worker import assembly
from worker.desk import desk
from worker.domain.job import Job
from worker.engine.consult import consult as ask
from worker.engine.submit import submit as send
from worker.ledger.faults import LedgerFault

log = structlog.get_logger()


#: Seconds after which a message starts no further call. With one call more it stays below the soft limit of 90 s.
_BUDGET = 40.0
#: Seconds before a request that the ledger could not take goes back to its queue.
_BREATH = 2.0


class NotIds(ValueError):
    """A message to a worker task carried something else than job ids. It is refused unread."""

    slug = "task-not-ids"


class Masked(Request):  # type: ignore[misc]
    """A request whose arguments are not shown in events: what other services ask for is nobody's business in Flower."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._argsrepr = self._kwargsrepr = "-"


@shared_task(name=SUBMIT)
def submit(job_ids: list[str]) -> None:
    """Send what is queued of these jobs."""
    for job_id in _in_time(job_ids):
        _told("submit", send(assembly.parts(), job_id))


@shared_task(name=CONSULT)
def consult(job_ids: list[str]) -> None:
    """Ask about what is uncertain or waiting of these jobs."""
    for job_id in _in_time(job_ids):
        _told("consult", ask(assembly.parts(), job_id))


@shared_task(name=REQUEST, Request=Masked)
def request(**wanted: Any) -> None:
    """The public intake: validates, takes in once per identity, answers through the task and queue named in it.

    A ledger that is busy or away is no fault of the request's: it goes back to its queue.
    """
    try:
        desk().intake.take_request(wanted)
    except LedgerFault as fault:
        log.warning("request.put-back", fault=fault.slug)
        sleep(_BREATH)
        raise Reject(fault.slug, requeue=True) from None


@shared_task(name=PULSE)
def pulse() -> None:
    """Say that a worker is there: sent by the sweep, so that it proves the whole way through the broker."""
    assembly.house().beat("worker", {"me": assembly.house().me})


def _in_time(job_ids: object) -> Iterator[str]:
    """The ids, for as long as another call would end before Celery's time limits: what is left over stays due."""
    ids = _ids(job_ids)
    began = monotonic()
    for job_id in ids:
        if monotonic() - began > _BUDGET:
            return
        yield job_id


def _ids(job_ids: object) -> list[str]:
    """Ids and nothing else, so that no secret can ever travel by mistake."""
    if not isinstance(job_ids, list) or not all(isinstance(job_id, str) for job_id in job_ids):
        raise NotIds
    try:
        return [str(uuid.UUID(job_id)) for job_id in job_ids]
    except ValueError:
        raise NotIds from None


def _told(phase: str, job: Job | None) -> None:
    if job is not None:
        log.info(
            "job." + phase, job=job.id, state=job.state.value, slug=job.slug, code=job.said.code if job.said else None
        )
