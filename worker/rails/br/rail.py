"""Brazil: a DC-e is cancelled by an event that its issuer signs and SEFAZ registers, at once or not at all."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from schemas.br.registration import Registration as Numbers
from schemas.invalid import Invalid
from worker.domain.issuer import ENVIRONMENTS, Issuer
from worker.domain.job import Job
from worker.domain.outcome import Blocked, Confirmed, Curable, Outcome, Refusal, Refuser, Said, Scope
from worker.domain.patience import Patience
from worker.domain.window import Window
from worker.engine.ports import Answer, CannotPrepare, Exchange
from worker.rails import polling
from worker.rails.br import answers, gateway, proof, verdict
from worker.rails.br.answers import Event, Registered, Unfit, moment
from worker.rails.br.doors import Door, Doors
from worker.rails.br.endpoints import TABLES, Endpoints, endpoints
from worker.rails.br.event import signed
from worker.rails.br.gateway import lost
from worker.rails.br.keyring import Keyring
from worker.rails.br.request import check, dated, fields
from worker.rails.br.rest import how_is_it, rested
from worker.rails.br.validation import SchemaFault
from worker.rails.br.verdict import Circumstances
from worker.rails.br.window import window
from worker.rails.registry import RailContext
from worker.signing.faults import CredentialFault
from worker.soap.answer import Unreadable
from worker.soap.faults import Misfit, TransportFault


class Brazil:
    """The rail ``br`` (``ports.Rail``). Built once per process; safe for threads."""

    id = "br"

    def __init__(self, context: RailContext) -> None:
        self._context = context
        self._doors = Doors(Keyring(context.vault, context.clock), context.clock)
        self._patience = {name: polling.patience(TABLES, name, context.settings) for name in ENVIRONMENTS}

    def forget_credentials(self) -> None:
        """Drop every key that was opened, and the connections that show it."""
        self._doors.close()

    def patience(self, environment: str) -> Patience:
        """As set for ``test`` or ``production``."""
        return self._patience[environment]

    def window(self, request: Mapping[str, Any], now: datetime) -> Window:
        """A hard window, where the time of the authorisation is known."""
        return window(request)

    def prepare(self, job: Job, now: datetime) -> bytes:
        """The signed event, dated now (or as asked for) in the zone of the document's state. See ``ports.Rail``."""
        issuer = self._context.issuer(job)
        try:
            door = self._door(issuer)
            door.refuse_while_ahead()
            check(job, now)
            wanted = fields(job)
            door.a1.check(str(wanted.author), now)
            return signed(door.a1, wanted, dated(job, issuer, now))
        except (CredentialFault, Invalid, SchemaFault) as fault:
            raise CannotPrepare(fault.slug, Said("local", None, str(fault))) from None
        except Misfit as fault:
            raise CannotPrepare(fault.slug, Said("local", None, fault.detail)) from None
        except (KeyError, ValueError, TypeError):
            raise CannotPrepare("request-unreadable") from None

    def submit(self, job: Job, signed: bytes) -> Answer:
        """Hand this event to SEFAZ, once. See ``ports.Rail``."""
        try:
            issuer = self._context.issuer(job)
            door = self._door(issuer)
            reply = door.gateway.event(signed)
        except (CannotPrepare, Misfit) as fault:
            return _blocked(fault)
        except TransportFault as fault:
            return lost(fault)
        try:
            told = answers.registration(reply.element)
        except Unfit as fault:
            return Answer(verdict.unfit(fault), (reply.exchange,))
        door.hear(told.word, reply.exchange)
        said = _final(job, verdict.submitted(told, self._circumstances(job, door.places)))
        return _stopping(rested(door, job.environment, _proven(said, signed, told.content, reply.exchange)))

    def consult(self, job: Job) -> Answer:
        """Ask SEFAZ how the document stands, and whose the event is that it shows. See ``ports.Rail``."""
        try:
            issuer = self._context.issuer(job)
            door = self._door(issuer)
            reply = door.gateway.consult(job.document, job.environment)
        except (CannotPrepare, Misfit) as fault:
            return _blocked(fault)
        except TransportFault as fault:
            return lost(fault)
        try:
            told = answers.standing(reply.element)
        except Unfit as fault:
            return Answer(verdict.unfit(fault), (reply.exchange,))
        door.hear(told.word, reply.exchange)
        sent, ours = self._sent(job) if told.events else (None, None)
        known = replace(self._circumstances(job, door.places), ours=ours)
        said, registered = verdict.asked(told, known)
        return _stopping(rested(door, job.environment, _shown(said, registered, sent, reply.exchange)))

    def status(self, issuer: Issuer) -> Answer:
        """How the authority is, asked with the issuer's certificate: ``Pending`` when it works and lets us in."""
        try:
            return how_is_it(self._door(issuer), issuer.environment)[0]
        except (CannotPrepare, Misfit) as fault:
            return _blocked(fault)

    # -- what a job needs ------------------------------------------------------------------------------------------
    def _door(self, issuer: Issuer) -> Door:
        return self._doors.of(issuer, endpoints(issuer.environment, self._context.settings, issuer.options))

    def _circumstances(self, job: Job, places: Endpoints) -> Circumstances:
        now, sefaz = self._context.clock.now(), places.sefaz
        authorised_at = moment(job.request.get("authorised_at"))
        recent = authorised_at is not None and now - authorised_at < sefaz.fresh and job.fence <= 1
        return Circumstances(
            document=job.document,
            environment=gateway.ENVIRONMENTS[job.environment],
            sequence=str(job.request.get("sequence") or 1),
            recent=sefaz.fresh_again if recent else None,
            denied=job.denied_at is not None and now - job.denied_at >= sefaz.fresh_again,
            waited=job.acknowledged_at is not None and now - job.acknowledged_at >= sefaz.protocol_patience,
            told=Numbers.within(job.said.text) if job.said else None,
        )

    def _sent(self, job: Job) -> tuple[bytes | None, Event | None]:
        """The event that we sent, as it was kept."""
        if job.request_hash is None:
            return None, None
        try:
            content = self._context.archived(job.request_hash)
            return content, answers.event(content)
        except (KeyError, Unreadable):
            return None, None


