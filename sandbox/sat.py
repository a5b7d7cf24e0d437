"""SAT's public status service: says of a document what anybody may know who has its printed expression."""

import re
from decimal import Decimal
from html import unescape
from xml.sax.saxutils import escape

from aiohttp import web

from sandbox import soap
from sandbox.faults import FaultBook
from sandbox.judge import is_uuid
from sandbox.lives import SatView
from sandbox.truth import World
from sandbox.wire import Conversation, answer

ACTION = "http://tempuri.org/IConsultaCFDIService/Consulta"
_TEMPURI = "http://tempuri.org/"
_DATA = "http://schemas.datacontract.org/2004/07/Sat.Cfdi.Negocio.ConsultaCfdi.Servicio"
_FOUND = "S - Comprobante obtenido satisfactoriamente."
_NOT_VALID = "N - 601: La expresión impresa proporcionada no es válida."
_NOT_FOUND = "N - 602: Comprobante no encontrado."
_TOTAL = re.compile(r"\d{1,18}(\.\d{1,6})?")


class Sat:
    """Serves ``Consulta`` over SOAP 1.1, without authentication."""

    def __init__(self, world: World, faults: FaultBook) -> None:
        self.world, self.faults = world, faults

    def routes(self) -> list[web.RouteDef]:
        """Where it listens."""
        return [web.post("/ConsultaCFDIService.svc", self._handle)]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            call = _understood(await request.read(), request.headers.get("SOAPAction", ""))
        except soap.SoapFault as fault:
            body = soap.fault("1.1", str(fault))
            return web.Response(body=body, status=500, content_type="text/xml", charset="utf-8")
        asked = facts(call.text("expresionImpresa") or "")
        wrong = self.faults.take("sat", asked.get("id"))

        async def act(_alias: str | None) -> bytes:
            return self._consulted(asked)

        silent = _written("", SatView(estado="", cancelable="", found=False))
        talk = Conversation(act, lambda _code: silent, soap.fault("1.1", "Internal error"), "text/xml")
        return await answer(request, wrong, talk)

    def _consulted(self, asked: dict[str, str]) -> bytes:
        missing = {"id", "re", "rr", "tt"} - set(asked)
        if missing or not is_uuid(asked["id"]) or not _TOTAL.fullmatch(asked["tt"]):
            return _written(_NOT_VALID, SatView(found=False))
        view = self.world.sat_view(asked["id"], asked["re"], asked["rr"], Decimal(asked["tt"]))
        return _written(_FOUND if view.found else _NOT_FOUND, view)


def _understood(body: bytes, action: str) -> soap.Call:
    call = soap.read(body)
    if call.version != "1.1" or action.strip('"') != ACTION:
        raise soap.SoapFault("The message cannot be processed because the action is not recognized")
    if (call.namespace, call.operation) != (_TEMPURI, "Consulta"):
        raise soap.SoapFault("The message has an unexpected body")
    return call


def facts(expression: str) -> dict[str, str]:
    """The parts of a printed expression. An ``&`` that belongs to an RFC is written ``&amp;`` inside it."""
    query = expression.partition("?")[2]
    pairs = (part.partition("=") for part in re.split(r"&(?!amp;)", query))
    return {name: unescape(value) for name, mark, value in pairs if mark}


def _written(codigo: str, view: SatView) -> bytes:
    fields = {
        "CodigoEstatus": codigo,
        "EsCancelable": view.cancelable if view.found else "",
        "Estado": view.estado if view.found else "No Encontrado",
        "EstatusCancelacion": view.estatus if view.found else "",
        "ValidacionEFOS": "200" if view.found else "",
    }
    content = "".join(
        f"<a:{name}>{escape(text)}</a:{name}>" if text else f"<a:{name}/>" for name, text in fields.items()
    )
    return soap.envelope(
        "1.1",
        f'<ConsultaResponse xmlns="{_TEMPURI}"><ConsultaResult xmlns:a="{_DATA}">{content}</ConsultaResult>'
        "</ConsultaResponse>",
    )
