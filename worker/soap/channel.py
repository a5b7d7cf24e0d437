"""A bounded POST: so many seconds, so many bytes, one try, and what went over the wire is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import requests
from urllib3.exceptions import HTTPError

from worker.engine.ports import Clock, Exchange
from worker.soap.deadline import Call, Phase, calling
from worker.soap.faults import TransportFault
from worker.soap.wire import session

#: What is kept of an answer that was too large: enough to see what it was.
KEPT_OF_TOO_LARGE = 64 * 1024

_CHUNK = 64 * 1024

_BEFORE = {
    Phase.NAME: "transport-name-unknown",
    Phase.CONNECT: "transport-unreachable",
    Phase.TLS: "transport-tls-refused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of every call. Seconds by wall clock; bytes after decompression."""

    seconds: float = 40.0
    connect_seconds: float = 10.0
    answer_bytes: int = 2 * 1024 * 1024
    connections: int = 64
    ca_bundle: str | None = None

    def __post_init__(self) -> None:
        least = min(self.seconds, self.connect_seconds, self.answer_bytes, self.connections)
        if least <= 0 or self.seconds > 600:
            raise ValueError("every limit of a call is more than zero, and no call takes more than ten minutes")


class _TooLarge(Exception):
    """The answer has more bytes than we are ready to hold."""


class Channel:
    """Posts to an authority. Safe for as many threads as it has connections."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self.limits = limits
        self._session = session(ca_bundle=limits.ca_bundle, connections=limits.connections)

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
                status = self._exchange(call, url, body, headers, received)
        except (requests.RequestException, HTTPError, OSError, _TooLarge) as fault:
            slug = _slug(call, fault)
            exchange = kept.exchange(self._clock.now(), bytes(received) or None, None, slug)
            # From None: what the libraries say may quote the request.
            raise TransportFault(slug, left=call.left, exchange=exchange, detail=type(fault).__name__) from None
        return kept.exchange(self._clock.now(), bytes(received), status, None)

    def _exchange(self, call: Call, url: str, body: bytes, headers: Mapping[str, str], received: bytearray) -> int:
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
        return response.status_code

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


def _slug(call: Call, fault: Exception) -> str:
    if isinstance(fault, _TooLarge):
        return "answer-too-large"
    if not call.left:
        return _BEFORE[call.phase]
    late = (TimeoutError, requests.Timeout)
    causes = (fault, fault.__cause__, fault.__context__, *fault.args)
    return "transport-timeout" if any(isinstance(cause, late) for cause in causes) else "transport-broken"
