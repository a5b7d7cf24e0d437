"""The Mexican request as XML: what is written, what is left out, what is refused."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from sandbox.certificates import Authority, key_pool
from schemas.invalid import Invalid
from schemas.mx.fiscal_uuid import FiscalUuid
from schemas.mx.motive import Motive
from schemas.mx.rfc import Rfc
from worker.rails.mx.request import MOST_FOLIOS, Folio, build, signed
from worker.signing.credentials import Csd, open_csd
from worker.signing.faults import CredentialFault

EKU = Rfc("EKU9003173C9")
NOON = datetime(2026, 11, 20, 12, 0, 0)  # noqa: DTZ001 - local time as a command line gives it
CFDI = "{http://cancelacfd.sat.gob.mx}"
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


def folio(number: int, motive: Motive | None = None) -> Folio:
    """The folio of this number, by motive 02 unless told otherwise."""
    uuid = FiscalUuid(f"11111111-2222-4333-8444-{number:012d}")
    return Folio(uuid, motive or Motive.without_relation())


@pytest.fixture(scope="module")
def authority() -> Authority:
    """SAT's stand-in."""
    return Authority(keys=key_pool)


@pytest.fixture(scope="module")
def csd(authority: Authority) -> Csd:
    """A CSD of EKU9003173C9."""
    pair = authority.issue(str(EKU))
    return open_csd(pair.cer, pair.key, pair.password)


def canonical(root: etree._Element) -> str:
    """Canonical text of an unsigned request: what will be digested."""
    return etree.tostring(root, method="c14n").decode()


def test_writes_each_document_in_its_own_folios_element() -> None:
    """Three documents, three Folios elements of one Folio; FolioSustitucion stands with motive 01 and nowhere else."""
    substitute = FiscalUuid("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
    motives = (Motive.replaced(substitute), Motive.without_relation(), Motive.global_named())
    root = build(EKU, [folio(number, motive) for number, motive in enumerate(motives, start=1)], NOON)
    assert canonical(root) == (
        '<Cancelacion xmlns="http://cancelacfd.sat.gob.mx" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" Fecha="2026-11-20T12:00:00" RfcEmisor="EKU9003173C9">'
        '<Folios><Folio FolioSustitucion="AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE" Motivo="01"'
        ' UUID="11111111-2222-4333-8444-000000000001"></Folio></Folios>'
        '<Folios><Folio Motivo="02" UUID="11111111-2222-4333-8444-000000000002"></Folio></Folios>'
        '<Folios><Folio Motivo="04" UUID="11111111-2222-4333-8444-000000000003"></Folio></Folios></Cancelacion>'
    )


def test_retentions_have_a_namespace_of_their_own() -> None:
    """Same shape and names, other namespace, inherited by the children."""
    root = build(EKU, [folio(1)], NOON, retention=True)
    assert {etree.QName(element).namespace for element in root.iter()} == {
        "http://www.sat.gob.mx/esquemas/retencionpago/1"
    }
    assert canonical(root).count("retencionpago") == 1


@pytest.mark.parametrize("rfc", ["H&E951128469", "ZUÑ920208KL4"])
def test_odd_letters_survive_the_way_through_xml(authority: Authority, rfc: str) -> None:
    """Ampersand and Ñ are read back as they were given, and the octets are UTF-8."""
    pair = authority.issue(rfc, t61=True)
    octets = signed(open_csd(pair.cer, pair.key, pair.password), Rfc(rfc), [folio(1)], NOON)
    assert octets.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<Cancelacion ")
    assert rfc.replace("&", "&amp;").encode() in octets
    assert etree.fromstring(octets).get("RfcEmisor") == rfc


@pytest.mark.parametrize(
    ("written", "at", "zone"),
    [
        ("2026-11-20T12:00:00", NOON, "America/Mexico_City"),
        ("2026-11-20T06:00:00", NOON.replace(tzinfo=UTC), "America/Mexico_City"),
        ("2026-11-20T04:00:00", NOON.replace(tzinfo=UTC), "America/Tijuana"),
        ("2026-07-01T06:00:00", datetime(2026, 7, 1, 12, tzinfo=UTC), "America/Mexico_City"),
        ("2026-11-20T06:00:00", datetime(2026, 11, 20, 12, 0, 0, 999_999, tzinfo=UTC), "America/Mexico_City"),
        ("2026-11-20T01:00:00", NOON.replace(tzinfo=timezone(timedelta(hours=5))), "America/Mexico_City"),
    ],
)
def test_the_hour_is_the_issuers(written: str, at: datetime, zone: str) -> None:
    """Aware moments become local time of the issuer's zone, naive ones are that already; no fraction, no zone."""
    assert build(EKU, [folio(1)], at, zone=ZoneInfo(zone)).get("Fecha") == written


def test_signs_the_same_bytes_for_the_same_request(csd: Csd) -> None:
    """A request that is signed again after a crash is the same request."""
    assert signed(csd, EKU, [folio(1)], NOON) == signed(csd, EKU, [folio(1)], NOON)


def test_the_signature_says_who_signed_on_lines_without_breaks(csd: Csd) -> None:
    """Signature is the last child, its elements have no prefix, certificate and values have no white space."""
    octets = signed(csd, EKU, [folio(1), folio(2)], NOON)
    root = etree.fromstring(octets)
    assert [f"{CFDI}Folios", f"{CFDI}Folios", f"{DSIG}Signature"] == [child.tag for child in root]
    assert b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>' in octets
    assert csd.issuer_name == root.findtext(f".//{DSIG}X509IssuerName")
    assert str(csd.serial) == root.findtext(f".//{DSIG}X509SerialNumber")
    for tag in ("DigestValue", "SignatureValue", "X509Certificate"):
        text = root.findtext(f".//{DSIG}{tag}")
        assert text is not None
        assert text.split() == [text]
    assert octets.count(b"\n") == 1


def test_signs_only_in_the_owners_name(csd: Csd) -> None:
    """A CSD of one taxpayer never signs for another, whatever the caller has checked before."""
    with pytest.raises(CredentialFault, match="csd-foreign-rfc"):
        signed(csd, Rfc("CACX7605101P8"), [folio(1)], NOON)


@pytest.mark.parametrize(
    ("slug", "rfc", "folios"),
    [
        ("rfc-generic-issuer", "XAXX010101000", [folio(1)]),
        ("folios-none", "EKU9003173C9", []),
        ("folios-too-many", "EKU9003173C9", [folio(number) for number in range(MOST_FOLIOS + 1)]),
        ("folio-twice", "EKU9003173C9", [folio(1), folio(2), folio(1, Motive.not_executed())]),
    ],
)
def test_refuses_requests_that_make_no_sense(slug: str, rfc: str, folios: list[Folio]) -> None:
    """A generic issuer, no document, too many, one of them twice."""
    with pytest.raises(Invalid) as refusal:
        build(Rfc(rfc), folios, NOON)
    assert refusal.value.slug == slug


def test_a_document_never_replaces_itself() -> None:
    """The folio refuses it where it is made."""
    uuid = FiscalUuid("11111111-2222-4333-8444-000000000001")
    with pytest.raises(Invalid, match="replacement-is-itself"):
        Folio(uuid, Motive.replaced(FiscalUuid(str(uuid).lower())))
