"""Connections that obey the current call's deadline, and a session that does nothing by itself.

``requests`` and ``urllib3`` know time limits per socket operation only: a server that drips a byte a second holds a
worker for ever. Here every single receive gets what is left of the call's time, in headers and body alike.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from worker.soap.deadline import Phase, current
from worker.soap.proxy import Proxy

#: A kept connection that was quiet for longer is not used again: servers close idle ones, and a request written into
#: a closing connection has an unknown fate, which costs a consult.
IDLE_SECONDS = 4.0

#: Addresses of one name that are tried.
ADDRESSES = 4


class _PunctualReader(io.RawIOBase):
    """Reads from a socket, giving each receive no more than what is left of the call."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(current().remaining())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _PunctualResponse(http.client.HTTPResponse):
    """An HTTP response whose status line, headers and body all come through the punctual reader."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_PunctualReader(sock))


class _Connection(HTTPConnection):
    """Plain HTTP. Notes in the call how far it came, so that "nothing left" is a proof and not a guess."""

    response_class = _PunctualResponse
    _quiet_since = 0.0

    def _new_conn(self) -> socket.socket:
        call = current()
        call.phase = Phase.NAME
        addresses = self._resolved(call.connecting())
        call.phase = Phase.CONNECT
        for last, address in enumerate(addresses, start=1 - len(addresses)):
            try:
                sock = create_connection(address, timeout=call.connecting(), socket_options=self.socket_options)
            except TimeoutError as fault:
                if last == 0:
                    raise ConnectTimeoutError(self, "connecting took too long") from fault
            except OSError as fault:
                if last == 0:
                    raise NewConnectionError(self, type(fault).__name__) from fault
            else:
                call.phase = Phase.TLS
                sock.settimeout(call.connecting())  # the handshake's share
                return sock
        raise NewConnectionError(self, "the name has no address")

    def _resolved(self, seconds: float) -> list[tuple[str, int]]:
        """The name's addresses. The resolver knows no time limit, so it works beside us and may be left behind."""
        found: list[tuple[str, int]] = []
        failed: list[socket.gaierror] = []

        def resolve() -> None:
            try:
                infos = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
                found.extend(dict.fromkeys((str(info[4][0]), int(info[4][1])) for info in infos))
            except (OSError, UnicodeError) as fault:
                failed.append(socket.gaierror(socket.EAI_NONAME, type(fault).__name__))

        resolver = threading.Thread(target=resolve, name="resolve", daemon=True)
        resolver.start()
        resolver.join(seconds)
        if resolver.is_alive() or failed:
            cause = failed[0] if failed else socket.gaierror(socket.EAI_AGAIN, "no answer in time")
            raise NameResolutionError(self.host, self, cause)
        return found[:ADDRESSES]

    def _tunnel(self) -> None:
        """Ask the proxy for the way through. What it hears of us is the authority's name and its own password."""
        call = current()
        call.phase = Phase.PROXY
        super()._tunnel()
        call.phase = Phase.TLS
        self.sock.settimeout(call.connecting())

    def send(self, data: Any) -> None:
        call = current()
        if self.sock is None:
            self.connect()
        self.sock.settimeout(call.remaining())
        if call.phase is not Phase.PROXY:
            call.phase = Phase.SENT
        super().send(data)

    def getresponse(self) -> Any:
        response = super().getresponse()
        self._quiet_since = time.monotonic()
        return response

    @property
    def is_connected(self) -> bool:
        return super().is_connected and time.monotonic() - self._quiet_since < IDLE_SECONDS


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    """No retries; one verified TLS context for all connections (making one costs 20 ms)."""

    def __init__(self, tls: ssl.SSLContext, connections: int) -> None:
        self._tls = tls
        super().__init__(pool_connections=connections, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """The same connections, through a proxy."""
        manager = super().proxy_manager_for(proxy, ssl_context=self._tls, **proxy_kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The context verifies; there is no way to ask it not to."""
        conn.cert_reqs = "CERT_REQUIRED"


def session(*, tls: ssl.SSLContext, connections: int, proxy: Proxy | None = None) -> requests.Session:
    """A session without proxies, netrc, cookies, retries or redirects of its own.

    ``connections`` is how many are kept per host and must not be less than the threads that share the session.
    """
    adapter = _Adapter(tls, connections)
    made = requests.Session()
    made.trust_env = False
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    if proxy is not None:
        made.proxies = {"http": proxy.address(), "https": proxy.address()}
    return made
