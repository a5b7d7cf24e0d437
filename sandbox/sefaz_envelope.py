"""The SOAP 1.2 envelope of the DC-e services: what must be true of it, how the message is cut out, how one answers.

The message is cut out as text. Inclusive canonicalisation takes the namespaces of an envelope in, so a signature that
is verified where it lies in the envelope does not verify.
"""

import re
from email.message import Message
from xml.sax.saxutils import escape

from lxml import etree

from sandbox.sefaz_codes import Rejected
from sandbox.soap import SoapFault

DCE = "http://www.portalfiscal.inf.br/dce"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
CONTENT_TYPE = "application/soap+xml"
OPERATIONS = {
    "DCeRecepcaoEvento": "dceRecepcaoEvento",
    "DCeConsulta": "dceConsulta",
    "DCeStatusServico": "dceStatusServico",
}
LIMIT = 1024 * 1024
"""The size from which a message is too large (a client's published limit; the authority names none)."""

_MESSAGE = re.compile(rb"<(?:[\w.-]+:)?dceDadosMsg(?:\s[^<>]*)?>(.*)</(?:[\w.-]+:)?dceDadosMsg\s*>", re.DOTALL)
_PREFIXED = re.compile(rb"<[\w.-]+:|\sxmlns:[\w.-]+\s*=")
_FAULT = (
    "<env:Fault><env:Code><env:Value>env:{0}</env:Value></env:Code>"
    '<env:Reason><env:Text xml:lang="en">{1}</env:Text></env:Reason></env:Fault>'
)


def namespace(service: str) -> str:
    """The namespace of a service's own elements."""
    return f"{DCE}/wsdl/{service}"


def check_headers(service: str, content_type: str, content_encoding: str) -> None:
    """Looks at what travels outside the body: SOAP 1.2 with its ``action``, and nothing compressed.

    Raises:
        SoapFault: anything else.
    """
    header = Message()
    header["Content-Type"] = content_type
    if header.get_content_type() != CONTENT_TYPE or content_encoding not in ("", "identity"):
        raise SoapFault("This endpoint takes uncompressed SOAP 1.2")
    if header.get_param("action") != f"{namespace(service)}/{OPERATIONS[service]}":
        raise SoapFault("The given SOAPAction does not match an operation")


def check_envelope(service: str, body: bytes) -> None:
    """Looks at the envelope around the message. One that is broken only within the message passes.

    Raises:
        SoapFault: no SOAP 1.2 envelope, or not one for this service.
        Rejected: ``header``, ``encoding``.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        if _MESSAGE.search(body):
            return
        raise SoapFault("The message is not well-formed XML") from fault
    docinfo = root.getroottree().docinfo
    if root.tag != f"{{{SOAP12}}}Envelope" or docinfo.internalDTD is not None:
        raise SoapFault("Expected a SOAP 1.2 envelope")
    content = root.find(f"{{{SOAP12}}}Body")
    if content is None or [each.tag for each in content] != [f"{{{namespace(service)}}}dceDadosMsg"]:
        raise SoapFault("Expected dceDadosMsg of this service")
    if (docinfo.encoding or "UTF-8").upper() != "UTF-8":
        raise Rejected("encoding", str(docinfo.encoding))
    header = root.find(f"{{{SOAP12}}}Header")
    if header is not None and len(header):
        raise Rejected("header")


def cut(body: bytes) -> bytes:
    """The message's own bytes, as they were written between the tags of ``dceDadosMsg``.

    Raises:
        SoapFault: there is none.
        Rejected: ``encoding``, ``edition``, ``malformed``, ``prefix``.
    """
    found = _MESSAGE.search(body)
    if found is None:
        raise SoapFault("Expected dceDadosMsg of this service")
    text = found[1]
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Rejected("encoding") from fault
    if text != text.strip():
        raise Rejected("edition")
    if not text.startswith(b"<") or text.startswith((b"<?", b"<![")):
        raise Rejected("malformed")
    if _PREFIXED.search(text):
        raise Rejected("prefix")
    return text


def enveloped(service: str, content: str, *, prefix: str = "env", escaped: bool = False) -> bytes:
    """An answer around ``content``, which is XML; ``escaped`` writes it as text."""
    operation = OPERATIONS[service]
    inside = escape(content) if escaped else content
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{prefix}:Envelope xmlns:{prefix}="{SOAP12}"><{prefix}:Body>'
        f'<{operation}Result xmlns="{namespace(service)}">{inside}</{operation}Result>'
        f"</{prefix}:Body></{prefix}:Envelope>"
    ).encode()


def fault(text: str, *, blames: str = "Receiver") -> bytes:
    """A SOAP 1.2 fault; ``blames`` is ``Receiver`` or ``Sender``."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="{SOAP12}"><env:Body>'
        f"{_FAULT.format(blames, escape(text))}</env:Body></env:Envelope>"
    ).encode()
