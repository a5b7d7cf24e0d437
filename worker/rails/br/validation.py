"""Holds a message against the schemas (``schemas/br/xsd``) and the canonical form before anything is sent (5206)."""

import re
from importlib.resources import as_file, files
from threading import Lock
from typing import Literal

from lxml import etree

_NAMESPACES = frozenset(("http://www.portalfiscal.inf.br/dce", "http://www.w3.org/2000/09/xmldsig#"))
_LARGEST = 1_048_576
"""Octets of a message (rejection 214)."""

_BETWEEN_TAGS = re.compile(rb">\s+<|^\s|\s$")


class SchemaFault(ValueError):
    """A message that may not be sent. ``value`` names the file and its first objection, without quoting the message."""

    slug = "event-schema"

    def __init__(self, value: str) -> None:
        super().__init__(f"{self.slug}: {value}")
        self.value = value


class _Schema:
    """A schema of ours, compiled when first needed. libxml2 keeps its log in it, so threads take turns."""

    def __init__(self, name: str) -> None:
        self._name, self._lock = name, Lock()
        self._compiled: etree.XMLSchema | None = None

    def check(self, document: etree._Element) -> None:
        with self._lock:
            if self._compiled is None:
                self._compiled = self._load()
            if not self._compiled.validate(document):
                raise SchemaFault(f"{self._name}: {_objection(self._compiled.error_log)}")

    def _load(self) -> etree.XMLSchema:
        with as_file(files("schemas.br") / "xsd") as folder:
            parser = etree.XMLParser(no_network=True, resolve_entities=False)
            return etree.XMLSchema(etree.parse(folder / self._name, parser))


_SCHEMAS = {"event": _Schema("event.xsd"), "query": _Schema("query.xsd")}


def validate_event(octets: bytes) -> None:
    """A signed eventoDCe, as it will be sent.

    Raises:
        SchemaFault: ``event-schema``.
    """
    _validate(octets, "event")


def validate_query(octets: bytes) -> None:
    """A consSitDCe or consStatServDCe, as it will be sent.

    Raises:
        SchemaFault: ``event-schema``.
    """
    _validate(octets, "query")


def _validate(octets: bytes, name: Literal["event", "query"]) -> None:
    root = _canonical(octets)
    _SCHEMAS[name].check(root)


def _canonical(octets: bytes) -> etree._Element:
    """The root of a message in the form that authorities demand beyond the schema."""
    if len(octets) > _LARGEST:
        raise SchemaFault("form: too large")
    if octets.startswith((b"<?xml", b"\xef\xbb\xbf")):
        raise SchemaFault("form: declaration or byte order mark")
    if _BETWEEN_TAGS.search(octets):
        raise SchemaFault("form: white space between tags")
    try:
        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False, encoding="UTF-8")
        root = etree.fromstring(octets, parser)
    except etree.XMLSyntaxError:
        raise SchemaFault("form: no XML in UTF-8") from None
    if str(getattr(root.getroottree().docinfo, "doctype", "")):
        raise SchemaFault("form: document type")
    for element in root.iter():
        if not isinstance(element.tag, str):
            raise SchemaFault("form: comment or instruction")
        if element.prefix or not _NAMESPACES.issuperset(element.nsmap.values()):
            raise SchemaFault("form: prefix or foreign namespace")
    return root


def _objection(log: "etree._ListErrorLog") -> str:
    """The first one, without the value that it quotes."""
    message = str(log[0].message) if len(log) else "unknown"
    element, _, rest = message.partition(": ")
    reason = re.sub(r"The value '.*' (?=is not|does|has)", "The value ", rest, flags=re.DOTALL)
    return re.sub(r"\{http[^}]*\}", "", f"{element}: {reason}")[:200]
