"""The cancellation request of Annex 20 (scheme of 2022), signed by the taxpayer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from lxml import etree

from schemas.invalid import Invalid
from schemas.mx.fiscal_uuid import FiscalUuid
from schemas.mx.motive import Motive
from schemas.mx.rfc import Rfc
from worker.signing.credentials import Csd
from worker.signing.profiles import SAT
from worker.signing.xmldsig import sign

CENTRAL = ZoneInfo("America/Mexico_City")
"""Where most issuers live. A request whose hour is ahead of SAT's clock is refused."""

MOST_FOLIOS = 500
"""In one request, as PACs state it. Ours sends one by one, because the PAC keeps its books by document."""

_CFDI = "http://cancelacfd.sat.gob.mx"
_RETENTION = "http://www.sat.gob.mx/esquemas/retencionpago/1"
_DECLARED: dict[str | None, str] = {
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
"""Unused, but every signer in the field declares them and they are part of what is digested."""


@dataclass(frozen=True, slots=True)
class Folio:
    """One document and why it is cancelled.

    Raises:
        Invalid: ``replacement-is-itself``.
    """

    uuid: FiscalUuid
    motive: Motive

    def __post_init__(self) -> None:
        self.motive.for_document(self.uuid)


def build(
    rfc: Rfc, folios: Sequence[Folio], at: datetime, *, zone: tzinfo = CENTRAL, retention: bool = False
) -> etree._Element:
    """The request without its signature.

    ``at`` is written as the local time of the issuer's ``zone``: an aware moment is converted, a naive one is taken
    to be that already. Fractions of a second are dropped. ``retention`` is for CFDI de retenciones, which have a
    namespace of their own.

    Raises:
        Invalid: ``rfc-generic-issuer``, ``folios-none``, ``folios-too-many``, ``folio-twice``.
    """
    _check(folios)
    namespace = _RETENTION if retention else _CFDI
    nsmap: dict[str | None, str] = {None: namespace, **_DECLARED}
    root = etree.Element(f"{{{namespace}}}Cancelacion", nsmap=nsmap)  # type: ignore[arg-type]  # stubs forget None
    root.set("RfcEmisor", str(rfc.as_issuer()))
    root.set("Fecha", _local(at, zone))
    for folio in folios:
        wrapper = etree.SubElement(root, f"{{{namespace}}}Folios")
        element = etree.SubElement(wrapper, f"{{{namespace}}}Folio", UUID=str(folio.uuid), Motivo=folio.motive.code)
        if folio.motive.replaced_by is not None:
            element.set("FolioSustitucion", str(folio.motive.replaced_by))
    return root


def signed(
    csd: Csd,
    rfc: Rfc,
    folios: Sequence[Folio],
    at: datetime,
    *,
    zone: tzinfo = CENTRAL,
    retention: bool = False,
) -> bytes:
    """The request as it travels: UTF-8, nothing indented. The same arguments give the same bytes.

    Whether the CSD is valid now is the caller's question (``Csd.check``); whose it is, is asked here again.

    Raises:
        Invalid: as ``build``.
        CredentialFault: ``csd-foreign-rfc``.
    """
    csd.check_owner(str(rfc))
    request = sign(build(rfc, folios, at, zone=zone, retention=retention), csd, SAT)
    return etree.tostring(request, xml_declaration=True, encoding="UTF-8")


def _check(folios: Sequence[Folio]) -> None:
    if not folios:
        raise Invalid("folios-none", 0)
    if len(folios) > MOST_FOLIOS:
        raise Invalid("folios-too-many", len(folios))
    seen: set[FiscalUuid] = set()
    for folio in folios:
        if folio.uuid in seen:
            raise Invalid("folio-twice", folio.uuid)
        seen.add(folio.uuid)


def _local(at: datetime, zone: tzinfo) -> str:
    local = at if at.tzinfo is None else at.astimezone(zone)
    return local.replace(tzinfo=None).isoformat(timespec="seconds")
