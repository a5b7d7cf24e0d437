"""A proxy on the way out sees where we go and its own password, and nothing of what we say."""

import base64
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.soap.authority import AuthorityServer, SetClock, answer
from worker.soap.channel import Channel, Limits
from worker.soap.faults import TransportFault
from worker.soap.proxy import Proxy

PASSWORD = "p@ss:/word ç"


@dataclass
class ConnectProxy:
    """Opens ways, or answers with ``status``; ``heard`` keeps what it was asked, head by head."""

    status: bytes = b"200 Connection established"
    heard: list[bytes] = field(default_factory=list)

    def __enter__(self) -> "ConnectProxy":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += sock.recv(1)
            self.heard.append(head)
            sock.sendall(b"HTTP/1.1 " + self.status + b"\r\n\r\n")
            if not self.status.startswith(b"200"):
                sock.close()
                continue
            there = socket.create_connection(("127.0.0.1", int(head.split()[1].rpartition(b":")[2])))
            thread = threading.Thread(target=_both_ways, args=(sock, there))
            self._threads.append(thread)
            thread.start()


def _carry(from_: socket.socket, to: socket.socket) -> None:
    try:
        while piece := from_.recv(65536):
            to.sendall(piece)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _both_ways(caller: socket.socket, there: socket.socket) -> None:
    with caller, there:
        back = threading.Thread(target=_carry, args=(there, caller))
        back.start()
        _carry(caller, there)
        back.join()


@pytest.fixture
def proxy() -> Iterator[ConnectProxy]:
    """A proxy on loopback."""
    with ConnectProxy() as running:
        yield running


def through(proxy: Proxy, tmp_path: Path) -> Channel:
    """A channel that goes through it."""
    return Channel(SetClock(), Limits(seconds=20, ca_bundle=str(tmp_path / "ca.pem"), proxy=proxy))


def test_tls_passes_through(proxy: ConnectProxy, tls_server: AuthorityServer, tmp_path: Path) -> None:
    """The way is asked for with the credentials; what is said goes past the proxy unread."""
    tls_server.acts = [answer(b"<answer/>")]
    ours = through(Proxy(proxy.url, "operator", PASSWORD), tmp_path)
    for _ in range(2):
        assert b"<answer/>" == ours.post(tls_server.url, b"<question/>", {}, kind="test").received
    ours._session.close()
    assert 1 == len(proxy.heard)
    credentials = base64.b64encode(f"operator:{PASSWORD}".encode("latin-1"))
    assert b"Proxy-Authorization: Basic " + credentials in proxy.heard[0]
    assert b"question" not in proxy.heard[0]
    assert "proxy-authorization" not in tls_server.heard[0].headers


def test_a_proxy_that_refuses_means_nothing_left(
    proxy: ConnectProxy, tls_server: AuthorityServer, tmp_path: Path
) -> None:
    """A wrong password at the proxy is told apart, and the authority heard nothing."""
    proxy.status = b"407 Proxy Authentication Required"
    with pytest.raises(TransportFault) as caught:
        through(Proxy(proxy.url), tmp_path).post(tls_server.url, b"x", {}, kind="test")
    assert ("transport-proxy-refused", False) == (caught.value.slug, caught.value.left)
    assert [] == tls_server.heard


def test_a_proxy_that_is_not_there_means_nothing_left(tls_server: AuthorityServer, tmp_path: Path) -> None:
    """No proxy, no way round it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(TransportFault) as caught:
        through(Proxy(f"http://127.0.0.1:{port}"), tmp_path).post(tls_server.url, b"x", {}, kind="test")
    assert ("transport-unreachable", False) == (caught.value.slug, caught.value.left)


def test_credentials_are_not_shown() -> None:
    """The password is in no text of it."""
    assert PASSWORD not in repr(Proxy("http://proxy.test:3128", "operator", PASSWORD))


@pytest.mark.parametrize(
    ("url", "user", "password"),
    [
        ("https://proxy.test:3128", None, None),
        ("http://proxy.test", None, None),
        ("http://user:word@proxy.test:3128", None, None),
        ("proxy.test:3128", None, None),
        ("http://proxy.test:3128", None, "word"),
    ],
)
def test_a_proxy_is_an_address(url: str, user: str | None, password: str | None) -> None:
    """Anything else is refused when it is configured."""
    with pytest.raises(ValueError, match="proxy"):
        Proxy(url, user, password)
