"""A whole Mexican rail against two servers of the tests' own: one speaks as the PAC, one as SAT."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from sandbox.certificates import Authority, KeyPair
from tests.rails.mx.answers import ISSUER, RECEIVER, UUID
from tests.soap.authority import NOON, AuthorityServer, SetClock
from worker.domain import facts
from worker.domain.issuer import Issuer
from worker.domain.job import Job, accept
from worker.rails.mx.rail import Mexico, build
from worker.rails.registry import RailContext

PASSWORD = "pac-canary-5ecret"


@dataclass
class Known:
    """The issuer that there is."""

    it: Issuer

    def issuer(self, issuer_id: str) -> Issuer:
        if issuer_id != self.it.id:
            raise KeyError(issuer_id)
        return self.it


@dataclass
class OpenVault:
    """Secrets in clear, and how often they were asked for."""

    secrets: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    opened: int = 0

    def open(self, tenant: str, purpose: str, ref: str) -> bytes:
        self.opened += 1
        return self.secrets[tenant, purpose, ref]


@dataclass
class World:
    """Everything that a test may set or look at."""

    pac: AuthorityServer
    sat: AuthorityServer
    clock: SetClock
    issuers: Known
    vault: OpenVault
    pair: KeyPair
    settings: dict[str, Any]

    def rail(self) -> Mexico:
        """The rail as it is built in this world."""
        return build(RailContext(issuers=self.issuers, vault=self.vault, clock=self.clock, settings=self.settings))

    def set(self, **options: Any) -> None:
        """Change the issuer's options."""
        self.issuers.it = replace(self.issuers.it, options={**self.issuers.it.options, **options})

    def seal(self, pair: KeyPair) -> None:
        """Put a CSD into the vault."""
        sealed = {name: base64.b64encode(getattr(pair, name)).decode() for name in ("cer", "key")}
        self.vault.secrets["acme", "csd", "issuer-1"] = json.dumps(sealed | {"password": pair.password}).encode()


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Whoever calls itself SAT in these tests."""
    return Authority()


@pytest.fixture(scope="session")
def pair(authority: Authority) -> KeyPair:
    """The issuer's CSD."""
    return authority.issue(ISSUER, not_before=NOON - timedelta(days=30), not_after=NOON + timedelta(days=30))


@pytest.fixture
def world(pair: KeyPair) -> Iterator[World]:
    """PAC and SAT listen and wait for their scripts."""
    with AuthorityServer() as pac, AuthorityServer() as sat:
        issuer = Issuer(
            id="issuer-1", tenant="acme", rail="mx", environment="test", tax_id=ISSUER, account="pac-1",
            zone="America/Mexico_City", mailbox="avisos@acme.test",
        )  # fmt: skip
        settings = {"test": {"pac": {"endpoint": pac.url}, "sat": {"endpoint": sat.url}, "http": {"seconds": 20}}}
        account = json.dumps({"user": "acme@pac", "password": PASSWORD}).encode()
        made = World(
            pac, sat, SetClock(), Known(issuer), OpenVault({("acme", "pac", "pac-1"): account}), pair, settings
        )
        made.seal(pair)
        yield made


def job(acknowledged: timedelta | None = None, /, **request: Any) -> Job:
    """A job; ``acknowledged`` ago the PAC took it."""
    asked: Mapping[str, Any] = {"rfc": ISSUER, "uuid": UUID, "motive": "02"} | request
    made = accept(
        facts.Accepted(
            at=NOON - timedelta(days=90), actor="test", tenant="acme", rail="mx", environment="test",
            issuer="issuer-1", document=UUID, round=1, request=asked,
        )
    )  # fmt: skip
    return replace(made, acknowledged_at=None if acknowledged is None else NOON - acknowledged)


@pytest.fixture
def asked() -> Callable[..., Job]:
    """A job that SAT can be asked about."""
    return lambda *ago, **request: job(*ago, **({"receiver": RECEIVER, "total": "1234.50"} | request))
