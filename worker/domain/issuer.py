"""Who cancels: a taxpayer of a tenant, in one environment of one rail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TEST = "test"
PRODUCTION = "production"
ENVIRONMENTS = (TEST, PRODUCTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """A taxpayer in whose name requests are signed.

    ``account`` names the account at the authority's gateway (rate, lockout and breaker belong to it). ``mailbox`` is
    the watched address that every submit names for its notice. ``zone`` is an IANA zone for signed local times.
    ``options`` are the rail's own settings for this issuer (``require_sat_status``, endpoint overrides). No secrets in
    here: they are sealed in the vault under ``(tenant, purpose, id)``.
    """

    id: str
    tenant: str
    rail: str
    environment: str
    tax_id: str
    account: str
    zone: str
    mailbox: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def production(self) -> bool:
        """Whether requests of this issuer are legally binding."""
        return self.environment == PRODUCTION
