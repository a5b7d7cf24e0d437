"""Issuers: who may cancel. Secrets go in here once, are sealed at once, and never come out again."""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.mx.rfc import Rfc
from schemas.problem import Problem, Rejected
from schemas.views import IssuerView
from worker.assembly import House
from worker.desk.intake import CONFIRMED
from worker.domain.facts import Accepted
from worker.domain.issuer import PRODUCTION, TEST, Issuer
from worker.domain.job import accept
from worker.domain.lane import Lane
from worker.domain.outcome import Absent, NoAnswer, Pending
from worker.engine.lanes import begin_on_trial
from worker.rails.mx.endpoints import endpoints
from worker.signing.credentials import Csd, open_csd
from worker.signing.faults import CredentialFault
from worker.soap.faults import Misfit

#: A certificate that ends sooner than this is worth a word.
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIssuer:
    """What is needed to cancel in a Mexican taxpayer's name. Key and passwords show in no repr.

    ``confirmed`` must be the RFC, typed once more, for production: its requests are legally binding.
    """

    cer: bytes = field(repr=False)
    key: bytes = field(repr=False)
    password: str = field(repr=False)
    pac_user: str
    pac_password: str = field(repr=False)
    tenant: str = "default"
    production: bool = False
    confirmed: str | None = None
    mailbox: str | None = None
    zone: str = "America/Mexico_City"
    options: Mapping[str, Any] = field(default_factory=dict)


class IssuerDesk:
    """Where issuers are registered and checked."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add(self, new: NewIssuer, *, actor: str) -> IssuerView:
        """Register an issuer, or replace its credentials. One job tries the login before the others follow.

        Raises:
            Rejected: csd-… (see ``worker.signing.credentials``), zone-unknown, production-not-confirmed,
                gateway-misconfigured.
        """
        csd = self._opened(new)
        environment = PRODUCTION if new.production else TEST
        options = dict(new.options)
        if new.production:
            if new.confirmed is None or new.confirmed.strip().upper() != csd.rfc:
                raise Rejected([Problem(slug="production-not-confirmed", params={"rfc": csd.rfc})])
            options[CONFIRMED] = {"by": actor, "at": self._house.clock.now().isoformat()}
        issuer = Issuer(
            id=":".join((new.tenant, "mx", environment, csd.rfc)),
            tenant=new.tenant,
            rail="mx",
            environment=environment,
            tax_id=csd.rfc,
            account=":".join((new.tenant, environment, new.pac_user)),
            zone=new.zone,
            mailbox=new.mailbox,
            options=options,
        )
        self._check_places(issuer)
        self._seal(issuer, new)
        self._house.parts.rails[issuer.rail].forget_credentials()
        with self._house.ledger.unit() as unit:
            unit.issuers.put(issuer)
            unit.reassign(issuer.id, issuer.account)
            begin_on_trial(unit, Lane(issuer.rail, issuer.environment, issuer.account), self._house.clock.now())
        return self._view(issuer)

    def _opened(self, new: NewIssuer) -> Csd:
        try:
            ZoneInfo(new.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise Rejected([Problem(slug="zone-unknown", params={"value": new.zone})]) from None
        try:
            csd = open_csd(new.cer, new.key, new.password)
            csd.check(csd.rfc, self._house.clock.now())
            Rfc(csd.rfc).as_issuer()
        except CredentialFault as fault:
            raise Rejected([Problem(slug=fault.slug, params=dict(fault.facts))]) from None
        return csd

    def _check_places(self, issuer: Issuer) -> None:
        """An endpoint or port among the options that makes no sense is refused now, not by the first job."""
        try:
            endpoints(issuer.environment, self._house.settings.rails.get(issuer.rail, {}), issuer.options)
        except Misfit as fault:
            raise Rejected([Problem(slug=fault.slug, params={"why": fault.detail})]) from None

    def _seal(self, issuer: Issuer, new: NewIssuer) -> None:
        csd = {
            "cer": base64.b64encode(new.cer).decode(),
            "key": base64.b64encode(new.key).decode(),
            "password": new.password,
        }
        pac = {"user": new.pac_user, "password": new.pac_password}
        self._house.vault.put(issuer.tenant, "csd", issuer.id, json.dumps(csd).encode())
        self._house.vault.put(issuer.tenant, "pac", issuer.account, json.dumps(pac).encode())

    def known(self, tenant: str | None = None) -> list[IssuerView]:
        """All issuers, or a tenant's. Their certificates are opened to show until when they hold."""
        with self._house.ledger.reading() as reading:
            found = reading.issuers.of_tenant(tenant)
        return [self._view(issuer) for issuer in found]

    def check(self, issuer_id: str, *, online: bool = False) -> list[Problem]:
        """What stands in the way of cancelling in this issuer's name; empty when nothing does.

        ``online`` asks the PAC about a document that cannot exist, which shows whether the login is good.

        Raises:
            KeyError: there is no such issuer.
        """
        issuer = self._house.ledger.issuer(issuer_id)
        problems = []
        try:
            csd = self._csd(issuer)
            csd.check(issuer.tax_id, self._house.clock.now())
            if csd.not_after - self._house.clock.now() < SOON:
                problems.append(Problem(slug="csd-ends-soon", params={"until": csd.not_after.isoformat()}))
        except CredentialFault as fault:
            problems.append(Problem(slug=fault.slug, params=dict(fault.facts)))
        except KeyError:
            problems.append(Problem(slug="csd-missing"))
        if issuer.mailbox is None:
            problems.append(Problem(slug="mailbox-missing", params={"rfc": issuer.tax_id}))
        if online:
            problems.extend(self._login(issuer))
        return problems

    def _login(self, issuer: Issuer) -> list[Problem]:
        now = self._house.clock.now()
        question = Accepted(
            at=now,
            actor="check",
            tenant=issuer.tenant,
            rail=issuer.rail,
            environment=issuer.environment,
            issuer=issuer.id,
            document=str(uuid.uuid4()).upper(),
            round=1,
            request={"rfc": issuer.tax_id},
        )
        outcome = self._house.parts.rails[issuer.rail].consult(accept(question)).outcome
        match outcome:
            case Absent() | Pending():
                return []
            case NoAnswer():
                return [Problem(slug="authority-unreachable", params={"why": outcome.slug})]
            case _:
                return [Problem(slug=getattr(outcome, "slug", "unexpected-answer"))]

    def _csd(self, issuer: Issuer) -> Csd:
        sealed = json.loads(self._house.vault.open(issuer.tenant, "csd", issuer.id))
        return open_csd(base64.b64decode(sealed["cer"]), base64.b64decode(sealed["key"]), sealed["password"])

    def _view(self, issuer: Issuer) -> IssuerView:
        try:
            csd: Csd | None = self._csd(issuer)
        except (CredentialFault, KeyError):
            csd = None
        return IssuerView(
            id=issuer.id,
            tenant=issuer.tenant,
            rail=issuer.rail,
            environment=issuer.environment,
            tax_id=issuer.tax_id,
            account=issuer.account,
            zone=issuer.zone,
            mailbox=issuer.mailbox,
            production=issuer.production,
            require_sat_status=bool(issuer.options.get("require_sat_status")),
            certificate=csd.number if csd else None,
            certificate_until=csd.not_after if csd else None,
        )
