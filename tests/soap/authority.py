"""A server that answers each request with what the test has laid ready, down to single bytes on the socket."""

import os
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import BinaryIO, Self

from tests.services.certificates import Chain

NOON = datetime(2026, 11, 20, 18, tzinfo=UTC)


@dataclass
class SetClock:
    """A clock that stands where the test puts it."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Heard:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


Act = Callable[[socket.socket, threading.Event], None]
"""What the server does with the socket; the event is set when the test is over."""


def answer(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Act:
    """A complete HTTP answer."""

    def act(sock: socket.socket, over: threading.Event) -> None:
        lines = {"Content-Type": "text/xml", "Content-Length": str(len(body))} | (headers or {})
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        sock.sendall(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body)

    return act


def raw(*pieces: bytes) -> Act:
    """These bytes, then the end of the connection."""

    def act(sock: socket.socket, over: threading.Event) -> None:
        for piece in pieces:
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_RDWR)

    return act


def drip(start: bytes, drop: bytes = b"x") -> Act:
    """``start``, then a drop every few milliseconds for as long as the test lasts."""

    def act(sock: socket.socket, over: threading.Event) -> None:
        sock.sendall(start)
        while not over.wait(0.01):
            sock.sendall(drop)

    return act


def mute(sock: socket.socket, over: threading.Event) -> None:
    """Say nothing until the test is over."""
    over.wait()


def cut(sock: socket.socket, over: threading.Event) -> None:
    """Reset the connection without a byte."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    os.close(sock.detach())


@dataclass
class AuthorityServer:
    """On loopback; ``acts`` are used up in order, the last one stays. ``heard`` keeps the requests."""

    chain: Chain | None = None
    acts: list[Act] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    #: PEM files of certificate and key, where ``chain`` is given.
    chain_files: tuple[str, str] = ("", "")
    #: PEM file of the authority whose certificates callers must show.
    callers: str | None = None

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._socks: list[socket.socket] = []
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._socks:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            finally:
                sock.close()
        for thread in self._threads:
            thread.join()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http{'s' if self.chain else ''}://localhost:{self._listener.getsockname()[1]}/ws"

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._socks.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            if self.chain:
                sock = self._over_tls(sock)
                self._socks.append(sock)
            with sock.makefile("rb") as file:
                while (line := file.readline()) and not self._over.is_set():
                    self.heard.append(_request(line, file))
                    act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
                    act(sock, self._over)
        except (OSError, ValueError):
            pass
        finally:
            sock.close()

    def _over_tls(self, sock: socket.socket) -> socket.socket:
        assert self.chain is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.chain_files)
        if self.callers:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.callers)
        return context.wrap_socket(sock, server_side=True)


def _request(line: bytes, file: BinaryIO) -> Heard:
    headers: dict[str, str] = {}
    while header := file.readline().strip():
        name, _, value = header.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = file.read(int(headers.get("content-length", "0")))
    return Heard(line.decode().strip(), headers, body)