def build(context: RailContext) -> Brazil:
    """The rail, as the registry builds it.

    Raises:
        Misfit: the settings make no sense.
    """
    return Brazil(context)


def _blocked(fault: CannotPrepare | Misfit) -> Answer:
    """Something of ours stands in the way. No byte left the house."""
    detail = fault.detail if isinstance(fault, Misfit) else ""
    scope = Scope.CREDENTIAL if fault.slug.startswith("a1-") else Scope.ISSUER
    return Answer(Blocked(scope, fault.slug, Said("local", None, detail)))


def _stopping(answer: Answer) -> Answer:
    """A refused certificate stops its company's lane: here the account is the certificate."""
    said = answer.outcome
    if isinstance(said, Blocked) and said.scope is Scope.CREDENTIAL:
        return replace(answer, account=replace(said, scope=Scope.ACCOUNT))
    return answer


def _final(job: Job, said: Outcome) -> Outcome:
    """A date that a person gave does not become better by signing it again."""
    if isinstance(said, Curable) and job.request.get("event_at"):
        return Refusal(Refuser.AUTHORITY, said.slug, said.said)
    return said


def _proven(said: Outcome, signed: bytes, registration: bytes, exchange: Exchange) -> Answer:
    """A registration with its proof. What does not make a proof is no ending: SEFAZ will be asked."""
    if not isinstance(said, Confirmed):
        return Answer(said, (exchange,))
    try:
        return Answer(said, (exchange, _proof(signed, registration, exchange)))
    except proof.Unproven as fault:
        return Answer(verdict.unfit(Unfit(fault.slug, str(fault))), (exchange,))


def _shown(said: Outcome, registered: Registered | None, sent: bytes | None, exchange: Exchange) -> Answer:
    """A cancellation that SEFAZ shows, with a proof where the event is ours. Its own answer is evidence in any case."""
    if registered is None or registered.registration is None or not isinstance(said, Confirmed):
        return Answer(said, (exchange,))
    ours = said.note not in (verdict.ELSEWHERE, verdict.UNATTRIBUTED)
    shown = registered.event.content if registered.event else None
    event = sent if ours else shown
    if event is None:
        return Answer(said, (exchange,))
    try:
        return Answer(said, (exchange, _proof(event, registered.registration.content, exchange)))
    except proof.Unproven:
        return Answer(said, (exchange,))


def _proof(signed: bytes, registration: bytes, exchange: Exchange) -> Exchange:
    """What the issuer must keep, beside the exchange that it comes from."""
    content = proof.assemble(signed, registration)
    return replace(exchange, kind="procEventoDCe", sent=b"", received=content, fault=None)
