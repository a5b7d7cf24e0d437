"""SOAP 1.1 and 1.2 as the services speak it: read a call, write an answer or a fault. Headers are not looked at."""

from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from lxml import etree

Version = Literal["1.1", "1.2"]

ENVELOPES: dict[str, Version] = {
    "http://schemas.xmlsoap.org/soap/envelope/": "1.1",
    "http://www.w3.org/2003/05/soap-envelope": "1.2",
}
NAMESPACES: dict[Version, str] = {version: namespace for namespace, version in ENVELOPES.items()}
CONTENT_TYPES: dict[Version, str] = {"1.1": "text/xml", "1.2": "application/soap+xml"}


class SoapFault(Exception):
    """The call could not be understood; the service answers with a SOAP fault."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation that was asked for: its qualified name and its parameters in order, as (qualified name, text)."""

    version: Version
    namespace: str
    operation: str
    parameters: tuple[tuple[str, str], ...]

    def text(self, name: str) -> str | None:
        """The text of a parameter by local name, wherever it stands."""
        return next((text for tag, text in self.parameters if etree.QName(tag).localname == name), None)


def read(body: bytes) -> Call:
    """The call inside an envelope.

    Raises:
        SoapFault: no XML, no envelope, no body.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise SoapFault("The message is not well-formed XML") from fault
    name = etree.QName(root)
    version = ENVELOPES.get(name.namespace or "")
    if version is None or name.localname != "Envelope":
        raise SoapFault("Transport level information does not match with SOAP Message namespace URI")
    content = root.find(f"{{{name.namespace}}}Body")
    if content is None or len(content) != 1:
        raise SoapFault("The SOAP body must hold one element")
    asked = etree.QName(content[0])
    parameters = tuple((str(each.tag), each.text or "") for each in content[0])
    return Call(version, asked.namespace or "", asked.localname, parameters)


def envelope(version: Version, content: str) -> bytes:
    """An answer around ``content``, which is XML already."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{NAMESPACES[version]}">'
        f"<soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def fault(version: Version, text: str) -> bytes:
    """A SOAP fault that blames the service."""
    words = escape(text)
    if version == "1.1":
        return envelope(
            version,
            f"<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>{words}</faultstring><detail/>"
            "</soapenv:Fault>",
        )
    return envelope(
        version,
        "<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:Receiver</soapenv:Value></soapenv:Code>"
        f'<soapenv:Reason><soapenv:Text xml:lang="en">{words}</soapenv:Text></soapenv:Reason></soapenv:Fault>',
    )
