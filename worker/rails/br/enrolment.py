"""Brazilian issuers: an A1, which signs and opens SEFAZ's door as well."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from schemas.problem import Problem
from worker.domain.issuer import Issuer
from worker.domain.outcome import Blocked, NoAnswer, Pending
from worker.engine.ports import CannotPrepare, Rail
from worker.rails.br import codes
from worker.rails.br.doors import Doors
from worker.rails.br.endpoints import endpoints
from worker.rails.br.keyring import PURPOSE, Keyring
from worker.rails.br.rest import how_is_it
from worker.rails.enrolment import Certificate, Enrolled, Newcomer, Secret, Surroundings
from worker.signing.a1 import open_a1
from worker.soap.faults import Misfit


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBrazilianIssuer(Newcomer):
    """What is needed to cancel in a Brazilian company's name. An empty ``zone`` is that of each document's state."""

    rail: ClassVar[str] = "br"

    pfx: bytes = field(repr=False)
    password: str = field(repr=False)

    def enrolled(self, now: datetime) -> Enrolled:
        """See ``Newcomer.enrolled``. The account is the CNPJ: by it SEFAZ counts who asks too often."""
        self.check_zone()
        a1 = open_a1(self.pfx, self.password)
        a1.cnpj.for_event()
        cnpj = str(a1.cnpj)
        a1.check(cnpj, now)
        issuer = Issuer(
            id=self.id_of(cnpj),
            tenant=self.tenant,
            rail=self.rail,
            environment=self.environment,
            tax_id=cnpj,
            account=f"{self.environment}:{cnpj}",
            zone=self.zone,
            options=dict(self.options),
        )
        sealed = {"pfx": base64.b64encode(self.pfx).decode(), "password": self.password}
        return Enrolled(issuer, (Secret(PURPOSE, issuer.id, json.dumps(sealed).encode()),))


class BrazilianEnrolment:
    """What Brazil knows about its issuers (``enrolment.Enrolment``)."""

    missing = "a1-missing"
    ends_soon = "a1-ends-soon"

    def check_places(self, issuer: Issuer, settings: Mapping[str, Any]) -> None:
        """See ``Enrolment``."""
        endpoints(issuer.environment, settings, issuer.options)

    def certificate(self, issuer: Issuer, around: Surroundings, *, valid_now: bool = False) -> Certificate:
        """Serial number (hexadecimal) and end."""
        sealed = json.loads(around.vault.open(issuer.tenant, PURPOSE, issuer.id))
        a1 = open_a1(base64.b64decode(sealed["pfx"]), sealed["password"])
        if valid_now:
            a1.check(issuer.tax_id, around.clock.now())
        return Certificate(f"{a1.serial:X}", a1.not_after, a1.chained)

    def remarks(self, issuer: Issuer, around: Surroundings, certificate: Certificate | None) -> Iterator[Problem]:
        """Whether both sides will believe each other: ICP-Brasil's roots are in no public bundle."""
        if endpoints(issuer.environment, around.settings, issuer.options).limits.ca_bundle is None:
            yield Problem(slug="sefaz-trust-missing")
            if certificate is not None and not certificate.chained:
                yield Problem(slug="a1-without-chain")

    def ask(self, issuer: Issuer, around: Surroundings, rail: Rail) -> Iterable[Problem]:
        """Whether SEFAZ opens to the certificate and works: its status service is asked."""
        doors = Doors(Keyring(around.vault, around.clock), around.clock)
        try:
            door = doors.of(issuer, endpoints(issuer.environment, around.settings, issuer.options))
            outcome = how_is_it(door, issuer.environment)[0].outcome
        except CannotPrepare as fault:
            return (Problem(slug=fault.slug),)
        except Misfit as fault:
            return (Problem(slug=fault.slug, params={"why": fault.detail}),)
        finally:
            doors.close()
        match outcome:
            case Pending():
                return ()
            case Blocked():
                return (Problem(slug=outcome.slug),)
            case NoAnswer() if outcome.said.level != codes.STATUS:
                return (Problem(slug="authority-unreachable", params={"why": outcome.slug}),)
            case _:
                said = outcome.said
                return (Problem(slug="sefaz-not-operating", params={"code": said.code or "", "text": said.text}),)
