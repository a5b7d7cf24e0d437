"""SAT's public status service: the only voice that can say *Cancelado* for certain.

Its WSDL was off line for years, so the envelope is written here and the answer is read by local names.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from lxml import etree

from worker.domain.outcome import Said
from worker.engine.ports import Exchange
from worker.soap.answer import text
from worker.soap.channel import Channel
from worker.soap.faults import TransportFault
from worker.soap.service import reply

LEVEL = "sat-status"
KIND = "sat-status"

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_SERVICE = "http://tempuri.org/"
_HEADERS = {
    "Content-Type": "text/xml; charset=utf-8",
    "SOAPAction": '"http://tempuri.org/IConsultaCFDIService/Consulta"',
}


class View(StrEnum):
    """What SAT's fields amount to (``schemas/mx/sat_status.toml``)."""

    CANCELLED = "cancelled"
    IN_PROCESS = "in-process"
    REFUSED = "refused"
    NOT_CANCELLABLE = "not-cancellable"
    NOT_REQUESTED = "not-requested"
    NOT_FOUND = "not-found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SatStatus:
    """SAT's answer: our reading, its words, and the exchange."""

    view: View
    said: Said
    exchange: Exchange


def ask(channel: Channel, endpoint: str, expression: str, *, seconds: float) -> SatStatus:
    """What SAT says of the document that ``expression`` names.

    Raises:
        TransportFault: nothing readable came back. That says nothing about the document.
    """
    exchange = channel.post(endpoint, _request(expression), _HEADERS, kind=KIND, seconds=seconds)
    element = reply(exchange, "ConsultaResponse").element
    fields = {name: text(element, name) or "" for name in _FIELDS}
    if not any(fields.values()):
        raise TransportFault("answer-unreadable", left=True, exchange=exchange, detail="an empty answer")
    return SatStatus(view(fields), _said(fields), exchange)


_FIELDS = ("CodigoEstatus", "Estado", "EsCancelable", "EstatusCancelacion")


def view(fields: dict[str, str]) -> View:
    """The reading of SAT's four fields: the first row that fits, or ``UNKNOWN``."""
    heard = (
        _plain(fields["CodigoEstatus"])[:1].upper(),
        _plain(fields["Estado"]),
        _plain(fields["EsCancelable"]),
        _plain(fields["EstatusCancelacion"]),
    )
    for row, reading in _rows():
        if all(wanted in ("*", got) for wanted, got in zip(row, heard, strict=True)):
            return reading
    return View.UNKNOWN


def _said(fields: dict[str, str]) -> Said:
    number = re.match(r"\s*([NS])\W*(\d+)?", fields["CodigoEstatus"])
    code = "-".join(part for part in number.groups() if part) if number else None
    return Said(LEVEL, code, " · ".join(word for word in fields.values() if word)[:500])


@cache
def _rows() -> tuple[tuple[tuple[str, ...], View], ...]:
    document = tomllib.loads((files("schemas.mx") / "sat_status.toml").read_text("utf-8"))
    return tuple(
        ((row["found"], *(_plain(row[name]) for name in ("estado", "cancelable", "cancelacion"))), View(row["view"]))
        for row in document["row"]
    )


def _plain(word: str) -> str:
    """Without case, accents and extra space."""
    letters = unicodedata.normalize("NFKD", word)
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).casefold().split())


def _request(expression: str) -> bytes:
    envelope = etree.Element(etree.QName(_ENVELOPE, "Envelope"), nsmap={"s": _ENVELOPE})
    body = etree.SubElement(envelope, etree.QName(_ENVELOPE, "Body"))
    question = etree.SubElement(body, etree.QName(_SERVICE, "Consulta"), nsmap={"t": _SERVICE})
    etree.SubElement(question, etree.QName(_SERVICE, "expresionImpresa")).text = expression
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)
