"""Mexico: a CFDI is cancelled through the PAC Solución Factible, and SAT says whether it was."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from schemas.invalid import Invalid
from schemas.mx.fiscal_uuid import FiscalUuid
from schemas.mx.motive import Motive
from schemas.mx.rfc import Rfc
from worker.domain.issuer import ENVIRONMENTS, Issuer
from worker.domain.job import Job
from worker.domain.outcome import KNOWN_BEFORE, Blocked, NoAnswer, Said, Scope
from worker.domain.patience import Patience
from worker.domain.window import Window
from worker.engine.ports import Answer, CannotPrepare, Exchange
from worker.rails import polling
from worker.rails.mx import expression, status, verdict
from worker.rails.mx.endpoints import TABLES, Endpoints, endpoints
from worker.rails.mx.keyring import Keyring
from worker.rails.mx.notice import Notices
from worker.rails.mx.request import Folio, signed
from worker.rails.mx.solucion_factible import Properties, SolucionFactible, lost
from worker.rails.mx.status import SatStatus
from worker.rails.mx.window import window
from worker.rails.registry import RailContext
from worker.signing.faults import CredentialFault
from worker.soap.channel import Channel, Limits
from worker.soap.faults import Misfit, TransportFault
from worker.soap.service import Contract, SoapService

#: The PAC's share of a consult's time when SAT is asked as well: both together stay within one call's deadline.
_PAC_SHARE = 0.6


class Mexico:
    """The rail ``mx`` (``ports.Rail``). Built once per process; safe for threads."""

    id = "mx"

    def __init__(self, context: RailContext) -> None:
        self._context = context
        self._keyring = Keyring(context.vault, context.clock)
        self._patience = {name: polling.patience(TABLES, name, context.settings) for name in ENVIRONMENTS}
        self._channel = lru_cache(maxsize=16)(self._new_channel)
        self._gateway = lru_cache(maxsize=64)(self._new_gateway)
        self.mailbox = Notices()

    def forget_credentials(self) -> None:
        """Drop every key and password that was opened."""
        self._keyring.drop()

    def patience(self, environment: str) -> Patience:
        """As set for ``test`` or ``production``."""
        return self._patience[environment]

    def window(self, request: Mapping[str, Any], now: datetime) -> Window:
        """A soft window, where the day of issue is known."""
        return window(request)

    def prepare(self, job: Job, now: datetime) -> bytes:
        """The signed request, one document in it, dated in the issuer's zone. See ``ports.Rail``."""
        issuer = self._context.issuer(job)
        self._check(job, issuer)
        self._keyring.account(issuer)
        csd = self._keyring.csd(issuer)
        request = job.request
        try:
            rfc = Rfc(request["rfc"]).as_issuer()
            motive = Motive.from_code(request["motive"], request.get("replaced_by"))
            folio = Folio(FiscalUuid(request["uuid"]), motive)
            csd.check(str(rfc), now)
            retention = bool(request.get("retention"))
            return signed(csd, rfc, [folio], now, zone=ZoneInfo(issuer.zone), retention=retention)
        except (CredentialFault, Invalid) as fault:
            raise CannotPrepare(fault.slug, Said("local", None, str(fault))) from None
        except (KeyError, ValueError):
            raise CannotPrepare("request-unreadable") from None

    def submit(self, job: Job, signed: bytes) -> Answer:
        """Hand these bytes to the PAC, once. See ``ports.Rail``."""
        try:
            issuer = self._context.issuer(job)
            gateway = self._gateway_of(self._places(issuer))
            account = self._keyring.account(issuer)
            return gateway.submit(account, job.document, signed, mailbox=issuer.mailbox, properties=_properties(issuer))
        except (CannotPrepare, Misfit) as fault:
            return _blocked(fault)

    def consult(self, job: Job) -> Answer:
        """Ask the PAC and, where receiver and total are known, SAT. See ``ports.Rail``."""
        try:
            issuer = self._context.issuer(job)
            places = self._places(issuer)
            named = _named(job) if places.sat.ask else None
            seconds = places.pac_limits.seconds
            pac = self._gateway_of(places).status(
                self._keyring.account(issuer),
                job.document,
                properties=_properties(issuer),
                seconds=seconds * _PAC_SHARE if named else None,
                issuer=issuer.tax_id,
                ours_from=job.first_claimed_at if _known_before(job) else None,
            )
        except (CannotPrepare, Misfit) as fault:
            return _blocked(fault)
        sat, exchanges = self._ask_sat(places, named, seconds * (1 - _PAC_SHARE))
        known = self._circumstances(job, issuer, places)
        return Answer(verdict.verdict(pac.outcome, sat, known), pac.exchanges + exchanges, pac.outcome)

    # -- what an issuer needs ------------------------------------------------------------------------------------
    def _check(self, job: Job, issuer: Issuer) -> None:
        """What must fit together before anything is signed, the way to SAT included."""
        request = job.request
        if str(request.get("uuid", "")).strip().upper() != job.document:
            raise CannotPrepare("request-unreadable")
        if str(request.get("rfc", "")).strip().upper() != issuer.tax_id.strip().upper():
            raise CannotPrepare("issuer-rfc-differs")
        try:
            places = self._places(issuer)
            self._gateway_of(places)
        except Misfit as fault:
            raise CannotPrepare(fault.slug, Said("local", None, fault.detail)) from None
        try:
            named = _expression(job)
        except Invalid as fault:
            raise CannotPrepare(fault.slug, Said("local", None, str(fault))) from None
        if issuer.options.get("require_sat_status"):
            if request.get("retention") or not places.sat.ask:
                raise CannotPrepare("sat-status-impossible")
            if named is None:
                raise CannotPrepare("receiver-and-total-required")

    def _places(self, issuer: Issuer) -> Endpoints:
        return endpoints(issuer.environment, self._context.settings, issuer.options)

    def _gateway_of(self, places: Endpoints) -> SolucionFactible:
        return self._gateway(places.pac, places.pac_limits)

    def _new_gateway(self, contract: Contract, limits: Limits) -> SolucionFactible:
        return SolucionFactible(SoapService(contract, self._channel(limits)))

    def _new_channel(self, limits: Limits) -> Channel:
        return Channel(self._context.clock, limits)

    # -- SAT -----------------------------------------------------------------------------------------------------
    def _ask_sat(
        self, places: Endpoints, named: str | None, seconds: float
    ) -> tuple[SatStatus | NoAnswer | None, tuple[Exchange, ...]]:
        if named is None:
            return None, ()
        try:
            found = status.ask(self._channel(places.sat_limits), places.sat.endpoint, named, seconds=seconds)
        except TransportFault as fault:
            said = Said(status.LEVEL, None, f"{fault.slug} {fault.detail}".strip())
            return NoAnswer(left=True, slug="sat-no-answer", said=said), lost(fault).exchanges
        return found, (found.exchange,)

    def _circumstances(self, job: Job, issuer: Issuer, places: Endpoints) -> verdict.Circumstances:
        age = None if job.acknowledged_at is None else self._context.clock.now() - job.acknowledged_at
        return verdict.Circumstances(
            acknowledged=age is not None,
            before=_known_before(job),
            earlier=job.round > 1 and age is None,
            settled=age is not None and age >= places.sat.settling,
            forgotten=age is not None and age >= places.remembers,
            required=bool(issuer.options.get("require_sat_status")),
        )


