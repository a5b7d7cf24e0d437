"""The sandbox, its authority and a caller for every test of this folder."""

from collections.abc import Iterator

import pytest

from sandbox.certificates import Authority, KeyPair, KeyPool
from sandbox.certificates_br import IcpBrasil, Leaf
from sandbox.clock import WorldClock
from sandbox.server import Sandbox
from tests.sandbox.caller import RFC, Caller
from tests.sandbox.sefaz_caller import SefazCaller


@pytest.fixture(scope="session")
def authority() -> Authority:
    """An authority whose keys are made once."""
    return Authority(keys=KeyPool())


@pytest.fixture(scope="session")
def csd(authority: Authority) -> KeyPair:
    """The seal of the issuer that most tests speak for."""
    return authority.issue(RFC)


@pytest.fixture
def sandbox(authority: Authority) -> Iterator[Sandbox]:
    """A sandbox whose documents live by ``advance`` alone."""
    with Sandbox(clock=WorldClock(speed=0), authority=authority) as running:
        yield running


@pytest.fixture
def caller(sandbox: Sandbox, csd: KeyPair) -> Caller:
    """Somebody who has the account and the seal."""
    return Caller(sandbox, csd)


@pytest.fixture(scope="session")
def icp() -> IcpBrasil:
    """A Brazilian hierarchy whose keys are made once."""
    return IcpBrasil(keys=KeyPool(6))


@pytest.fixture(scope="session")
def a1(icp: IcpBrasil) -> Leaf:
    """The certificate of the company that most Brazilian tests speak for."""
    return icp.ecnpj()


@pytest.fixture
def sefaz(authority: Authority, icp: IcpBrasil, a1: Leaf) -> Iterator[SefazCaller]:
    """A company that calls SEFAZ in a sandbox whose documents live by ``advance`` alone."""
    with Sandbox(clock=WorldClock(speed=0), authority=authority, icp=icp) as running:
        yield SefazCaller(running, a1)
