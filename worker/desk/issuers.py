"""Issuers: who may cancel. Secrets go in here once, are sealed at once, and never come out again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from schemas.invalid import Invalid
from schemas.problem import Problem, Rejected
from schemas.views import IssuerView
from worker.assembly import House
from worker.desk.intake import CONFIRMED
from worker.domain.issuer import Issuer
from worker.domain.lane import Hold, Lane
from worker.domain.outcome import Scope
from worker.engine.lanes import begin_on_trial
from worker.rails.br.enrolment import BrazilianEnrolment, NewBrazilianIssuer
from worker.rails.enrolment import Enrolled, Enrolment, Newcomer, Surroundings
from worker.rails.mx.enrolment import MexicanEnrolment, NewIssuer
from worker.signing.faults import CredentialFault
from worker.soap.faults import Misfit

__all__ = ["IssuerDesk", "NewBrazilianIssuer", "NewIssuer"]

#: A certificate that ends sooner than this is worth a word.
SOON = timedelta(days=30)

#: What each country knows about its issuers, by rail id.
ENROLMENTS: Mapping[str, Enrolment] = {"br": BrazilianEnrolment(), "mx": MexicanEnrolment()}


class IssuerDesk:
    """Where issuers are registered and checked."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add(self, new: Newcomer, *, actor: str) -> IssuerView:
        """Register an issuer, or replace its credentials. One job tries them before the others follow.

        Raises:
            Rejected: csd-… (see ``worker.signing.credentials``), a1-… (``worker.signing.a1``), zone-unknown,
                production-not-confirmed, gateway-misconfigured.
        """
        enrolled = self._enrolled(new)
        issuer = self._confirmed(new, enrolled.issuer, actor)
        self._check_places(issuer)
        for secret in enrolled.secrets:
            self._house.vault.put(issuer.tenant, secret.purpose, secret.ref, secret.content)
        self._house.parts.rails[issuer.rail].forget_credentials()
        with self._house.ledger.unit() as unit:
            unit.issuers.put(issuer)
            unit.reassign(issuer.id, issuer.account)
            begin_on_trial(unit, Lane(issuer.rail, issuer.environment, issuer.account), self._house.clock.now())
        return self._view(issuer)

    def known(self, tenant: str | None = None) -> list[IssuerView]:
        """All issuers, or a tenant's. Their certificates are opened to show until when they hold."""
        with self._house.ledger.reading() as reading:
            found = reading.issuers.of_tenant(tenant)
        return [self._view(issuer) for issuer in found]

    def check(self, issuer_id: str, *, online: bool = False) -> list[Problem]:
        """What stands in the way of cancelling in this issuer's name; empty when nothing does.

        ``online`` asks the authority's door: the PAC about a document that cannot exist, which shows whether the login
        is good; SEFAZ about itself, which shows whether it opens to the certificate and works.

        Raises:
            KeyError: there is no such issuer.
        """
        issuer = self._house.ledger.issuer(issuer_id)
        country, around = ENROLMENTS[issuer.rail], self._around(issuer)
        problems, certificate = [], None
        try:
            certificate = country.certificate(issuer, around, valid_now=True)
            if certificate.not_after - self._house.clock.now() < SOON:
                problems.append(Problem(slug=country.ends_soon, params={"until": certificate.not_after.isoformat()}))
        except CredentialFault as fault:
            problems.append(_told(fault))
        except KeyError:
            problems.append(Problem(slug=country.missing))
        problems.extend(country.remarks(issuer, around, certificate))
        if online:
            problems.extend(self._at_the_door(issuer, country, around))
        return problems

    def _at_the_door(self, issuer: Issuer, country: Enrolment, around: Surroundings) -> list[Problem]:
        """The authority's word about the account. A lane that is stopped is not tried, a refused login stops it."""
        lane, now = Lane(issuer.rail, issuer.environment, issuer.account), self._house.clock.now()
        with self._house.ledger.unit() as unit:
            stops = [hold for hold in unit.holds(lane, now) if hold.stops(now)]
        if stops:
            until = stops[0].until.isoformat(timespec="seconds") if stops[0].until else "?"
            return [Problem(slug="lane-held", params={"why": stops[0].slug, "until": until})]
        problems = list(country.ask(issuer, around, self._house.parts.rails[issuer.rail]))
        refused = [problem for problem in problems if problem.params.get("scope") == Scope.ACCOUNT.value]
        if refused:
            with self._house.ledger.unit() as unit:
                unit.hold(Hold(lane=lane, slug=refused[0].slug, since=now))
        return problems

    def _enrolled(self, new: Newcomer) -> Enrolled:
        try:
            return new.enrolled(self._house.clock.now())
        except CredentialFault as fault:
            raise Rejected([_told(fault)]) from None
        except Invalid as wrong:
            raise Rejected([Problem(slug=wrong.slug, params={"value": wrong.value})]) from None

    def _confirmed(self, new: Newcomer, issuer: Issuer, actor: str) -> Issuer:
        if not new.production:
            return issuer
        if not new.confirms(issuer.tax_id):
            raise Rejected([Problem(slug="production-not-confirmed", params={"rfc": issuer.tax_id})])
        by = {"by": actor, "at": self._house.clock.now().isoformat()}
        return replace(issuer, options={**issuer.options, CONFIRMED: by})

    def _check_places(self, issuer: Issuer) -> None:
        """An endpoint or port among the options that makes no sense is refused now, not by the first job."""
        try:
            ENROLMENTS[issuer.rail].check_places(issuer, self._house.settings.rails.get(issuer.rail, {}))
        except Misfit as fault:
            raise Rejected([Problem(slug=fault.slug, params={"why": fault.detail})]) from None

    def _around(self, issuer: Issuer) -> Surroundings:
        return Surroundings(
            vault=self._house.vault,
            clock=self._house.clock,
            settings=self._house.settings.rails.get(issuer.rail, {}),
        )

    def _view(self, issuer: Issuer) -> IssuerView:
        try:
            certificate = ENROLMENTS[issuer.rail].certificate(issuer, self._around(issuer))
        except (CredentialFault, KeyError):
            certificate = None
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
            certificate=certificate.number if certificate else None,
            certificate_until=certificate.not_after if certificate else None,
        )


def _told(fault: CredentialFault) -> Problem:
    return Problem(slug=fault.slug, params=dict(fault.facts))
