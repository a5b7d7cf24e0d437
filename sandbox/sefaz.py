"""SEFAZ's stand-in for DC-e: takes signed events over SOAP 1.2, tells what became of a DC-e, and how the service is."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from cryptography import x509

from sandbox import sefaz_answers as answers
from sandbox import sefaz_envelope as envelope
from sandbox import sefaz_schema as schema
from sandbox.faults import FaultBook, Operation
from sandbox.sefaz_codes import Rejected, words
from sandbox.sefaz_judge import Cancellation, judge
from sandbox.sefaz_key import check
from sandbox.sefaz_key import key as made_key
from sandbox.sefaz_manners import Consumption
from sandbox.sefaz_register import Register, Sight
from sandbox.sefaz_trust import Belief
from sandbox.soap import SoapFault
from sandbox.truth import World
from sandbox.wire import Conversation, answer

ENVIRONMENTS = {"/dce": "2", "/producao/dce": "1"}
"""The path of each environment's services, with its ``tpAmb``."""
OTHER_KEY = made_key(number=999_999_999)
"""The DC-e that mixed-up answers speak of."""

_OPERATIONS: dict[str, Operation] = {
    "DCeRecepcaoEvento": "event",
    "DCeConsulta": "query",
    "DCeStatusServico": "service",
}
_KEY = re.compile(rb"<chDCe>([0-9A-Z]{44})</chDCe>")


@dataclass(frozen=True, slots=True)
class Call:
    """One message that arrived: at which service of which environment, from whom (the TLS client's certificate)."""

    service: str
    environment: str
    body: bytes
    client: x509.Certificate

    @property
    def key(self) -> str | None:
        """The DC-e that it is about, as far as it can be seen without judging; faults are chosen by it."""
        found = _KEY.search(self.body)
        return found[1].decode() if found else None


@dataclass(frozen=True, slots=True)
class Told:
    """An answer's content, and how it is wrapped."""

    content: str
    prefix: str = "env"
    escaped: bool = False


