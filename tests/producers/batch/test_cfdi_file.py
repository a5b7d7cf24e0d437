"""Reading a CFDI."""

from datetime import date
from decimal import Decimal

import pytest

from producers.batch.cfdi_file import LARGEST, read_cfdi
from schemas.problem import Rejected

UUID = "11111111-2222-4333-8444-00000000000A"
STAMP = f'<t:TimbreFiscalDigital xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital" UUID="{UUID.lower()}"/>'
RETENTIONS = "http://www.sat.gob.mx/esquemas/retencionpago/"


def cfdi(version: str = "4", stamp: str = STAMP, **changes: str) -> bytes:
    """A CFDI as far as we read it."""
    values = {"Fecha": "2026-03-04T05:06:07", "Total": "1160.50", "issuer": "EKU9003173C9", "receiver": "ZUÑ920208KL4"}
    values |= changes
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/{version}" '
        f'Fecha="{values["Fecha"]}" Total="{values["Total"]}"><cfdi:Emisor Rfc="{values["issuer"]}"/>'
        f'<cfdi:Receptor Rfc="{values["receiver"]}"/><cfdi:Complemento>{stamp}</cfdi:Complemento></cfdi:Comprobante>'
    ).encode()


def slugs(content: bytes, uuid: str | None = None) -> list[str]:
    """Why it is refused."""
    with pytest.raises(Rejected) as rejected:
        read_cfdi(content, uuid=uuid)
    return [problem.slug for problem in rejected.value.problems]


@pytest.mark.parametrize("version", ["3", "4"])
def test_the_facts_of_a_cfdi(version: str) -> None:
    """Folio, issuer, receiver, total and date, canonical."""
    facts = read_cfdi(cfdi(version), uuid=UUID)
    assert (UUID, "EKU9003173C9", "ZUÑ920208KL4") == (str(facts.uuid), str(facts.issuer), str(facts.receiver))
    assert (Decimal("1160.5"), date(2026, 3, 4), False) == (facts.total, facts.issued, facts.retention)
    assert facts.fields() == {
        "uuid": UUID,
        "rfc": "EKU9003173C9",
        "receiver": "ZUÑ920208KL4",
        "total": "1160.5",
    }


@pytest.mark.parametrize(
    ("version", "issuer", "receiver", "total"),
    [("1", "RFCEmisor", "RFCRecep", "montoTotOperacion"), ("2", "RfcE", "RfcR", "MontoTotOperacion")],
)
def test_the_facts_of_retentions(version: str, issuer: str, receiver: str, total: str) -> None:
    """SAT's status service does not know them, so their total is not asked about."""
    content = (
        f'<r:Retenciones xmlns:r="{RETENTIONS}{version}" FechaExp="2026-03-04T05:06:07-06:00">'
        f'<r:Emisor {issuer}="EKU9003173C9"/><r:Receptor><r:Nacional {receiver}="XAXX010101000"/></r:Receptor>'
        f'<r:Totales {total}="10"/><r:Complemento>{STAMP}</r:Complemento></r:Retenciones>'
    )
    facts = read_cfdi(content.encode())
    assert ("XAXX010101000", True) == (str(facts.receiver), facts.retention)
    assert facts.fields() == {"uuid": UUID, "rfc": "EKU9003173C9", "retention": True}
    abroad = content.replace(f'<r:Nacional {receiver}="XAXX010101000"/>', "<r:Extranjero/>")
    assert read_cfdi(abroad.encode()).receiver is None


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "cfdi-unreadable"),
        (b"<a>", "cfdi-unreadable"),
        (b"<a/>", "cfdi-unknown"),
        (b" " * (LARGEST + 1), "cfdi-too-large"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]>' + cfdi().partition(b"?>")[2], "cfdi-unreadable"),
        (cfdi("2"), "cfdi-unknown"),
        (cfdi(stamp=""), "cfdi-not-stamped"),
        (cfdi(stamp=STAMP * 2), "cfdi-not-stamped"),
        (cfdi(stamp=STAMP.replace("UUID=", "uuid=")), "uuid-malformed"),
        (cfdi(issuer="XAXX010101000"), "rfc-generic-issuer"),
        (cfdi(receiver="no"), "rfc-malformed"),
        (cfdi().replace(b"<cfdi:Receptor Rfc=", b"<cfdi:Receptor rfc="), "cfdi-unreadable"),
        (cfdi(Total="-1"), "total-negative"),
        (cfdi(Fecha="ayer"), "cfdi-unreadable"),
    ],
)
def test_what_is_no_usable_cfdi_says_why(content: bytes, slug: str) -> None:
    """Nothing is guessed from a damaged or foreign file."""
    assert [slug] == slugs(content)


def test_the_cfdi_of_another_document_is_refused() -> None:
    """Its receiver and total would make SAT's answer meaningless."""
    assert ["cfdi-other-uuid"] == slugs(cfdi(), UUID.replace("A", "B"))
    assert ["uuid-malformed"] == slugs(cfdi(), "no")


def test_entities_are_not_expanded() -> None:
    """A file of a few bytes cannot fill the memory, nor read other files."""
    bomb = b'<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><a>&b;&c;</a>'
    assert ["cfdi-unreadable"] == slugs(bomb)
