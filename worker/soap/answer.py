"""Reading XML of strangers: nothing is fetched, expanded or recovered, and elements are known by their local names.

Namespaces of answers are not looked at. The services concerned have published none that we could rely on, and a good
answer must not count as lost because its prefix table differs.
"""

from dataclasses import dataclass

from lxml import etree

from worker.engine.ports import Exchange


class Unreadable(ValueError):
    """These bytes are no XML that we are ready to read."""

    slug = "answer-unreadable"


def parse(content: bytes) -> etree._Element:
    """The root element.

    Raises:
        Unreadable: not well-formed, has a document type, or is deeper or larger than libxml2's safe limits.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise Unreadable(type(fault).__name__) from None
    if str(getattr(root.getroottree().docinfo, "doctype", "")):
        raise Unreadable("document type")
    return root


def local(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return str(etree.QName(element).localname)


def first(element: etree._Element, name: str) -> etree._Element | None:
    """The first descendant with that local name."""
    return next((found for found in element.iter() if local(found) == name), None)


def text(element: etree._Element, name: str) -> str | None:
    """The stripped text of the first descendant with that local name; None when there is none or it is empty."""
    found = first(element, name)
    return None if found is None else "".join(map(str, found.itertext())).strip() or None


@dataclass(frozen=True, slots=True)
class SoapFault:
    """A fault in either version's shape: whose (``Client``, ``Server``, ``Sender`` …) and what it says."""

    code: str
    reason: str


def body(root: etree._Element) -> etree._Element | SoapFault:
    """What an envelope of SOAP 1.1 or 1.2 carries: its first body element, or the fault.

    Raises:
        Unreadable: not an envelope, or one with an empty body.
    """
    bodies = [child for child in root if local(child) == "Body"]
    if local(root) != "Envelope" or len(bodies) != 1 or not len(bodies[0]):
        raise Unreadable("not an envelope with a body")
    first: etree._Element = bodies[0][0]
    if local(first) != "Fault":
        return first
    code = text(first, "faultcode") or text(first, "Value") or ""
    return SoapFault(code.rpartition(":")[2], text(first, "faultstring") or text(first, "Text") or "")


@dataclass(frozen=True, slots=True)
class Reply:
    """A readable answer and the exchange that it came in."""

    element: etree._Element
    exchange: Exchange
