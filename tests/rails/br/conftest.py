"""A whole Brazilian rail against a server of the tests' own that speaks as SEFAZ, mutual TLS included."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.certificates import key_pool
from sandbox.certificates_br import IcpBrasil, Leaf
from tests.rails.br.answers import CNPJ, KEY, PROTOCOL
from tests.rails.mx.conftest import Known, OpenVault
from tests.services.certificates import Chain, issue
from tests.soap.authority import NOON, AuthorityServer, SetClock
from worker.domain import facts
from worker.domain.issuer import Issuer
from worker.domain.job import Job, accept
from worker.rails.br.rail import Brazil, build
from worker.rails.registry import RailContext

Asked = Callable[..., Job]


@dataclass
class World:
    """Everything that a test may set or look at."""

    sefaz: AuthorityServer
    clock: SetClock
    issuers: Known
    vault: OpenVault
    settings: dict[str, Any]
    archive: dict[str, bytes] = field(default_factory=dict)

    def rail(self) -> Brazil:
        """The rail as it is built in this world."""
        return build(
            RailContext(
                issuers=self.issuers,
                vault=self.vault,
                clock=self.clock,
                settings=self.settings,
                archived=self.archive.__getitem__,
            )
        )

    def set(self, **options: Any) -> None:
        """Change the issuer's options."""
        self.issuers.it = replace(self.issuers.it, options={**self.issuers.it.options, **options})

    def seal(self, leaf: Leaf, **wishes: Any) -> None:
        """Put an A1 into the vault."""
        sealed = {"pfx": base64.b64encode(leaf.pfx(**wishes)).decode(), "password": leaf.password}
        self.vault.secrets["acme", "a1", "issuer-1"] = json.dumps(sealed).encode()

    def kept(self, asked: Job, signed: bytes) -> Job:
        """The job once these bytes were archived and sent."""
        digest = hashlib.sha256(signed).hexdigest()
        self.archive[digest] = signed
        return replace(asked, request_hash=digest, fence=1)


@pytest.fixture(scope="session")
def brasil() -> IcpBrasil:
    """Whoever calls itself ICP-Brasil in these tests."""
    return IcpBrasil(keys=key_pool)


@pytest.fixture(scope="session")
def leaf(brasil: IcpBrasil) -> Leaf:
    """The issuer's e-CNPJ."""
    return brasil.ecnpj(CNPJ)


@pytest.fixture(scope="session")
def server_chain() -> Chain:
    """Whom the rail trusts, and what the server shows."""
    return issue()


@pytest.fixture(scope="session")
def files(brasil: IcpBrasil, server_chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their PEM files."""
    folder = tmp_path_factory.mktemp("sefaz")
    parts = {"ca": server_chain.authority, "cert": server_chain.certificate, "key": server_chain.key}
    for name, pem in (parts | {"root": brasil.root_pem}).items():
        (folder / f"{name}.pem").write_bytes(pem)
    return folder


@pytest.fixture
def world(leaf: Leaf, server_chain: Chain, files: Path) -> Iterator[World]:
    """SEFAZ listens, knows the root of the issuer's certificate, and waits for its script."""
    pair = (str(files / "cert.pem"), str(files / "key.pem"))
    with AuthorityServer(chain=server_chain, chain_files=pair, callers=str(files / "root.pem")) as sefaz:
        issuer = Issuer(
            id="issuer-1", tenant="acme", rail="br", environment="test", tax_id=CNPJ, account=f"test:{CNPJ}", zone="",
        )  # fmt: skip
        settings = {
            "test": {"sefaz": {"endpoint": sefaz.url}, "http": {"seconds": 20, "ca_bundle": str(files / "ca.pem")}}
        }
        made = World(sefaz, SetClock(), Known(issuer), OpenVault(), settings)
        made.seal(leaf)
        yield made


def job(**request: Any) -> Job:
    """A job of a document that was authorised an hour ago; None takes a field of the request out."""
    asked = {
        "key": KEY, "protocol": PROTOCOL, "justification": "Cliente desistiu da compra", "author_cnpj": CNPJ,
        "user_cnpj": CNPJ, "authorised_at": "2026-11-20T14:00:00-03:00",
    } | request  # fmt: skip
    return accept(
        facts.Accepted(
            at=NOON, actor="test", tenant="acme", rail="br", environment="test", issuer="issuer-1", document=KEY,
            round=1, request={name: value for name, value in asked.items() if value is not None},
        )
    )  # fmt: skip
