"""Our signed requests against satcfdi as oracle and xmlsec1 as judge, on certificates made here.

With ``CANCELA_VECTORS`` naming a directory that holds ``vectors.json`` (and ``../csd``), its cancellation vectors are
compared too.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from satcfdi.create.cancela import cancelacion, cancelacionretencion
from satcfdi.models import Signer

from sandbox.certificates import Authority, KeyPair, key_pool
from schemas.mx.fiscal_uuid import FiscalUuid
from schemas.mx.motive import Motive
from schemas.mx.rfc import Rfc
from worker.rails.mx.request import Folio, signed
from worker.signing.credentials import open_csd

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
COMPARED = ("DigestValue", "SignatureValue", "X509IssuerName", "X509SerialNumber", "X509Certificate")
AT = "2026-11-20T12:00:00"
SUBSTITUTE = "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"

Line = tuple[str, str, str | None]
"""UUID, motive, substitute."""


@dataclass(frozen=True)
class Case:
    """What goes into a request."""

    name: str
    rfc: str
    folios: tuple[Line, ...]
    retention: bool = False
    t61: bool = False
    at: str = AT
    made: KeyPair | None = None
    published: tuple[tuple[str, str], ...] = ()

    @property
    def pair(self) -> KeyPair:
        """The CSD: the one that came with the case, or one made here."""
        return self.made or pair(self.rfc, self.t61)

    def __str__(self) -> str:
        return self.name


def lines(*motives: str) -> tuple[Line, ...]:
    """One document for each motive."""
    return tuple(
        (f"11111111-2222-4333-8444-{number:012d}", motive, SUBSTITUTE if motive == "01" else None)
        for number, motive in enumerate(motives, start=1)
    )


CASES = (
    Case("one", "EKU9003173C9", lines("02")),
    Case("substitution", "EKU9003173C9", lines("01")),
    Case("two", "EKU9003173C9", lines("02", "03")),
    Case("mixed", "EKU9003173C9", lines("01", "02", "04")),
    Case("many", "EKU9003173C9", lines(*["03"] * 100)),
    Case("retention", "EKU9003173C9", lines("02"), retention=True),
    Case("retentions", "EKU9003173C9", lines("01", "03"), retention=True),
    Case("person", "CACX7605101P8", lines("02")),
    Case("ampersand", "H&E951128469", lines("02"), t61=True),
    Case("enie", "ZUÑ920208KL4", lines("02"), t61=True),
    Case("midnight", "EKU9003173C9", lines("04"), at="2027-01-01T00:00:00"),
)


@cache
def pair(rfc: str, t61: bool) -> KeyPair:
    """A CSD for the case, made once."""
    return Authority(keys=key_pool).issue(rfc, name="Cía. de Pruebas" if t61 else "Pruebas SA", t61=t61)


def ours(case: Case) -> bytes:
    """The request as we sign it."""
    folios = [Folio(FiscalUuid(uuid), Motive.from_code(code, substitute)) for uuid, code, substitute in case.folios]
    csd = open_csd(case.pair.cer, case.pair.key, case.pair.password)
    return signed(csd, Rfc(case.rfc), folios, datetime.fromisoformat(case.at), retention=case.retention)


def oracle(case: Case) -> bytes:
    """The request as satcfdi signs it."""
    schema = cancelacionretencion if case.retention else cancelacion
    request = schema.Cancelacion(
        emisor=Signer.load(certificate=case.pair.cer, key=case.pair.key, password=case.pair.password),
        folios=[schema.Folio(uuid, code, substitute) for uuid, code, substitute in case.folios],
        fecha=datetime.fromisoformat(case.at),
    )
    octets: bytes = request.xml_bytes()
    return octets


def facts(octets: bytes) -> dict[str, str | None]:
    """What must be equal in two signed requests."""
    root = etree.fromstring(octets)
    return {tag: root.findtext(f".//{DSIG}{tag}") for tag in COMPARED}


def vectors() -> tuple[Case, ...]:
    """The cancellation vectors of the directory that ``CANCELA_VECTORS`` names; none without it."""
    place = os.environ.get("CANCELA_VECTORS")
    if not place:
        return ()
    known = json.loads((Path(place) / "vectors.json").read_text(encoding="utf-8"))
    return tuple(vector(Path(place), name, it) for name, it in known.items() if it["kind"].startswith("cancelacion"))


def vector(place: Path, name: str, it: dict[str, Any]) -> Case:
    """One published request: its inputs, and what must come out."""
    cer, key = ((place.parent / "csd" / f"{it['csd']}.{kind}").read_bytes() for kind in ("cer", "key"))
    published = {
        "DigestValue": it["expected"]["digest_value"],
        "SignatureValue": it["expected"]["signature_value"],
        "X509IssuerName": it["expected"]["x509_issuer_name"],
        "X509SerialNumber": it["expected"]["x509_serial_number"],
    }
    return Case(
        name=name,
        rfc=it["rfc"],
        folios=tuple((uuid, code, substitute) for uuid, code, substitute in it["folios"]),
        retention="retencion" in it["kind"],
        at=it["fecha"],
        made=KeyPair(cer=cer, key=key, password=it["password"], rfc=it["rfc"], number=""),
        published=tuple(published.items()),
    )


ALL = (*CASES, *vectors())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # satcfdi reads names through pyOpenSSL
@pytest.mark.parametrize("case", ALL, ids=str)
def test_equals_satcfdi(case: Case) -> None:
    """Digest, signature and KeyInfo are those of an implementation that shares no code with ours, and as published."""
    expected = facts(oracle(case))
    assert None not in expected.values()
    assert expected == facts(ours(case)) == expected | dict(case.published)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_xmlsec1_verifies(case: Case, xmlsec1: Path, tmp_path: Path) -> None:
    """The program accepts what we sign, and refuses it when one letter of the document differs."""
    certificate, request = tmp_path / "signer.cer", tmp_path / "request.xml"
    certificate.write_bytes(case.pair.cer)
    octets = ours(case)
    verdicts = []
    for content in (octets, octets.replace(b'Motivo="0', b'Motivo="1', 1)):
        request.write_bytes(content)
        command = [str(xmlsec1), "--verify", "--pubkey-cert-der", str(certificate), str(request)]
        verdicts.append(subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0)
    assert verdicts == [True, False]