def _known_before(job: Job) -> bool:
    """Whether the PAC knew of a request at our first word, and no other one of ours followed."""
    return job.note == KNOWN_BEFORE and job.fence == 1


def build(context: RailContext) -> Mexico:
    """The rail, as the registry builds it.

    Raises:
        Misfit: the settings make no sense.
    """
    return Mexico(context)


def _blocked(fault: CannotPrepare | Misfit) -> Answer:
    """Something of ours stands in the way. No byte left the house."""
    detail = fault.detail if isinstance(fault, Misfit) else ""
    scope = Scope.ACCOUNT if fault.slug.startswith("pac-") else Scope.ISSUER
    return Answer(Blocked(scope, fault.slug, Said("local", None, detail)))


def _properties(issuer: Issuer) -> Properties:
    """The issuer's ``properties``: a table of keys and values, or the PAC's list of pairs as it is."""
    given = issuer.options.get("properties") or ()
    if isinstance(given, Mapping):
        return [{"key": key, "value": str(value)} for key, value in given.items()]
    return list(given)


def _expression(job: Job) -> str | None:
    """How SAT is asked about the document; None where it can't be: no receiver, no total, or a retention."""
    receiver, amount = job.request.get("receiver"), job.request.get("total")
    if job.request.get("retention") or not receiver or amount in (None, ""):
        return None
    return expression.printed(issuer=job.request["rfc"], receiver=receiver, amount=str(amount), uuid=job.document)


def _named(job: Job) -> str | None:
    try:
        return _expression(job)
    except Invalid:
        return None