class Sefaz:
    """Serves the three services under each path of ``ENVIRONMENTS``; ``world`` takes down what was turned away."""

    def __init__(self, world: World, register: Register, faults: FaultBook, belief: Belief) -> None:
        self.world, self.register, self.faults, self.belief = world, register, faults, belief
        self.clock, self.manners = world.clock, register.manners
        self.consumption = Consumption(world.clock, register.manners)
        self._answers = {"event": self._event, "query": self._query, "service": self._service}

    def routes(self) -> list[web.RouteDef]:
        """Where it listens."""
        return [
            web.post(f"{path}/{service}", self._port(service, environment))
            for path, environment in ENVIRONMENTS.items()
            for service in _OPERATIONS
        ]

    def _port(self, service: str, environment: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            call = Call(service, environment, await request.read(), _client(request))
            try:
                headers = request.headers
                envelope.check_headers(service, headers.get("Content-Type", ""), headers.get("Content-Encoding", ""))
                self._understood(call)
            except SoapFault as fault:
                return web.Response(
                    body=envelope.fault(str(fault), blames="Sender"), status=500, content_type=envelope.CONTENT_TYPE
                )
            return await answer(request, self.faults.take(_OPERATIONS[service], call.key), self._conversation(call))

        return handle

    def _understood(self, call: Call) -> None:
        """Raises ``SoapFault`` for a call that no service can answer in its own words."""
        try:
            envelope.check_envelope(call.service, call.body)
            envelope.cut(call.body)
        except Rejected:
            return

    def _conversation(self, call: Call) -> Conversation:
        async def act(alias: str | None) -> bytes:
            told = self._answers[_OPERATIONS[call.service]](call)
            written = envelope.enveloped(call.service, told.content, prefix=told.prefix, escaped=told.escaped)
            return written.replace((call.key or "").encode(), OTHER_KEY.encode()) if alias and call.key else written

        return Conversation(
            act,
            lambda code: envelope.enveloped(call.service, self._refused(call, code, words(code))),
            envelope.fault("Internal error"),
            envelope.CONTENT_TYPE,
        )

    def _event(self, call: Call) -> Told:
        message, cnpj = b"", ""
        try:
            cnpj, message = self._admitted(call)
            asked = self._judged(call, message, cnpj)
        except Rejected as refusal:
            code = refusal.code(self.manners.family)
            self.world.stray(hashlib.sha256(message).hexdigest(), code, refusal.text)
            return self._rejected(call, cnpj, refusal)
        style = self.register.dce(asked.event.key).event_style
        try:
            done = self.register.submit(asked, message, call.environment)
        except Rejected as refusal:
            return self._rejected(call, cnpj, refusal)
        content = answers.styled(done.answer, style, done.protocol)
        return Told(content, "soap" if style == "identified" else "env", escaped=style == "escaped")

    def _judged(self, call: Call, message: bytes, cnpj: str) -> Cancellation:
        now = self.clock.now()
        return judge(message, transmitter=cnpj, environment=call.environment, now=now, belief=self.belief)

    def _rejected(self, call: Call, cnpj: str, refusal: Rejected) -> Told:
        if cnpj and refusal.reason not in ("throttled", "paused", "paused-open-end"):
            self.consumption.rejected(cnpj, call.key or "", refusal.code(self.manners.family))
        return self._turned_away(call, refusal)

    def _query(self, call: Call) -> Told:
        try:
            sight = self._seen(call)
        except Rejected as refusal:
            return self._turned_away(call, refusal)
        events = [answers.proof(each, sight.style) for each in sight.events]
        now, text = self.clock.now(), words(sight.code)
        content = answers.situation(call.environment, sight.code, text, now, sight.dce.key, sight.dce, events)
        return Told(content, escaped=sight.style == "escaped")

    def _seen(self, call: Call) -> Sight:
        cnpj, message = self._admitted(call)
        environment, key = schema.query(schema.parsed(message))
        self._of_environment(call, environment)
        check(key, self.clock.now().year)
        if self.consumption.queried(cnpj, key):
            raise Rejected("throttled")
        return self.register.look(key, cnpj)

    def _service(self, call: Call) -> Told:
        try:
            self._transmitter(call)
            envelope.check_envelope(call.service, call.body)
            self._of_environment(call, schema.status(schema.parsed(envelope.cut(call.body))))
        except Rejected as refusal:
            return self._turned_away(call, refusal)
        code = self.manners.paused or 107
        return Told(self._refused(call, code, words(code)))

    def _of_environment(self, call: Call, environment: str) -> None:
        if environment != call.environment:
            raise Rejected("environment")

    def _turned_away(self, call: Call, refusal: Rejected) -> Told:
        return Told(self._refused(call, refusal.code(self.manners.family), refusal.text))

    def _admitted(self, call: Call) -> tuple[str, bytes]:
        """The CNPJ of the TLS client and the message. Raises ``Rejected`` (groups A to D)."""
        cnpj = self._transmitter(call)
        if len(call.body) > envelope.LIMIT:
            raise Rejected("too-large")
        if self.manners.paused:
            raise Rejected("paused" if self.manners.paused == 108 else "paused-open-end")
        envelope.check_envelope(call.service, call.body)
        return cnpj, envelope.cut(call.body)

    def _transmitter(self, call: Call) -> str:
        cnpj = self.belief.check(call.client, "transmitter", self.clock.now())
        if self.consumption.silenced(cnpj):
            raise Rejected("throttled")
        return cnpj

    def _refused(self, call: Call, code: int, text: str) -> str:
        """An answer that tells a code and nothing else, in the form of the service that was called."""
        now, after = self.clock.now(), self.manners.returns_after
        match _OPERATIONS[call.service]:
            case "event":
                return answers.rejected(call.environment, code, text)
            case "query":
                return answers.situation(call.environment, code, text, now, call.key or OTHER_KEY)
            case _:
                closed = code in (108, 109)
                returns = now + timedelta(seconds=after) if closed and after is not None else None
                return answers.service(call.environment, code, text, now, returns, self.manners.remark)


def _client(request: web.Request) -> x509.Certificate:
    """The certificate that the TLS client has shown; the handshake demands one."""
    tls = request.get_extra_info("ssl_object")
    return x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))
