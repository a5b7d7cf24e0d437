"""One port of a SOAP service: zeep drafts requests from the WSDL, our channel sends them.

Answers are read by local names (``answer``), so that what is not published can't break them.

Everything that may differ from what we believe is configuration: the WSDL file, its namespaces, service, port,
SOAP version, address. Nothing is fetched at run time.
"""

import io
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import zeep as untyped_zeep
from lxml import etree
from zeep.wsdl.bindings import Soap11Binding, Soap12Binding

from worker.engine.ports import Exchange
from worker.soap.answer import Reply, SoapFault, Unreadable, body, local, parse
from worker.soap.channel import Channel
from worker.soap.faults import Misfit, TransportFault

#: zeep says py.typed and has no annotations.
zeep: Any = untyped_zeep

MASK = "***"

#: Elements of requests whose text is never kept.
SECRET_ELEMENTS = frozenset({"password", "csdKey", "csdPassword"})

#: Where a document goes into a drafted envelope.
_HOLE = "cancela-content"

_WSDL_BYTES = 4 * 1024 * 1024
_BINDINGS = {"1.1": Soap11Binding, "1.2": Soap12Binding}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Which door to knock at.

    ``port`` by name, or else the first one of SOAP version ``soap`` (``1.1`` or ``1.2``). ``endpoint`` is used instead
    of the WSDL's address, which may be empty. ``namespaces`` replaces namespace URIs inside the WSDL, old to new.
    """

    wsdl: Path
    service: str | None = None
    port: str | None = None
    soap: str | None = None
    endpoint: str | None = None
    namespaces: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Draft:
    """A request as zeep would have sent it."""

    address: str
    envelope: etree._Element
    headers: dict[str, str]


class _Drafting:
    """What zeep takes for its transport: gives it local files to read, and sends nothing."""

    def load(self, url: str) -> bytes:
        if urlsplit(url).scheme not in ("", "file"):
            raise Misfit("WSDL: wants to fetch another document")
        with Path(url.removeprefix("file://")).open("rb") as file:
            return file.read(_WSDL_BYTES)

    def post_xml(self, address: str, envelope: etree._Element, headers: dict[str, str]) -> _Draft:
        return _Draft(address, envelope, headers)


class SoapService:
    """A port to call operations of. Safe for threads.

    Raises:
        Misfit: the contract does not fit its WSDL.
    """

    def __init__(self, contract: Contract, channel: Channel) -> None:
        self._channel = channel
        settings = zeep.Settings(
            strict=True, raw_response=True, forbid_dtd=True, forbid_entities=True, forbid_external=True,
            xml_huge_tree=False, force_https=False,
        )  # fmt: skip
        try:
            client = zeep.Client(_document(contract, settings), transport=_Drafting(), settings=settings)
            port = _port(client.wsdl, contract)
            self.address = _address(contract, port)
            self._proxy = client.create_service(str(port.binding.name), self.address)
        except Misfit:
            raise
        except Exception as fault:  # whatever zeep and lxml think of a WSDL: to us it does not fit
            raise Misfit(f"WSDL: {type(fault).__name__}") from None

    def call(self, operation: str, *, seconds: float | None = None, **parameters: Any) -> Reply:
        """Call ``operation`` once; its response element, whatever the authority says in it.

        Raises:
            Misfit: the WSDL has no such operation, or one with other parameters. Nothing was sent.
            TransportFault: no answer, a SOAP fault, another HTTP status, or something unreadable.
        """
        draft = self._draft(operation, parameters)
        sent, shown = _written(draft.envelope), _masked(draft.envelope)
        exchange = self._channel.post(draft.address, sent, draft.headers, kind=operation, shown=shown, seconds=seconds)
        return reply(exchange, f"{operation}Response")

    def send(self, operation: str, content: bytes, *, seconds: float | None = None) -> Reply:
        """Call an operation whose message is one XML document, and send that document byte for byte as it is.

        For services whose message is "any element": what was signed is not written anew. ``content`` has no XML
        declaration and holds no secret. The reply is whatever element came back.

        Raises:
            Misfit, TransportFault: as ``call``.
        """
        draft = self._draft(operation, {"_value_1": etree.Element(_HOLE)})
        around = _written(draft.envelope).split(f"<{_HOLE}/>".encode())
        if len(around) != 2:
            raise Misfit(f"operation {operation}: its message does not take one document")
        sent = content.join(around)
        return reply(self._channel.post(draft.address, sent, draft.headers, kind=operation, seconds=seconds), None)

    def _draft(self, operation: str, parameters: dict[str, Any]) -> _Draft:
        try:
            draft: _Draft = self._proxy[operation](**parameters)
        except Exception as fault:
            raise Misfit(f"operation {operation}: {type(fault).__name__}") from None
        return draft


def reply(exchange: Exchange, name: str | None) -> Reply:
    """The element of that name in the body of the answer in an exchange; any element where ``name`` is None.

    Raises:
        TransportFault: it holds none; the authority may have acted all the same.
    """
    try:
        found = body(parse(exchange.received or b""))
    except Unreadable:
        known = exchange.http_status == HTTPStatus.OK
        raise _lost(
            "answer-unreadable" if known else "answer-http-status", exchange, str(exchange.http_status)
        ) from None
    if isinstance(found, SoapFault):
        raise _lost("answer-soap-fault", exchange, f"{found.code}: {found.reason}"[:500])
    if exchange.http_status != HTTPStatus.OK:
        raise _lost("answer-http-status", exchange, str(exchange.http_status))
    if name is not None and local(found) != name:
        raise _lost("answer-unreadable", exchange, "another operation's response")
    return Reply(found, exchange)


def _lost(slug: str, exchange: Exchange, detail: str) -> TransportFault:
    return TransportFault(slug, left=True, exchange=replace(exchange, fault=slug), detail=detail)


def _written(envelope: etree._Element) -> bytes:
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _masked(envelope: etree._Element) -> bytes:
    """The envelope without its secrets. Changes it: it has been written out before."""
    for element in envelope.iter(etree.Element):
        if local(element) in SECRET_ELEMENTS and element.text:
            element.text = MASK
    return _written(envelope)


def _document(contract: Contract, settings: Any) -> Any:
    """The WSDL, with the namespaces that the configuration wants, still knowing its place for relative imports."""
    path = contract.wsdl.resolve()
    text = path.read_text(encoding="utf-8")
    for old, new in contract.namespaces:
        for quote in ('"', "'"):
            text = text.replace(f"{quote}{old}{quote}", f"{quote}{new}{quote}")
    return zeep.wsdl.Document(io.BytesIO(text.encode()), _Drafting(), base=str(path), settings=settings)


def _port(wsdl: Any, contract: Contract) -> Any:
    services = wsdl.services
    service = services.get(contract.service) if contract.service else next(iter(services.values()), None)
    if service is None:
        raise Misfit(f"WSDL: no service {contract.service or ''}")
    if contract.port:
        if contract.port not in service.ports:
            raise Misfit(f"WSDL: no port {contract.port}")
        return service.ports[contract.port]
    for port in service.ports.values():
        if isinstance(port.binding, _BINDINGS.get(contract.soap or "", (Soap11Binding, Soap12Binding))):
            return port
    raise Misfit(f"WSDL: no port for SOAP {contract.soap or ''}")


def _address(contract: Contract, port: Any) -> str:
    address = contract.endpoint or (port.binding_options or {}).get("address") or ""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misfit("no endpoint: the WSDL's address is empty and none is configured")
    return str(address)
