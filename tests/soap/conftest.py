"""Servers and channels of the wire's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.certificates import Chain, issue
from tests.soap.authority import AuthorityServer, SetClock
from worker.soap.channel import Channel, Limits


@pytest.fixture
def server() -> Iterator[AuthorityServer]:
    """A plain server that waits for its script."""
    with AuthorityServer() as running:
        yield running


@pytest.fixture(scope="session")
def chain() -> Chain:
    """An authority and a certificate for loopback."""
    return issue()


@pytest.fixture
def tls_server(chain: Chain, tmp_path: Path) -> Iterator[AuthorityServer]:
    """The same behind TLS; its authority is in ``ca.pem`` of the test's directory."""
    for name, pem in (("ca.pem", chain.authority), ("cert.pem", chain.certificate), ("key.pem", chain.key)):
        (tmp_path / name).write_bytes(pem)
    files = (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
    with AuthorityServer(chain=chain, chain_files=files) as running:
        yield running


@pytest.fixture
def channel() -> Channel:
    """A channel with ample time."""
    return Channel(SetClock(), Limits(seconds=20))


@pytest.fixture
def hasty() -> Channel:
    """A channel whose calls end soon."""
    return Channel(SetClock(), Limits(seconds=0.3, answer_bytes=100_000))
