"""A bounded POST: so many seconds, so many bytes, one try, and what went over the wire is kept."""

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import requests
from urllib3.exceptions import HTTPError

from worker.engine.ports import Clock, Exchange
from worker.soap.deadline import Call, Phase, calling
from worker.soap.faults import TransportFault
from worker.soap.identity import trusting
from worker.soap.proxy import Proxy
from worker.soap.wire import session

#: What is kept of an answer that was too large: enough to see what it was.
KEPT_OF_TOO_LARGE = 64 * 1024

#: The server ended the handshake because of the certificate that we showed. In TLS 1.3 our side learns that only after
#: it has written the request, but a server reads nothing of a connection that it has not agreed to.
TURNED_AWAY = "transport-certificate-refused"

_CHUNK = 64 * 1024

_OF_CERTIFICATE = re.compile("ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_|ACCESS_DENIED)")

_BEFORE = {
    Phase.NAME: "transport-name-unknown",
    Phase.CONNECT: "transport-unreachable",
    Phase.PROXY: "transport-proxy-refused",
    Phase.TLS: "transport-tls-refused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of every call, and the way out. Seconds by wall clock; bytes after decompression."""

    seconds: float = 40.0
    connect_seconds: float = 10.0
    answer_bytes: int = 2 * 1024 * 1024
    connections: int = 64
    ca_bundle: str | None = None
    proxy: Proxy | None = None

    def __post_init__(self) -> None:
        least = min(self.seconds, self.connect_seconds, self.answer_bytes, self.connections)
        if least <= 0 or self.seconds > 600:
            raise ValueError("every limit of a call is more than zero, and no call takes more than ten minutes")


Told = Callable[[datetime, datetime, datetime], None]


class _TooLarge(Exception):
    """The answer has more bytes than we are ready to hold."""


class Channel:
    """Posts to an authority. Safe for as many threads as it has connections.

    ``tls`` is for authorities that want to see who we are; by default nothing is shown. ``told`` hears of every
    answer's ``Date``, with the times at which we asked and were answered.
    """

    def __init__(
        self, clock: Clock, limits: Limits, *, tls: ssl.SSLContext | None = None, told: Told | None = None
    ) -> None:
        self._clock = clock
        self._told = told
        self.limits = limits
        tls = tls or trusting(limits.ca_bundle)
        self._session = session(tls=tls, connections=limits.connections, proxy=limits.proxy)

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        kind: str,
        shown: bytes | None = None,
        seconds: float | None = None,
    ) -> Exchange:
        """Send ``body`` once; the exchange, with whatever HTTP status came back.

        ``shown`` is what is kept of the request where it holds a secret. ``seconds`` shortens the call.

        Raises:
            TransportFault: no complete answer came back; ``left`` tells whether the request may have arrived.
        """
        began = self._clock.now()
        call = Call(min(seconds or self.limits.seconds, self.limits.seconds), self.limits.connect_seconds)
        received = bytearray()
        kept = _Kept(kind, url, began, body if shown is None else shown)
        try:
            with calling(call):
                status, dated = self._exchange(call, url, body, headers, received)
        except (requests.RequestException, HTTPError, OSError, _TooLarge) as fault:
            slug = _slug(call, fault)
            left = call.left and slug != TURNED_AWAY
            exchange = kept.exchange(self._clock.now(), bytes(received) or None, None, slug)
            # From None: what the libraries say may quote the request.
            raise TransportFault(slug, left=left, exchange=exchange, detail=type(fault).__name__) from None
        ended = self._clock.now()
        if self._told and dated and status == HTTPStatus.OK:  # whoever writes error pages has a clock of his own
            self._told(dated, began, ended)
        return kept.exchange(ended, bytes(received), status, None)

    def _exchange(
        self, call: Call, url: str, body: bytes, headers: Mapping[str, str], received: bytearray
    ) -> tuple[int, datetime | None]:
        response = self._session.post(
            url,
            data=body,
            headers={"Accept-Encoding": "identity", "User-Agent": "cancela", **headers},
            allow_redirects=False,
            stream=True,
            timeout=call.remaining(),
        )
        try:
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                self._take(chunk, received)
        except BaseException:
            response.raw.close()
            raise
        response.raw.release_conn()
        return response.status_code, _date(response.headers.get("Date"))

    def _take(self, chunk: bytes, received: bytearray) -> None:
        received += chunk
        if len(received) > self.limits.answer_bytes:
            del received[KEPT_OF_TOO_LARGE:]
            raise _TooLarge


@dataclass(frozen=True, slots=True)
class _Kept:
    """The half of an exchange that is known before the answer."""

    kind: str
    url: str
    began: datetime
    sent: bytes

    def exchange(self, ended: datetime, received: bytes | None, status: int | None, fault: str | None) -> Exchange:
        return Exchange(
            kind=self.kind,
            url=self.url,
            started_at=self.began,
            ended_at=ended,
            sent=self.sent,
            received=received,
            http_status=status,
            fault=fault,
        )


def _date(header: str | None) -> datetime | None:
    """The server's time, to the second; None where it says none that makes sense."""
    try:
        said = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _slug(call: Call, fault: Exception) -> str:
    if isinstance(fault, _TooLarge):
        return "answer-too-large"
    if any(isinstance(cause, ssl.SSLError) and _OF_CERTIFICATE.search(cause.reason or "") for cause in _causes(fault)):
        return TURNED_AWAY
    if not call.left:
        return _BEFORE[call.phase]
    late = (TimeoutError, requests.Timeout)
    return "transport-timeout" if any(isinstance(cause, late) for cause in _causes(fault)) else "transport-broken"


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """A fault and everything that it was wrapped around, as the libraries nest it."""
    waiting, seen = [fault], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]
