"""SAT's acuse: the receipt of a request, as PACs pass it on. It proves what was asked, never that it was granted.

Its seal is an HMAC that nobody but SAT can verify, so it is not looked at; the bytes are archived as they came. PACs
have delivered it bare, in SOAP envelopes, escaped inside a string, in the wrong encoding and not at all.
"""

import html
import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

from worker.soap.answer import Unreadable, local, parse

ZONE = ZoneInfo("America/Mexico_City")

_LAYERS = 4
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_FRACTION = re.compile(r"\.(\d{6})\d+")


class UnreadableAcuse(ValueError):
    """There is something in the acuse's place, and no acuse can be made out in it."""

    slug = "acuse-unreadable"


@dataclass(frozen=True, slots=True)
class Acuse:
    """What an acuse says. ``folios`` pairs each document (upper case) with SAT's code for it, in order.

    ``code`` is the whole request's (``CodEstatus``), None where it has none. ``at`` is SAT's time, aware.
    """

    folios: tuple[tuple[str, str], ...]
    code: str | None
    issuer: str | None
    at: datetime | None

    def says_of(self, document: str) -> frozenset[str]:
        """All codes that it gives to a document."""
        return frozenset(code for uuid, code in self.folios if uuid == document.upper())


def read(content: bytes | None, message: str | None = None) -> Acuse | None:
    """The acuse in ``content``, or in the PAC's ``message`` where that is markup; None when there is none.

    Raises:
        UnreadableAcuse: ``acuse-unreadable``.
    """
    if content and content.strip():
        return _read(_text(content), _LAYERS)
    if message and message.lstrip().startswith(("<", "&lt;")):
        return _read(message, _LAYERS)
    return None


def _text(content: bytes) -> str:
    """Bytes as text. Names, UUIDs and codes are ASCII, so a wrong guess spoils nothing that is needed."""
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _read(text: str, layers: int) -> Acuse:
    """Peel envelopes and escapes off until something speaks of folios."""
    text = text.strip().removeprefix("\ufeff")
    if text.startswith("&lt;"):
        text = html.unescape(text)
    try:
        # The declaration may name an encoding that this text no longer has.
        root = parse(_DECLARATION.sub("", text, count=1).encode())
    except Unreadable:
        raise UnreadableAcuse("no XML") from None
    carrier = _carrier(root)
    if carrier is not None:
        return _acuse(root, carrier)
    inner = "".join(map(str, root.itertext())).strip()
    if layers and inner.startswith(("<", "&lt;")):
        return _read(inner, layers - 1)
    raise UnreadableAcuse("no folios and no code")


def _carrier(root: etree._Element) -> etree._Element | None:
    """The element that has an acuse's attributes or, failing that, folios somewhere inside."""
    named = [element for element in root.iter() if "CodEstatus" in element.attrib or "RfcEmisor" in element.attrib]
    if named:
        return named[0]
    return root if any(local(element) == "UUID" for element in root.iter()) else None


def _acuse(root: etree._Element, carrier: etree._Element) -> Acuse:
    code = str(carrier.get("CodEstatus") or "").strip()
    return Acuse(_folios(root), code or None, carrier.get("RfcEmisor"), _time(carrier.get("Fecha")))


def _folios(root: etree._Element) -> tuple[tuple[str, str], ...]:
    """Every UUID with the EstatusUUID that follows it inside the same Folios; an empty Folios gives nothing."""
    pairs: list[tuple[str, str]] = []
    for folios in (element for element in root.iter() if local(element) == "Folios"):
        uuid = ""
        for element in folios.iter():
            said = str(element.text or "").strip()
            if local(element) == "UUID":
                uuid = said.upper()
            elif local(element) == "EstatusUUID" and uuid and said:
                pairs.append((uuid, said))
    return tuple(pairs)


def _time(text: str | None) -> datetime | None:
    """SAT writes seven fractional digits and no zone. A time that can't be read is left out: nothing hangs on it."""
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r".\1", (text or "").strip()))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=ZONE)
