"""From what was asked for (``DceCancellation.content()``) to the fields of an event."""

from datetime import datetime

from schemas.br.access_key import AccessKey
from schemas.br.cnpj import Cnpj
from schemas.br.emitter_user import EmitterUser
from schemas.br.event_time import EventTime
from schemas.br.prediction import predicted
from schemas.br.protocol import Protocol
from worker.domain.issuer import Issuer
from worker.domain.job import Job
from worker.domain.outcome import Said
from worker.engine.ports import CannotPrepare
from worker.rails.br.event import EventFields
from worker.rails.br.gateway import ENVIRONMENTS


def fields(job: Job) -> EventFields:
    """What the job's event says.

    Raises:
        Invalid: what one of the values objects to.
        KeyError: a value is missing.
        CannotPrepare: ``request-unreadable``: the request is about another document than the job.
    """
    request = job.request
    key = AccessKey(request["key"])
    if str(key) != job.document:
        raise CannotPrepare("request-unreadable")
    author = request.get("author_cnpj")
    return EventFields(
        key=key,
        protocol=Protocol(request["protocol"]),
        justification=request["justification"],
        user=EmitterUser.of(
            cnpj=request.get("user_cnpj"), cpf=request.get("user_cpf"), other=request.get("user_other")
        ),
        environment=ENVIRONMENTS[job.environment],
        author=Cnpj(author) if author else None,
        sequence=request.get("sequence", 1),
    )


def dated(job: Job, issuer: Issuer, now: datetime) -> datetime | EventTime:
    """When the event happened: as asked for, else now, on the clock of the issuer's zone or of the document's state.

    Raises:
        Invalid: ``event-time-malformed``, ``zone-unknown``.
    """
    given = job.request.get("event_at")
    if given:
        return EventTime(given)
    return now.astimezone(AccessKey(job.document).uf.clock(issuer.zone or None))


def check(job: Job, now: datetime) -> None:
    """Send nothing that is certain to be rejected.

    Raises:
        CannotPrepare: the slug of the rejection, with the code that it would have.
        Invalid: a value can't be read.
    """
    for rejection in predicted(job.request, now):
        if rejection.certain:
            words = f"{rejection.value} (cStat {', '.join(rejection.codes)})"
            raise CannotPrepare(rejection.slug, Said(rejection.origin, rejection.codes[0], words))
