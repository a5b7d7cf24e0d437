"""A raw client: posts SOAP and sees what really comes over the wire."""

import base64
import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from xml.sax.saxutils import escape

from lxml import etree

from sandbox import soap
from sandbox.certificates import KeyPair
from sandbox.sat import ACTION
from sandbox.server import Sandbox
from sandbox.wsdl import STATUS, SUBMIT
from tests.sandbox.signed import by_satcfdi, mexican

RFC = "EKU9003173C9"
RECEIVER = "CACX7605101P8"
SECONDS = 10.0


@dataclass(frozen=True)
class Heard:
    """What came back: the HTTP status, the fields of the answer by local name, and its bytes."""

    http: int
    fields: dict[str, str]
    body: bytes

    @property
    def code(self) -> int:
        """The operation's status."""
        return int(self.fields["status"])

    @property
    def acuse(self) -> bytes:
        """The receipt's bytes."""
        return base64.b64decode(self.fields["acuseSat"])


def post(url: str, body: bytes, headers: dict[str, str], seconds: float = SECONDS) -> tuple[int, bytes]:
    """One request on a connection of its own; lets the faults of the wire through as ``http.client`` sees them."""
    place = urlsplit(url)
    assert place.hostname
    wire = HTTPConnection(place.hostname, place.port, timeout=seconds)
    try:
        wire.request("POST", place.path, body, headers)
        response = wire.getresponse()
        return response.status, response.read()
    finally:
        wire.close()


def said(http: int, body: bytes) -> Heard:
    """The answer, read by local names."""
    root = etree.fromstring(body)
    leaves = (each for each in root.iter() if isinstance(each.tag, str) and not len(each))
    return Heard(http, {etree.QName(each).localname: each.text or "" for each in leaves}, body)


class Caller:
    """Calls PAC, SAT and control of one sandbox."""

    def __init__(self, sandbox: Sandbox, pair: KeyPair) -> None:
        self.sandbox, self.pair = sandbox, pair
        self.namespace = sandbox.naming.namespace
        self.patience = SECONDS

    def plan(self, life: str | list[str] = "accepted", **more: Any) -> str:
        """Admits a document with this life and tells its UUID."""
        uuid = str(uuid4()).upper()
        self.sandbox.world.admit([{"uuid": uuid, "issuer": RFC, "life": life, "acuse_style": "bare", **more}])
        return uuid

    def wrong(self, operation: str, kind: str, **more: Any) -> None:
        """This shall go wrong."""
        self.sandbox.faults.plan([{"operation": operation, "kind": kind, **more}])

    def request(self, uuid: str, motive: str = "02", substitute: str | None = None) -> bytes:
        """A good signed request, dated now."""
        return by_satcfdi(self.pair, uuid, mexican(self.sandbox.clock.now()), motive, substitute)

    def submit(self, uuid: str, signed: bytes | None = None, **fields: str) -> Heard:
        """Submits a request for this document."""
        solicitud = base64.b64encode(self.request(uuid) if signed is None else signed).decode()
        return self.call(SUBMIT, {"solicitud": solicitud, "emailNotifica": self.sandbox.notify} | fields)

    def status(self, uuid: str, **fields: str) -> Heard:
        """Asks the PAC what became of it."""
        return self.call(STATUS, {"transactionId": uuid} | fields)

    def call(self, operation: str, fields: dict[str, str], version: soap.Version = "1.1") -> Heard:
        """Calls an operation with the account's user and password unless others are given."""
        account = {"usuario": self.sandbox.pac_user, "password": self.sandbox.pac_password}
        written = "".join(f"<n:{name}>{escape(text)}</n:{name}>" for name, text in (account | fields).items())
        url = self.sandbox.pac_port_url if version == "1.1" else self.sandbox.pac_port12_url
        content = f'<n:{operation} xmlns:n="{self.namespace}">{written}</n:{operation}>'
        headers = {"Content-Type": f"{soap.CONTENT_TYPES[version]}; charset=utf-8"}
        return said(*post(url, soap.envelope(version, content), headers, self.patience))

    def sat(self, uuid: str, total: str = "1500.5", receiver: str = RECEIVER, issuer: str = RFC) -> Heard:
        """Asks SAT, with the escaping that its service wants."""
        re, rr = issuer.replace("&", "&amp;"), receiver.replace("&", "&amp;")
        expression = escape(f"?re={re}&rr={rr}&tt={total}&id={uuid}")
        content = f'<Consulta xmlns="http://tempuri.org/"><expresionImpresa>{expression}</expresionImpresa></Consulta>'
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ACTION}"'}
        return said(*post(self.sandbox.sat_url, soap.envelope("1.1", content), headers))

    def control(self, method: str, path: str, wish: Any = None) -> tuple[int, Any]:
        """Speaks to the sandbox's own door."""
        place = urlsplit(self.sandbox.control_url)
        assert place.hostname
        wire = HTTPConnection(place.hostname, place.port, timeout=SECONDS)
        try:
            wire.request(method, path, json.dumps(wish) if wish is not None else None)
            response = wire.getresponse()
            return response.status, json.loads(response.read())
        finally:
            wire.close()
