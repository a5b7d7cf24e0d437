"""The schema of the messages that the DC-e services take, as rules of our own.

Element order, patterns and lengths are those of the schemas in force (events: the generation with ``tpEmit`` and
``CNPJAutor``; read 2026-11). Dates are taken more strictly than there: a comma is no sign of an offset.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from sandbox.sefaz_codes import Rejected
from sandbox.sefaz_envelope import DCE

DSIG = "http://www.w3.org/2000/09/xmldsig#"
CANCELLATION = "110111"
_UF = "1[1-7]|2[1-9]|3[1235]|4[1-3]|5[0-3]"
_TEXT = "[!-\xff]([ -\xff]*[!-\xff])?"
_KEY = f"(?:{_UF})[0-9]{{42}}"
_OTHER_USER = "[!-\xff]{2,20}"
_OFFSET = r"(?:[+-](?:0[0-9]|1[01]):00|\+12:00)"
_MOMENT = rf"20[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}{_OFFSET}"

Rules = tuple[tuple[str, str], ...]
"""The children of an element in order: names that may stand there, with the pattern of each one's text."""

_USER = {"CNPJUsEmit": "[0-9]{14}", "CPFUsEmit": "[0-9]{11}", "IdOutrosUsEmit": _OTHER_USER}
_BEFORE: Rules = (("cOrgao", f"{_UF}|9[0-3]"), ("tpAmb", "[12]"), ("tpEmit", "[0-3]"), ("CNPJAutor", "[0-9]{14}"))
_AFTER: Rules = (("chDCe", _KEY), ("dhEvento", _MOMENT), ("tpEvento", "[0-9]{6}"), ("nSeqEvento", "[0-9]{1,3}"))
_DETAIL: Rules = (("descEvento", "Cancelamento"), ("nProt", "[0-9]{16}"), ("xJust", _TEXT))
_QUERY: Rules = (("tpAmb", "[12]"), ("xServ", "CONSULTAR"), ("chDCe", _KEY))
_STATUS: Rules = (("tpAmb", "[12]"), ("cUF", _UF), ("xServ", "STATUS"))


@dataclass(frozen=True, slots=True)
class Event:
    """What an event says, once its shape is right."""

    id: str
    organ: str
    environment: str
    emitter: str
    author: str
    user: str
    key: str
    at: datetime
    kind: str
    sequence: int
    version: str
    detail: etree._Element


def parsed(message: bytes) -> etree._Element:
    """The message as its own document, from a parser that fetches nothing and expands nothing.

    Raises:
        Rejected: ``malformed``; ``edition`` for blanks or comments between the tags; ``prefix`` for any namespace but
            the default one.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(message, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise Rejected("malformed") from fault
    if root.getroottree().docinfo.internalDTD is not None:
        raise Rejected("malformed", "DTD")
    for each in root.iter():
        between = f"{each.tail or ''}{each.text or '' if len(each) else ''}"
        if not isinstance(each.tag, str) or between:
            raise Rejected("schema" if between.strip() else "edition")
        if set(each.nsmap) != {None} or each.nsmap[None] not in (DCE, DSIG):
            raise Rejected("prefix" if each.nsmap else "schema", etree.QName(each).localname)
    return root


def event(root: etree._Element) -> Event:
    """The fields of an ``eventoDCe`` that is signed by whomever.

    Raises:
        Rejected: ``schema``.
    """
    _named(root, "eventoDCe", {"versao": "1.00"})
    if [each.tag for each in root] != [f"{{{DCE}}}infEvento", f"{{{DSIG}}}Signature"] or root.text:
        raise Rejected("schema", "eventoDCe")
    content = root[0]
    _named(content, "infEvento", {"Id": None})
    if not re.fullmatch("ID[0-9]{53}", content.get("Id", "")):
        raise Rejected("schema", "Id")
    user = etree.QName(content[4]).localname if len(content) == 10 else ""
    if user not in _USER:
        raise Rejected("schema", "infEvento")
    rules = (*_BEFORE, (user, _USER[user]), *_AFTER)
    organ, environment, emitter, author, who, key, at, kind, sequence = texts(list(content)[:9], rules)
    detail = content[9]
    version = detail.get("versaoEvento", "")
    if (
        detail.tag != f"{{{DCE}}}detEvento"
        or set(detail.attrib) != {"versaoEvento"}
        or not re.fullmatch(r"1\.[0-9]{2}", version)
        or len(detail) != 1
    ):
        raise Rejected("schema", "detEvento")
    return Event(
        content.get("Id", ""),
        organ,
        environment,
        emitter,
        author,
        who,
        key,
        _moment(at),
        kind,
        int(sequence),
        version,
        detail[0],
    )


def cancellation(detail: etree._Element) -> tuple[str, str]:
    """Protocol and justification of an ``evCancDCe``.

    Raises:
        Rejected: ``detail-schema``.
    """
    try:
        _named(detail, "evCancDCe", {})
        _name, protocol, justification = texts(list(detail), _DETAIL)
    except Rejected as refusal:
        raise Rejected("detail-schema", refusal.why) from refusal
    if not 15 <= len(justification) <= 255:
        raise Rejected("detail-schema", "xJust")
    return protocol, justification


def query(root: etree._Element) -> tuple[str, str]:
    """Environment and key of a ``consSitDCe``. Raises ``Rejected``: ``schema``."""
    _named(root, "consSitDCe", {"versao": "1.00"})
    environment, _service, key = texts(list(root), _QUERY)
    return environment, key


def status(root: etree._Element) -> str:
    """The environment of a ``consStatServDCe``. Raises ``Rejected``: ``schema``."""
    _named(root, "consStatServDCe", {"versao": "1.00"})
    return texts(list(root), _STATUS)[0]


def texts(children: list[etree._Element], rules: Rules) -> list[str]:
    """The texts of ``children``, which must be the elements of ``rules`` and nothing else. Raises ``Rejected``."""
    if [each.tag for each in children] != [f"{{{DCE}}}{name}" for name, _pattern in rules]:
        raise Rejected("schema", "elementos fora da ordem")
    for each, (name, pattern) in zip(children, rules, strict=True):
        if len(each) or each.attrib or not re.fullmatch(pattern, each.text or ""):
            raise Rejected("schema", name)
    return [each.text or "" for each in children]


def _named(element: etree._Element, name: str, attributes: dict[str, str | None]) -> None:
    """Whether it is this element with these attributes; None stands for any value."""
    right = all(value in (None, element.get(key)) for key, value in attributes.items())
    if element.tag != f"{{{DCE}}}{name}" or set(element.attrib) != set(attributes) or not right:
        raise Rejected("schema", name)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as fault:
        raise Rejected("schema", "dhEvento") from fault
