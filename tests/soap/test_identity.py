"""Authorities that want to see who we are: certificate and intermediates are shown, and a refusal proves something."""

import copy
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.certificates_br import IcpBrasil, Leaf
from tests.services.certificates import Chain
from tests.soap.authority import NOON, AuthorityServer, SetClock, answer
from worker.soap.channel import Channel, Limits
from worker.soap.faults import TransportFault
from worker.soap.identity import Identity, trusting


@pytest.fixture(scope="module")
def brasil() -> IcpBrasil:
    """Whose certificates the server believes."""
    return IcpBrasil()


@pytest.fixture(scope="module")
def leaf(brasil: IcpBrasil) -> Leaf:
    """A company's certificate, under an intermediate authority."""
    return brasil.ecnpj()


@pytest.fixture
def server(brasil: IcpBrasil, chain: Chain, tmp_path: Path) -> Iterator[AuthorityServer]:
    """A server that knows the root only, and speaks to nobody without a certificate below it."""
    parts = {"ca": chain.authority, "cert": chain.certificate, "key": chain.key, "root": brasil.root_pem}
    for name, pem in parts.items():
        (tmp_path / f"{name}.pem").write_bytes(pem)
    files = (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
    with AuthorityServer(chain=chain, chain_files=files, callers=str(tmp_path / "root.pem")) as running:
        running.acts = [answer(b"<answer/>")]
        yield running


def channel(tmp_path: Path, identity: Identity | None) -> Channel:
    """A channel that shows this identity."""
    bundle = str(tmp_path / "ca.pem")
    return Channel(SetClock(), Limits(seconds=20, ca_bundle=bundle), tls=trusting(bundle, identity))


def test_certificate_and_intermediates_are_shown(server: AuthorityServer, leaf: Leaf, tmp_path: Path) -> None:
    """The chain reaches the root that the server knows; the connection is kept."""
    ours = channel(tmp_path, Identity(leaf.chain_pem, leaf.key))
    for _ in range(2):
        assert ours.post(server.url, b"<question/>", {}, kind="test").received == b"<answer/>"
    assert server.connections == 1


@pytest.mark.parametrize("shown", ["nothing", "leaf only", "foreign"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_being_turned_away_means_nothing_was_heard(
    server: AuthorityServer, leaf: Leaf, tmp_path: Path, shown: str, version: ssl.TLSVersion
) -> None:
    """A certificate that the server does not take is told as such, and the request counts as not sent."""
    foreign = IcpBrasil().ecnpj() if shown == "foreign" else leaf
    chain_pem = leaf.pem if shown == "leaf only" else foreign.chain_pem
    bundle = str(tmp_path / "ca.pem")
    tls = trusting(bundle, None if shown == "nothing" else Identity(chain_pem, foreign.key))
    tls.maximum_version = version
    ours = Channel(SetClock(), Limits(seconds=20, ca_bundle=bundle), tls=tls)
    with pytest.raises(TransportFault) as caught:
        ours.post(server.url, b"", {}, kind="test")
    assert [] == server.heard
    # A reset may overtake the server's word; then its fate counts as unknown, which costs a question and no more.
    assert (caught.value.slug, caught.value.left) in {
        ("transport-certificate-refused", False),
        ("transport-tls-refused", False),
        ("transport-broken", True),
    }


def test_a_key_of_another_certificate_is_refused(brasil: IcpBrasil, leaf: Leaf, tmp_path: Path) -> None:
    """Certificate and key must be a pair, before anything is connected."""
    with pytest.raises(OSError, match="values mismatch"):
        trusting(None, Identity(leaf.chain_pem, brasil.ecnpj().key))


def test_an_identity_stays_where_it_is(leaf: Leaf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No copy, no text and no file of it remains."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    identity = Identity(leaf.chain_pem, leaf.key)
    trusting(None, identity)
    assert [] == list(tmp_path.iterdir())
    assert "Identity()" == repr(identity)
    with pytest.raises(TypeError):
        copy.copy(identity)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Fri, 20 Nov 2026 18:00:07 GMT", [datetime(2026, 11, 20, 18, 0, 7, tzinfo=UTC)]),
        ("Fri, 20 Nov 2026 18:00:07 -0000", [datetime(2026, 11, 20, 18, 0, 7, tzinfo=UTC)]),
        ("yesterday", []),
        ("", []),
    ],
)
def test_the_servers_time_is_told(header: str, expected: list[datetime]) -> None:
    """Each answer's date is passed on with the times of question and answer; nonsense is not."""
    heard: list[tuple[datetime, datetime, datetime]] = []
    ours = Channel(SetClock(), Limits(seconds=20), told=lambda *times: heard.append(times))
    with AuthorityServer() as plain:
        plain.acts = [answer(b"", headers={"Date": header})]
        ours.post(plain.url, b"", {}, kind="test")
    assert [(at, NOON, NOON) for at in expected] == heard
