"""What a cancellation needs, read from the CFDI itself: no typing, no wrong total.

CFDI 3.3 and 4.0 (Annex 20), certificates of retentions 1.0 and 2.0; the folio comes from the ``TimbreFiscalDigital``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from schemas.invalid import Invalid
from schemas.mx import amount
from schemas.mx.fiscal_uuid import FiscalUuid
from schemas.mx.rfc import Rfc
from schemas.problem import Problem, Rejected, shown

LARGEST = 5 * 1024 * 1024
"""Bytes."""

_STAMP = "{http://www.sat.gob.mx/TimbreFiscalDigital}TimbreFiscalDigital"


@dataclass(frozen=True, slots=True)
class CfdiFacts:
    """What the document says of itself. ``issued`` is the date as written, in the issuer's own calendar.

    ``receiver`` is None for a foreign receiver of retentions, who has no RFC.
    """

    uuid: FiscalUuid
    issuer: Rfc
    receiver: Rfc | None
    total: Decimal
    issued: date
    retention: bool = False

    def fields(self) -> dict[str, object]:
        """As fields of a request. SAT's status service does not know retentions, so these need no total."""
        fields: dict[str, object] = {"uuid": str(self.uuid), "rfc": str(self.issuer)}
        if self.retention:
            return fields | {"retention": True}
        return fields | {"receiver": str(self.receiver), "total": amount.written(self.total)}


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where a version keeps what: paths below the root, each with its attribute."""

    root: str
    issuer: tuple[str, str]
    receiver: tuple[str, str]
    total: tuple[str, str]
    issued: str
    retention: bool = False


def _cfdi(version: str) -> _Shape:
    space = f"{{http://www.sat.gob.mx/cfd/{version}}}"
    return _Shape(
        f"{space}Comprobante", (f"{space}Emisor", "Rfc"), (f"{space}Receptor", "Rfc"), (".", "Total"), "Fecha"
    )


def _retention(version: str, issuer: str, receiver: str, total: str) -> _Shape:
    space = f"{{http://www.sat.gob.mx/esquemas/retencionpago/{version}}}"
    return _Shape(
        f"{space}Retenciones",
        (f"{space}Emisor", issuer),
        (f"{space}Receptor/{space}Nacional", receiver),
        (f"{space}Totales", total),
        "FechaExp",
        retention=True,
    )


_SHAPES: Mapping[str, _Shape] = {
    shape.root: shape
    for shape in (
        _cfdi("3"),
        _cfdi("4"),
        _retention("1", "RFCEmisor", "RFCRecep", "montoTotOperacion"),
        _retention("2", "RfcE", "RfcR", "MontoTotOperacion"),
    )
}


def read_cfdi(content: bytes, *, uuid: str | None = None) -> CfdiFacts:
    """The facts in a CFDI's XML. Its seal is not checked: SAT is asked about the document anyway.

    Raises:
        Rejected: ``cfdi-too-large``, ``cfdi-unreadable``, ``cfdi-unknown``, ``cfdi-not-stamped``, ``cfdi-other-uuid``
            (it is not the document ``uuid``), or what is wrong with one of its values.
    """
    root = _parsed(content)
    shape = _SHAPES.get(str(root.tag))
    if shape is None:
        raise _rejected("cfdi-unknown", root=shown(etree.QName(root).localname))
    try:
        facts = _facts(root, shape)
        if uuid is not None and facts.uuid != FiscalUuid(uuid):
            raise _rejected("cfdi-other-uuid", given=shown(uuid), found=str(facts.uuid))
    except Invalid as wrong:
        raise _rejected(wrong.slug, value=wrong.value) from None
    return facts


def _parsed(content: bytes) -> etree._Element:
    if len(content) > LARGEST:
        raise _rejected("cfdi-too-large", limit=LARGEST // 1024**2)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _rejected("cfdi-unreadable") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _rejected("cfdi-unreadable")
    return root


def _facts(root: etree._Element, shape: _Shape) -> CfdiFacts:
    stamps = list(root.iter(_STAMP))
    if len(stamps) != 1:
        raise _rejected("cfdi-not-stamped", stamps=len(stamps))
    receiver = _attribute(root, *shape.receiver)
    if receiver is None and not shape.retention:
        raise _rejected("cfdi-unreadable")
    return CfdiFacts(
        uuid=FiscalUuid(stamps[0].get("UUID") or ""),
        issuer=Rfc(_attribute(root, *shape.issuer) or "").as_issuer(),
        receiver=None if receiver is None else Rfc(receiver),
        total=amount.total(_attribute(root, *shape.total) or ""),
        issued=_date(root.get(shape.issued) or ""),
        retention=shape.retention,
    )


def _attribute(root: etree._Element, path: str, name: str) -> str | None:
    element = root.find(path)
    return None if element is None else element.get(name)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _rejected("cfdi-unreadable") from None


def _rejected(slug: str, **params: object) -> Rejected:
    return Rejected([Problem(slug=slug, params=params)])
