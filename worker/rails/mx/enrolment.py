"""Mexican issuers: a CSD, and a login at the PAC."""

import base64
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from schemas.mx.rfc import Rfc
from schemas.problem import Problem
from worker.domain.facts import Accepted
from worker.domain.issuer import Issuer
from worker.domain.job import accept
from worker.domain.outcome import Absent, Blocked, NoAnswer, Pending
from worker.engine.ports import Rail
from worker.rails.enrolment import Certificate, Enrolled, Newcomer, Secret, Surroundings
from worker.rails.mx.endpoints import endpoints
from worker.rails.mx.keyring import CSD, PAC
from worker.signing.credentials import open_csd


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIssuer(Newcomer):
    """What is needed to cancel in a Mexican taxpayer's name."""

    rail: ClassVar[str] = "mx"

    cer: bytes = field(repr=False)
    key: bytes = field(repr=False)
    password: str = field(repr=False)
    pac_user: str
    pac_password: str = field(repr=False)
    mailbox: str | None = None
    zone: str = "America/Mexico_City"

    def enrolled(self, now: datetime) -> Enrolled:
        """See ``Newcomer.enrolled``."""
        self.check_zone()
        csd = open_csd(self.cer, self.key, self.password)
        csd.check(csd.rfc, now)
        Rfc(csd.rfc).as_issuer()
        issuer = Issuer(
            id=self.id_of(csd.rfc),
            tenant=self.tenant,
            rail=self.rail,
            environment=self.environment,
            tax_id=csd.rfc,
            account=":".join((self.tenant, self.environment, self.pac_user)),
            zone=self.zone,
            mailbox=self.mailbox,
            options=dict(self.options),
        )
        return Enrolled(issuer, (Secret(CSD, issuer.id, self._csd()), Secret(PAC, issuer.account, self._login())))

    def _csd(self) -> bytes:
        files = {name: base64.b64encode(content).decode() for name, content in (("cer", self.cer), ("key", self.key))}
        return json.dumps(files | {"password": self.password}).encode()

    def _login(self) -> bytes:
        return json.dumps({"user": self.pac_user, "password": self.pac_password}).encode()


class MexicanEnrolment:
    """What Mexico knows about its issuers (``enrolment.Enrolment``)."""

    missing = "csd-missing"
    ends_soon = "csd-ends-soon"

    def check_places(self, issuer: Issuer, settings: Mapping[str, Any]) -> None:
        """See ``Enrolment``."""
        endpoints(issuer.environment, settings, issuer.options)

    def certificate(self, issuer: Issuer, around: Surroundings, *, valid_now: bool = False) -> Certificate:
        """The CSD's number and end."""
        sealed = json.loads(around.vault.open(issuer.tenant, CSD, issuer.id))
        csd = open_csd(base64.b64decode(sealed["cer"]), base64.b64decode(sealed["key"]), sealed["password"])
        if valid_now:
            csd.check(issuer.tax_id, around.clock.now())
        return Certificate(csd.number, csd.not_after)

    def remarks(self, issuer: Issuer, around: Surroundings, certificate: Certificate | None) -> Iterator[Problem]:
        """Without a watched mailbox endings are found by asking only."""
        if issuer.mailbox is None:
            yield Problem(slug="mailbox-missing", params={"rfc": issuer.tax_id})

    def ask(self, issuer: Issuer, around: Surroundings, rail: Rail) -> Iterable[Problem]:
        """Whether the login is good: the PAC is asked about a document that cannot exist."""
        question = Accepted(
            at=around.clock.now(),
            actor="check",
            tenant=issuer.tenant,
            rail=issuer.rail,
            environment=issuer.environment,
            issuer=issuer.id,
            document=str(uuid.uuid4()).upper(),
            round=1,
            request={"rfc": issuer.tax_id},
        )
        outcome = rail.consult(accept(question)).outcome
        match outcome:
            case Absent() | Pending():
                return ()
            case NoAnswer():
                return (Problem(slug="authority-unreachable", params={"why": outcome.slug}),)
            case Blocked():
                return (Problem(slug=outcome.slug, params={"scope": outcome.scope.value}),)
            case _:
                return (Problem(slug=getattr(outcome, "slug", "unexpected-answer")),)
