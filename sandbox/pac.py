"""The PAC's stand-in: takes signed requests, answers with the documented codes, tells the status of a transaction."""

import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox import soap
from sandbox.account import Account
from sandbox.acuse import receipt
from sandbox.documents import Document
from sandbox.faults import FaultBook, Operation
from sandbox.judge import Request, is_uuid, judge
from sandbox.replies import TurnedAway, reply
from sandbox.trust import Trust
from sandbox.truth import World
from sandbox.wire import Conversation, answer
from sandbox.wsdl import PARAMETERS, RETURNS, STATUS, SUBMIT, Naming, description

_MEXICO = ZoneInfo("America/Mexico_City")
_OPERATIONS: dict[str, Operation] = {SUBMIT: "submit", STATUS: "status"}
Told = dict[str, str | None]
"""The fields of an answer; None is written as nil."""


class Pac:
    """Serves the two operations on a SOAP 1.1 and a SOAP 1.2 port, and their description on ``?wsdl``.

    ``before_answer`` is awaited between the registration of a request and its answer.
    """

    def __init__(
        self, world: World, faults: FaultBook, account: Account, trust: Trust, naming: Naming | None = None
    ) -> None:
        self.world, self.faults, self.account, self.trust = world, faults, account, trust
        self.naming = naming or Naming()
        self.before_answer: Callable[[Document], Awaitable[None]] = _at_once

    def routes(self) -> list[web.RouteDef]:
        """Where it listens."""
        names = self.naming
        paths: list[tuple[str, soap.Version | None]] = [
            (names.path(names.port11), "1.1"),
            (names.path(names.port12), "1.2"),
            (f"/ws/services/{names.service}", None),
        ]
        return [
            route
            for path, version in paths
            for each in {path, path.rstrip("/")}
            for route in (web.post(each, self._port(version)), web.get(each, self._describe))
        ]

    async def _describe(self, request: web.Request) -> web.Response:
        if "wsdl" not in request.query:
            raise web.HTTPMethodNotAllowed("GET", ["POST"])
        base = f"{request.scheme}://{request.host}"
        return web.Response(body=description(self.naming, base), content_type="text/xml")

    def _port(self, version: soap.Version | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                call = self._understood(await request.read(), version)
            except soap.SoapFault as fault:
                spoken = version or "1.1"
                body, kind = soap.fault(spoken, str(fault)), soap.CONTENT_TYPES[spoken]
                return web.Response(body=body, status=500, content_type=kind, charset="utf-8")
            wrong = self.faults.take(_OPERATIONS[call.operation], _document_of(call))
            return await answer(request, wrong, self._conversation(call))

        return handle

    def _understood(self, body: bytes, version: soap.Version | None) -> soap.Call:
        call = soap.read(body)
        if version not in (None, call.version):
            raise soap.SoapFault("The message is of another SOAP version than this endpoint")
        if call.operation not in _OPERATIONS or call.namespace != self.naming.namespace:
            raise soap.SoapFault("The endpoint reference (EPR) for the Operation not found")
        return call

    def _conversation(self, call: soap.Call) -> Conversation:
        async def act(alias: str | None) -> bytes:
            told = await self._submit(call) if call.operation == SUBMIT else self._status(call)
            if alias:
                told = self._about(alias, told)
            return self._written(call, told)

        return Conversation(
            act,
            lambda code: self._written(call, {"mensaje": reply(code), "status": str(code)}),
            soap.fault(call.version, reply(500)),
            soap.CONTENT_TYPES[call.version],
        )

    async def _submit(self, call: soap.Call) -> Told:
        signed = b""
        try:
            self._admit(call)
            signed = _decoded(call.text("solicitud"))
            asked = self._judged(signed)
        except TurnedAway as refusal:
            self.world.stray(hashlib.sha256(signed).hexdigest(), refusal.code, refusal.text)
            return {"mensaje": refusal.text, "status": str(refusal.code)}
        uuid, email = asked.folios[0].uuid, call.text("emailNotifica") or ""
        code = self.world.submit(uuid, asked.issuer, hashlib.sha256(signed).hexdigest(), email)
        if code in (200, 211):
            await self.before_answer(self.world.document(uuid))
        return {"mensaje": uuid.lower() if code == 200 else reply(code), "status": str(code)}

    def _judged(self, signed: bytes) -> Request:
        asked = judge(signed, now=self.world.clock.now(), trust=self.trust)
        if len(asked.folios) != 1:
            raise TurnedAway(621, "una transacción lleva un solo folio")
        return asked

    def _status(self, call: soap.Call) -> Told:
        try:
            self._admit(call)
            uuid = _transaction(call)
        except TurnedAway as refusal:
            return {"acuseSat": None, "mensaje": refusal.text, "status": str(refusal.code)}
        standing = self.world.status(uuid)
        told: Told = {"acuseSat": None, "mensaje": reply(standing.code), "status": str(standing.code)}
        if standing.acuse:
            told |= self._receipt(uuid, standing.acuse, standing.issuer, standing.style)
        return told

    def _admit(self, call: soap.Call) -> None:
        order = [f"{{{self.naming.namespace}}}{name}" for name, _kind in PARAMETERS[call.operation]]
        given = [tag for tag, _text in call.parameters]
        if any(tag not in order for tag in given) or given != sorted(given, key=order.index):
            raise TurnedAway(611)
        self.account.admit(call.text("usuario"), call.text("password"))

    def _receipt(self, uuid: str, estatus: str, issuer: str, style: str) -> Told:
        at: datetime = self.world.clock.now().astimezone(_MEXICO)
        acuse, words = receipt(uuid.upper(), estatus, issuer, at, style)
        told: Told = {"acuseSat": base64.b64encode(acuse).decode() if acuse else None}
        return told | ({"mensaje": words} if words else {})

    def _about(self, alias: str, told: Told) -> Told:
        if "acuseSat" not in told:
            return told | {"mensaje": alias.lower()}
        return told | self._receipt(alias, "201", "AAA010101AAA", "bare")

    def _written(self, call: soap.Call, told: Told) -> bytes:
        fields = "".join(
            f'<ax:{name} xsi:nil="true"/>' if text is None else f"<ax:{name}>{escape(text)}</ax:{name}>"
            for name, text in told.items()
        )
        return soap.envelope(
            call.version,
            f'<ns:{call.operation}Response xmlns:ns="{self.naming.namespace}" xmlns:ax="{self.naming.beans}" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f'<ns:return xsi:type="ax:{RETURNS[call.operation]}">{fields}</ns:return></ns:{call.operation}Response>',
        )


async def _at_once(_document: Document) -> None:
    return None


def _transaction(call: soap.Call) -> str:
    uuid = call.text("transactionId") or ""
    if not is_uuid(uuid):
        raise TurnedAway(1803 if uuid else 611)
    return uuid


def _decoded(text: str | None) -> bytes:
    if not text:
        raise TurnedAway(611, "solicitud")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as fault:
        raise TurnedAway(621, "solicitud no es base64") from fault


def _document_of(call: soap.Call) -> str | None:
    """The UUID that a call is about, as far as it can be seen without judging; faults are chosen by it."""
    if call.operation == STATUS:
        return (call.text("transactionId") or "").strip() or None
    try:
        signed = _decoded(call.text("solicitud")).decode("utf-8", "replace")
    except TurnedAway:
        return None
    _before, _mark, rest = signed.partition(' UUID="')
    return rest[:36].upper() or None
