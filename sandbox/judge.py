"""Judges a signed cancellation request on its own bytes, as strictly as the strictest PAC that is documented."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cryptography import x509
from lxml import etree

from sandbox.replies import TurnedAway
from sandbox.seal import DSIG, verified
from sandbox.trust import Trust

CFDI = "http://cancelacfd.sat.gob.mx"
RETENTION = "http://www.sat.gob.mx/esquemas/retencionpago/1"

_BYTES = 2 * 1024 * 1024
_RFC = re.compile(r"^[A-Z&Ñ]{3,4}\d{2}(0[1-9]|1[012])(0[1-9]|[12]\d|3[01])[A-Z\d]{2}[\dA]$")
_UUID = re.compile(r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")
_FECHA = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")

# The zone of the issuer is not in the request, so the date may be any that a Mexican clock shows. Requests may be sent
# again, as they are, for three days: a limit of the sandbox's own, none is published.
_EAST, _CENTRE, _WEST = ZoneInfo("America/Cancun"), ZoneInfo("America/Mexico_City"), ZoneInfo("America/Tijuana")
_AHEAD, _BEHIND = timedelta(minutes=5), timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class AskedFolio:
    """One document whose cancellation is asked for."""

    uuid: str
    motive: str
    substitute: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """What a well-made request says."""

    issuer: str
    at: datetime
    folios: tuple[AskedFolio, ...]
    retention: bool
    certificate: x509.Certificate


def is_uuid(text: str) -> bool:
    """Whether this is a fiscal UUID; SAT's own break the variant rule, so nothing but the shape counts."""
    return _UUID.fullmatch(text) is not None


def judge(signed: bytes, *, now: datetime, trust: Trust) -> Request:
    """Reads and verifies everything.

    Raises:
        TurnedAway: 1801 malformed, 1803 not a UUID, 1802 false signature, 303-308 and 17xx the certificate.
    """
    root = parsed(signed)
    if root.tag not in (f"{{{CFDI}}}Cancelacion", f"{{{RETENTION}}}Cancelacion"):
        raise TurnedAway(1801, f"raíz inesperada {root.tag}")
    if set(root.attrib) != {"RfcEmisor", "Fecha"}:
        raise TurnedAway(1801, "atributos de Cancelacion")
    issuer = str(root.get("RfcEmisor", ""))
    if not _RFC.match(issuer):
        raise TurnedAway(1801, "RfcEmisor")
    fecha = _date(str(root.get("Fecha", "")))
    folios = _folios(root)
    certificate = verified(root)
    _plausible(fecha, now)
    trust.check(certificate, issuer, fecha.replace(tzinfo=_CENTRE), now)
    return Request(issuer, fecha, folios, root.tag.startswith(f"{{{RETENTION}"), certificate)


def parsed(signed: bytes) -> etree._Element:
    """The document, from a parser that fetches nothing, expands nothing and takes no DTD.

    Raises:
        TurnedAway: 1801.
    """
    if not signed or len(signed) > _BYTES:
        raise TurnedAway(1801, "vacía o demasiado grande")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(signed, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise TurnedAway(1801, "no es XML") from fault
    if root.getroottree().docinfo.internalDTD is not None:
        raise TurnedAway(1801, "lleva DTD")
    return root


def _folios(root: etree._Element) -> tuple[AskedFolio, ...]:
    namespace = etree.QName(root).namespace
    children = [child for child in root if child.tag != f"{{{DSIG}}}Signature"]
    if not children or any(child.tag != f"{{{namespace}}}Folios" for child in children):
        raise TurnedAway(1801, "se espera Folios")
    return tuple(_folio(child, f"{{{namespace}}}Folio") for child in children)


def _folio(folios: etree._Element, tag: str) -> AskedFolio:
    if folios.attrib or [child.tag for child in folios] != [tag]:
        raise TurnedAway(1801, "cada Folios lleva un solo Folio")
    folio = folios[0]
    names = set(folio.attrib)
    if not {"UUID", "Motivo"} <= names or names - {"UUID", "Motivo", "FolioSustitucion"} or len(folio):
        raise TurnedAway(1801, "atributos de Folio")
    uuid, motive, substitute = (folio.get(name) for name in ("UUID", "Motivo", "FolioSustitucion"))
    if not is_uuid(uuid or ""):
        raise TurnedAway(1803)
    if motive not in ("01", "02", "03", "04"):
        raise TurnedAway(1801, f"motivo {motive}")
    if (motive == "01") != bool(substitute) or substitute == "":
        raise TurnedAway(1801, "FolioSustitucion va con el motivo 01, y sólo con él")
    if substitute and not is_uuid(substitute):
        raise TurnedAway(1803, "FolioSustitucion")
    if substitute and substitute.upper() == (uuid or "").upper():
        raise TurnedAway(1801, "un folio no se sustituye a sí mismo")
    return AskedFolio((uuid or "").upper(), motive, substitute)


def _date(text: str) -> datetime:
    try:
        if _FECHA.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise TurnedAway(1801, "Fecha")


def _plausible(fecha: datetime, now: datetime) -> None:
    latest = (now + _AHEAD).astimezone(_EAST).replace(tzinfo=None)
    earliest = (now - _BEHIND).astimezone(_WEST).replace(tzinfo=None)
    if not earliest <= fecha <= latest:
        raise TurnedAway(1801, f"la Fecha {fecha.isoformat()} no es hora de México")
