"""The proxy that is to blame for every broken connection in the chaos run."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import HOST, Proxy

#: Long enough to see that nothing comes.
NOTHING = 0.2


def serve(listener: socket.socket) -> None:
    """Echo, for everybody, until the listener is closed."""
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=echo, args=(peer,), daemon=True).start()


def echo(peer: socket.socket) -> None:
    with peer, contextlib.suppress(OSError):
        while said := peer.recv(1024):
            peer.sendall(said)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """In front of a server that echoes."""
    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        with Proxy(listener.getsockname()[1]) as running:
            yield running
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@contextlib.contextmanager
def talking(proxy: Proxy) -> Iterator[socket.socket]:
    """A connection that works."""
    with socket.create_connection((HOST, proxy.port), timeout=10) as wire:
        assert b"hello" == said(wire, b"hello")
        yield wire


def said(wire: socket.socket, word: bytes) -> bytes:
    wire.sendall(word)
    return wire.recv(1024)


def test_what_is_said_passes_and_an_end_is_told(proxy: Proxy) -> None:
    """In both directions, and the end of one side reaches the other."""
    with talking(proxy) as wire:
        wire.shutdown(socket.SHUT_WR)
        assert b"" == wire.recv(1024)


def test_a_reset_ends_what_there_is_and_new_connections_work(proxy: Proxy) -> None:
    """RST, seen as such."""
    with talking(proxy) as wire:
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            wire.recv(1024)
    with talking(proxy):
        assert 1 == proxy.done["reset"]


def test_a_half_open_connection_is_silent_and_new_ones_work(proxy: Proxy) -> None:
    """Nothing comes and nobody is told, until the router wakes up."""
    with talking(proxy) as wire:
        proxy.half_open()
        wire.settimeout(NOTHING)
        with talking(proxy), pytest.raises(TimeoutError):
            said(wire, b"anybody?")
        wire.settimeout(10)
        proxy.heal()
        with pytest.raises(ConnectionResetError):
            wire.recv(1024)


def test_a_blackhole_takes_new_connections_and_answers_nobody(proxy: Proxy) -> None:
    """Connecting works; that is all."""
    proxy.blackhole()
    with socket.create_connection((HOST, proxy.port), timeout=10) as wire:
        wire.settimeout(NOTHING)
        with pytest.raises(TimeoutError):
            said(wire, b"anybody?")
    proxy.heal()
    with talking(proxy):
        assert proxy.done["blackhole"]


def test_refused_connections_are_reset_at_once(proxy: Proxy) -> None:
    """Those that there are go on."""
    with talking(proxy) as old:
        proxy.refuse()
        # The reset may overtake the end of the handshake, and then it is connecting that fails.
        with pytest.raises(ConnectionResetError), socket.create_connection((HOST, proxy.port), timeout=10) as wire:
            wire.recv(1024)
        assert b"still there" == said(old, b"still there")


def test_a_delay_loses_nothing(proxy: Proxy) -> None:
    """Slow is not broken."""
    with talking(proxy) as wire:
        proxy.delay(0.05)
        assert b"slowly" == said(wire, b"slowly")
