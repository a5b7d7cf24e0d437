"""How an issuer comes into the house. Countries differ in what is handed in, sealed and asked; the way is the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol
from zoneinfo import ZoneInfo

from schemas.invalid import Invalid
from schemas.problem import Problem
from worker.domain.issuer import PRODUCTION, TEST, Issuer
from worker.engine.ports import Clock, Rail, Vault


@dataclass(frozen=True, slots=True)
class Secret:
    """What the vault is to seal, under (tenant of the issuer, purpose, ref)."""

    purpose: str
    ref: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An issuer as its rail wants it, with what has to be sealed for it."""

    issuer: Issuer
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What may be shown of an issuer's certificate. ``chained``: the authorities above it came along, or none need."""

    number: str
    not_after: datetime
    chained: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What is handed in for an issuer of any country. Secrets show in no repr.

    ``confirmed`` must be the taxpayer's number, typed once more, for production: its requests are legally binding.
    ``zone`` is an IANA zone; empty where the rail knows a better one.
    """

    rail: ClassVar[str]

    tenant: str = "default"
    production: bool = False
    confirmed: str | None = None
    zone: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def enrolled(self, now: datetime) -> Enrolled:
        """The issuer, once everything that was handed in has been opened and checked.

        Raises:
            CredentialFault: what is wrong with the credentials.
            Invalid: ``zone-unknown``.
        """
        raise NotImplementedError

    @property
    def environment(self) -> str:
        """Where it cancels."""
        return PRODUCTION if self.production else TEST

    def id_of(self, tax_id: str) -> str:
        """The issuer's id follows from whose it is: handing it in again replaces it."""
        return ":".join((self.tenant, self.rail, self.environment, tax_id))

    def confirms(self, tax_id: str) -> bool:
        """Whether the number was typed once more, punctuated or not."""
        typed = (self.confirmed or "").strip().upper()
        return "".join(letter for letter in typed if letter not in " ./-") == tax_id

    def check_zone(self) -> None:
        """Raises ``Invalid`` (``zone-unknown``)."""
        try:
            ZoneInfo(self.zone or "UTC")
        except (KeyError, ValueError, OSError):
            raise Invalid("zone-unknown", self.zone) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an enrolled issuer is looked at with. ``settings`` are the rail's own."""

    vault: Vault
    clock: Clock
    settings: Mapping[str, Any]


class Enrolment(Protocol):
    """What one country knows about its issuers."""

    #: Slugs: there is no credential; it ends soon.
    missing: str
    ends_soon: str

    def check_places(self, issuer: Issuer, settings: Mapping[str, Any]) -> None:
        """Raises ``Misfit`` when endpoints or ports among the options make no sense."""
        ...

    def certificate(self, issuer: Issuer, around: Surroundings, *, valid_now: bool = False) -> Certificate:
        """The sealed certificate, opened to be shown; with ``valid_now`` it must be good for signing at this moment.

        Raises:
            CredentialFault: it cannot be opened, or is not valid now.
            KeyError: there is none.
        """
        ...

    def remarks(self, issuer: Issuer, around: Surroundings, certificate: Certificate | None) -> Iterable[Problem]:
        """What else may stand in the way, or is worth a word, as far as it shows here."""
        ...

    def ask(self, issuer: Issuer, around: Surroundings, rail: Rail) -> Iterable[Problem]:
        """What the authority's door objects to. Sends nothing binding."""
        ...
