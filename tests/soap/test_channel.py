"""A call is bounded whatever the other side does, and always knows whether anything left."""

import gzip
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.soap.authority import NOON, Act, AuthorityServer, SetClock, answer, cut, drip, mute, raw
from worker.soap.channel import Channel, Limits
from worker.soap.faults import TransportFault

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


def post(channel: Channel, url: str, body: bytes = b"<question/>") -> TransportFault:
    """The fault that a call ends in."""
    with pytest.raises(TransportFault) as caught:
        channel.post(url, body, {}, kind="test")
    return caught.value


def test_an_exchange_holds_both_bodies(server: AuthorityServer, channel: Channel) -> None:
    """What was sent, what came back, its status and both times are kept as they were."""
    server.acts = [answer(b"<answer/>", 418)]
    exchange = channel.post(server.url, b"<question/>", {"SOAPAction": "urn:x"}, kind="test")
    assert (exchange.sent, exchange.received, exchange.http_status) == (b"<question/>", b"<answer/>", 418)
    assert (exchange.started_at, exchange.ended_at, exchange.fault) == (NOON, NOON, None)
    assert server.heard[0].headers["soapaction"] == "urn:x"


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(mute, id="says nothing"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-A: "), id="drips headers"),
        pytest.param(drip(HEAD.replace(b"1000", b"9999999")), id="drips the body"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), id="drips chunks"),
        pytest.param(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="continues for ever"),
    ],
)
def test_a_call_ends_at_its_deadline(server: AuthorityServer, hasty: Channel, act: Act) -> None:
    """A server that keeps us waiting, in whatever way, is left; the request may have arrived."""
    server.acts = [act]
    fault = post(hasty, server.url)
    assert (fault.slug, fault.left) == ("transport-timeout", True)
    assert fault.exchange.fault == "transport-timeout"


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(cut, id="reset"),
        pytest.param(raw(), id="closed"),
        pytest.param(raw(HEAD, b"half"), id="half a body"),
        pytest.param(raw(b"SMTP? no\r\n\r\n"), id="no HTTP"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"), id="no gzip"),
    ],
)
def test_a_broken_answer_may_have_arrived(server: AuthorityServer, channel: Channel, act: Act) -> None:
    """Once the request was written, whatever breaks leaves its fate open."""
    server.acts = [act]
    fault = post(channel, server.url)
    assert (fault.slug, fault.left) == ("transport-broken", True)


def test_what_came_of_a_broken_answer_is_kept(server: AuthorityServer, channel: Channel) -> None:
    """Half an answer is evidence too."""
    server.acts = [raw(HEAD, b"half")]
    assert post(channel, server.url).exchange.received == b"half"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_huge_answer_is_cut_off(server: AuthorityServer, hasty: Channel, encoding: str) -> None:
    """No answer grows beyond the cap, decompressed or not; its beginning is kept."""
    huge = b"x" * 10_000_000
    body = gzip.compress(huge) if encoding == "gzip" else huge
    server.acts = [answer(body, headers={"Content-Encoding": encoding})]
    fault = post(Channel(SetClock(), Limits(answer_bytes=100_000)), server.url)
    assert (fault.slug, fault.left) == ("answer-too-large", True)
    assert len(fault.exchange.received or b"") == 64 * 1024


def test_nobody_listens_means_nothing_left(channel: Channel) -> None:
    """A refused connection proves that no byte left."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    fault = post(channel, f"http://127.0.0.1:{port}/")
    assert (fault.slug, fault.left) == ("transport-unreachable", False)


def test_a_full_queue_means_nothing_left() -> None:
    """A connection that nobody takes up ends at its own limit, and no byte left."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        channel = Channel(SetClock(), Limits(seconds=5, connect_seconds=0.2))
        fault = post(channel, f"http://127.0.0.1:{address[1]}/")
        for filler in fillers:
            filler.close()
    assert (fault.slug, fault.left) == ("transport-unreachable", False)


