"""What SEFAZ's answers say, by local names: neither namespaces nor nesting are relied on, and no schema is a gate.

The result may be XML or text that holds XML. An event stands in a question's answer bare (``eventoDCe`` and
``retEventoDCe`` inside one ``procEventoDCe``) or as a whole ``procEventoDCe`` inside another.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from worker.soap.answer import Unreadable, local, parse

#: What the authority writes is kept up to here.
_WORDS = 1000

#: It may name an encoding that text inside text no longer has.
_DECLARATION = re.compile(r"^<\?xml[^>]*\?>")


class Unfit(ValueError):
    """An answer lacks what every answer has. The authority may have acted all the same."""

    def __init__(self, slug: str, words: str) -> None:
        super().__init__(slug)
        self.slug, self.words = slug, words[:_WORDS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The common part: code (``cStat``), reason (``xMotivo``), the document named (``chDCe``), the authority's time."""

    code: str
    reason: str
    key: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What ``retEventoDCe`` says: about the event sent, or about one that is registered.

    ``protocol`` is the cancellation's own (``nProt``), ``at`` its registration as written. ``content`` is the element
    as a document of its own.
    """

    word: Word
    environment: str | None
    sequence: str | None
    kind: str | None
    protocol: str | None
    at: str | None
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A signed event as the authority keeps it: its ``Id``, the ``DigestValue`` of its signature, and itself."""

    id: str | None
    digest: str | None
    kind: str | None
    key: str | None
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One ``procEventoDCe`` of a question's answer."""

    event: Event | None
    registration: Registration | None

    @property
    def kind(self) -> str | None:
        """The event's type: 110111 is a cancellation."""
        told = self.registration.kind if self.registration else None
        return told or (self.event.kind if self.event else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a document stands: the authority's word, and every event that it shows."""

    word: Word
    events: tuple[Registered, ...]


def registration(reply: etree._Element) -> Registration:
    """The answer to an event.

    Raises:
        Unfit: ``answer-unreadable``, ``answer-without-code``, ``answer-without-text``.
    """
    return _registration(_found(reply, "retEventoDCe"))


def standing(reply: etree._Element) -> Standing:
    """The answer to the question about a document.

    Raises:
        Unfit: as ``registration``.
    """
    answer = _found(reply, "retConsSitDCe")
    return Standing(word=_word(answer), events=tuple(_registered(answer)))


def health(reply: etree._Element) -> tuple[Word, datetime | None]:
    """The answer to the question about the service itself, and when it says that it will be back.

    Raises:
        Unfit: as ``registration``.
    """
    answer = _found(reply, "retConsStatServDCe")
    return _word(answer), moment(_text(answer, "dhRetorno"))


def event(content: bytes) -> Event:
    """What identifies a signed event.

    Raises:
        Unreadable: no XML.
    """
    return _event(parse(content))


def moment(text: str | None) -> datetime | None:
    """A time as authorities write it; None where it is none, or has no offset."""
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return read if read.tzinfo else None


def _found(reply: etree._Element, name: str) -> etree._Element:
    """The element of that name in what came back, XML or escaped."""
    found = _only(reply, name)
    if found is None:
        written = "".join(map(str, reply.itertext())).strip()
        try:
            found = _only(parse(_DECLARATION.sub("", written).encode()), name) if written.startswith("<") else None
        except Unreadable:
            found = None
    if found is None:
        raise Unfit("answer-unreadable", local(reply))
    return found


def _word(element: etree._Element) -> Word:
    """Its own children only: the authorisation further inside has a code and a date as well."""
    code, reason = _text(element, "cStat"), _text(element, "xMotivo")
    if code is None:
        raise Unfit("answer-without-code", reason or "")
    if reason is None:
        raise Unfit("answer-without-text", code)
    at = moment(_text(element, "dhRecbto") or _text(element, "dhRegEvento"))
    return Word(code=code, reason=reason[:_WORDS], key=_text(element, "chDCe"), at=at)


def _registration(element: etree._Element) -> Registration:
    inside = _child(element, "infEvento")
    told = element if inside is None else inside
    return Registration(
        word=_word(told),
        environment=_text(told, "tpAmb"),
        sequence=_text(told, "nSeqEvento"),
        kind=_text(told, "tpEvento"),
        protocol=_text(told, "nProt"),
        at=_text(told, "dhRegEvento"),
        content=alone(element),
    )


def _event(element: etree._Element) -> Event:
    if local(element) != "eventoDCe":
        raise Unfit("answer-unreadable", local(element))
    inside, digest = _child(element, "infEvento"), _first(element, "DigestValue")
    return Event(
        id=None if inside is None else inside.get("Id"),
        digest=None if digest is None else "".join((digest.text or "").split()) or None,
        kind=None if inside is None else _text(inside, "tpEvento"),
        key=None if inside is None else _text(inside, "chDCe"),
        content=alone(element),
    )


def _registered(answer: etree._Element) -> Iterator[Registered]:
    """Every pair of event and registration, wherever it stands; what is unfit inside one is left out of it."""
    for proc in answer.iter(etree.Element):
        if local(proc) != "procEventoDCe":
            continue
        try:
            sent, ret = _child(proc, "eventoDCe"), _child(proc, "retEventoDCe")
            if sent is None and ret is None:
                continue
            told = None if ret is None else _registration(ret)
            shown = None if sent is None else _event(sent)
        except Unfit:
            continue  # doubled or broken parts prove nothing
        yield Registered(event=shown, registration=told)


def alone(element: etree._Element) -> bytes:
    """An element as a document of its own, without the names of whatever it stood in: its signature verifies again."""
    copy = deepcopy(element)
    copy.tail = None
    etree.cleanup_namespaces(copy)
    return etree.tostring(copy, encoding="utf-8")


def _only(element: etree._Element, name: str) -> etree._Element | None:
    """The outermost element of that name. Raises ``Unfit`` when another one stands beside it."""
    found = _first(element, name)
    if found is not None and any(local(other) == name for other in found.itersiblings(etree.Element)):
        raise Unfit("answer-unreadable", f"{name} ×2")
    return found


def _first(element: etree._Element, name: str) -> etree._Element | None:
    return next((found for found in element.iter(etree.Element) if local(found) == name), None)


def _child(element: etree._Element, name: str) -> etree._Element | None:
    """The only child of that name; None when there is none.

    Raises:
        Unfit: there are two, which may say two things.
    """
    found = [child for child in element.iterchildren(etree.Element) if local(child) == name]
    if len(found) > 1:
        raise Unfit("answer-unreadable", f"{name} ×{len(found)}")
    return found[0] if found else None


def _text(element: etree._Element, name: str) -> str | None:
    """The text of the only child of that name; None when there is none or it is empty. Raises as ``_child``."""
    child = _child(element, name)
    return None if child is None else "".join(map(str, child.itertext())).strip() or None
