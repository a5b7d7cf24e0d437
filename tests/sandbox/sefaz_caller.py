"""A raw client of SEFAZ's stand-in: speaks SOAP 1.2 over mutual TLS and sees what really comes over the wire."""

import ssl
import tempfile
from dataclasses import dataclass
from http.client import HTTPSConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from sandbox.certificates_br import EMITTER, Leaf
from sandbox.sefaz_envelope import OPERATIONS, namespace
from sandbox.sefaz_key import key
from sandbox.server import Sandbox
from tests.sandbox.events import DCE, Draft, brazilian, signed

PROTOCOL = "1352600000000200"
SECONDS = 10.0


@dataclass(frozen=True)
class Heard:
    """What came back: HTTP status, headers, the first text of every leaf by local name, and the bytes."""

    http: int
    headers: dict[str, str]
    fields: dict[str, str]
    body: bytes

    @property
    def code(self) -> int:
        """The first cStat."""
        return int(self.fields["cStat"])

    @property
    def text(self) -> str:
        """The whole body."""
        return self.body.decode()


def tls(ca_file: Path, leaf: Leaf | None, *, alone: bool = False) -> ssl.SSLContext:
    """A client's context: trusts ``ca_file``, shows the certificate with its intermediate, or ``alone``."""
    context = ssl.create_default_context(cafile=str(ca_file))
    if leaf is not None:
        with tempfile.NamedTemporaryFile() as file:
            file.write((leaf.pem if alone else leaf.chain_pem) + leaf.key_pem)
            file.flush()
            context.load_cert_chain(file.name)
    return context


class SefazCaller:
    """Calls SEFAZ as one company."""

    def __init__(self, sandbox: Sandbox, leaf: Leaf) -> None:
        self.sandbox, self.leaf, self.patience = sandbox, leaf, SECONDS
        self.context = tls(sandbox.sefaz_ca_file, leaf)
        self.base = sandbox.sefaz_url
        self._numbers = count(1)

    def plan(self, life: str = "cancellable", *, of: str = EMITTER, **more: Any) -> str:
        """Admits a DC-e with this life and tells its key."""
        made = key(month=f"{self.sandbox.clock.now():%y%m}", cnpj=of, number=next(self._numbers))
        plan = {"key": made, "protocol": PROTOCOL, "life": life, "query_style": "flat", **more}
        self.sandbox.register.admit([plan])
        return made

    def wrong(self, operation: str, kind: str, **more: Any) -> None:
        """This shall go wrong."""
        self.sandbox.faults.plan([{"operation": operation, "kind": kind, **more}])

    def draft(self, of: str, **more: Any) -> Draft:
        """A good event, dated now."""
        return Draft(of, brazilian(self.sandbox.clock.now()), protocol=PROTOCOL).but(**more)

    def event(self, of: str, message: bytes | None = None, **more: Any) -> Heard:
        """Asks for the cancellation of this DC-e."""
        return self.call("DCeRecepcaoEvento", signed(self.leaf, self.draft(of, **more)) if message is None else message)

    def query(self, of: str, environment: str = "2") -> Heard:
        """Asks what became of it."""
        content = f"<tpAmb>{environment}</tpAmb><xServ>CONSULTAR</xServ><chDCe>{of}</chDCe>"
        return self.call("DCeConsulta", f'<consSitDCe xmlns="{DCE}" versao="1.00">{content}</consSitDCe>'.encode())

    def service(self) -> Heard:
        """Asks how the service is."""
        content = "<tpAmb>2</tpAmb><cUF>41</cUF><xServ>STATUS</xServ>"
        message = f'<consStatServDCe xmlns="{DCE}" versao="1.00">{content}</consStatServDCe>'
        return self.call("DCeStatusServico", message.encode())

    def call(self, service: str, message: bytes) -> Heard:
        """One message in a good envelope."""
        around = (
            f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
            f'<n:dceDadosMsg xmlns:n="{namespace(service)}">|</n:dceDadosMsg></s:Body></s:Envelope>'
        )
        before, _mark, after = around.encode().partition(b"|")
        return self.post(service, before + message + after)

    def post(self, service: str, body: bytes, **headers: str) -> Heard:
        """One body, on a connection of its own; faults of the wire come as ``http.client`` and ``ssl`` see them."""
        action = f"{namespace(service)}/{OPERATIONS[service]}"
        sent = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'} | headers
        place = urlsplit(self.base)
        wire = HTTPSConnection(str(place.hostname), place.port, timeout=self.patience, context=self.context)
        try:
            wire.request("POST", f"{place.path}/{service}", body, sent)
            response = wire.getresponse()
            return heard(response.status, dict(response.getheaders()), response.read())
        finally:
            wire.close()


def heard(http: int, headers: dict[str, str], body: bytes) -> Heard:
    """The answer, read by local names; the first of a name counts."""
    root = etree.fromstring(body)
    fields: dict[str, str] = {}
    for each in root.iter():
        if isinstance(each.tag, str) and not len(each):
            fields.setdefault(etree.QName(each).localname, each.text or "")
    return Heard(http, headers, fields, body)