def test_an_unknown_name_means_nothing_left(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve proves that no byte left."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    fault = post(channel, "http://nowhere.invalid/")
    assert (fault.slug, fault.left) == ("transport-name-unknown", False)


def test_a_foreign_certificate_means_nothing_left(tls_server: AuthorityServer, channel: Channel) -> None:
    """A server whose certificate we don't trust gets not a byte of the request."""
    tls_server.acts = [answer(b"")]
    fault = post(channel, tls_server.url)
    assert (fault.slug, fault.left) == ("transport-tls-refused", False)
    assert tls_server.heard == []


def test_another_hosts_certificate_means_nothing_left(
    tls_server: AuthorityServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted certificate of another name is refused as well."""
    tls_server.acts = [answer(b"")]
    channel = Channel(SetClock(), Limits(ca_bundle=str(tmp_path / "ca.pem")))
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: resolve("127.0.0.1", *rest, **more))
    fault = post(channel, tls_server.url.replace("localhost", "other.test"))
    assert (fault.slug, fault.left) == ("transport-tls-refused", False)


def test_a_mute_handshake_means_nothing_left(server: AuthorityServer, hasty: Channel) -> None:
    """A server that never answers the handshake is left in time; no byte of the request left."""
    server.acts = [mute]
    fault = post(hasty, server.url.replace("http:", "https:"))
    assert (fault.slug, fault.left) == ("transport-tls-refused", False)


def test_a_ca_bundle_is_trusted(tls_server: AuthorityServer, tmp_path: Path) -> None:
    """With its authority in the bundle, a private server is spoken to over TLS, drips bounded too."""
    channel = Channel(SetClock(), Limits(seconds=5, ca_bundle=str(tmp_path / "ca.pem")))
    tls_server.acts = [answer(b"<answer/>"), drip(HEAD.replace(b"1000", b"9999999"))]
    assert channel.post(tls_server.url, b"x", {}, kind="test").received == b"<answer/>"
    with pytest.raises(TransportFault) as caught:
        channel.post(tls_server.url, b"x", {}, kind="test", seconds=0.3)
    assert (caught.value.slug, caught.value.left) == ("transport-timeout", True)


def test_redirects_are_answers(server: AuthorityServer, channel: Channel) -> None:
    """A redirect is not followed: the signed request goes where it was meant to go or nowhere."""
    server.acts = [answer(b"", 307, {"Location": "http://localhost:1/"})]
    assert channel.post(server.url, b"x", {}, kind="test").http_status == 307
    assert len(server.heard) == 1


def test_no_try_is_repeated(server: AuthorityServer, channel: Channel) -> None:
    """A request is written once, even into a connection that breaks."""
    server.acts = [cut]
    post(channel, server.url)
    assert len(server.heard) == 1


def test_cookies_are_not_kept(server: AuthorityServer, channel: Channel) -> None:
    """One account's session never rides with another account's request."""
    server.acts = [answer(b"", headers={"Set-Cookie": "JSESSIONID=1; Path=/"}), answer(b"")]
    for _ in range(2):
        channel.post(server.url, b"x", {}, kind="test")
    assert "cookie" not in server.heard[1].headers


def test_the_environment_names_no_proxy(
    server: AuthorityServer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxies of the process's environment are not used."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.acts = [answer(b"")]
    assert channel.post(server.url, b"x", {}, kind="test").http_status == 200


def test_connections_are_kept_until_they_were_quiet(
    server: AuthorityServer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection is used again at once, and not after it was quiet for long: it may be closing."""
    server.acts = [answer(b"")]
    for _ in range(2):
        channel.post(server.url, b"x", {}, kind="test")
    assert server.connections == 1
    monkeypatch.setattr("worker.soap.wire.IDLE_SECONDS", 0.0)
    channel.post(server.url, b"x", {}, kind="test")
    assert server.connections == 2


def test_threads_share_a_channel(server: AuthorityServer, channel: Channel) -> None:
    """Concurrent calls get each its own answer."""
    server.acts = [answer(b"<answer/>")]
    with ThreadPoolExecutor(16) as threads:
        calls = [threads.submit(channel.post, server.url, b"%d" % n, {}, kind="test") for n in range(64)]
    assert {b"<answer/>"} == {call.result().received for call in calls}
    assert {b"%d" % n for n in range(64)} == {heard.body for heard in server.heard}


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"seconds": 601}, {"answer_bytes": 0}, {"connections": 0}])
def test_limits_are_limits(limits: dict[str, Any]) -> None:
    """A call without a bound can't be configured."""
    with pytest.raises(ValueError, match="limit"):
        Limits(**limits)
