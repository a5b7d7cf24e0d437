"""The sandbox takes what SAT takes, and tells everything else by its code."""

import base64
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sandbox.certificates import Authority, KeyPair
from sandbox.judge import RETENTION, AskedFolio, judge
from sandbox.replies import TurnedAway
from sandbox.seal import verified
from sandbox.trust import Trust
from tests.sandbox.caller import RFC
from tests.sandbox.signed import C14N, ENVELOPED, by_satcfdi, folio, mexican, payload, sealed

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
AT = mexican(NOW).isoformat()
ONE, TWO = "11111111-2222-4333-8444-000000000001", "11111111-2222-4333-8444-000000000002"
VECTORS = Path(os.environ["CANCELA_VECTORS"]) if "CANCELA_VECTORS" in os.environ else None


@pytest.fixture(scope="module")
def trust(authority: Authority) -> Trust:
    """Believes the tests' authority only."""
    return Trust((authority.certificate,))


@pytest.fixture(scope="module")
def seal(authority: Authority) -> KeyPair:
    """A seal that is valid around NOW."""
    return authority.issue(RFC, not_before=NOW - timedelta(days=300))


class Scene:
    """What a mutation may use: the good request, the seal, other certificates."""

    def __init__(self, authority: Authority, pair: KeyPair) -> None:
        self.authority, self.pair = authority, pair
        self.good = by_satcfdi(pair, ONE, mexican(NOW))

    def swapped(self, old: str, new: str) -> bytes:
        """The good request with one text replaced after signing."""
        assert old.encode() in self.good
        return self.good.replace(old.encode(), new.encode(), 1)

    def resealed(self, folios: str, *, at: str = AT, rfc: str = RFC, **form: str) -> bytes:
        """Another content under a signature that verifies."""
        return sealed(self.pair, payload(rfc, at, folios, **form))

    def by(self, *, not_before: datetime = NOW - timedelta(days=300), **wishes: Any) -> bytes:
        """The good request, signed with a certificate of another kind."""
        return sealed(self.authority.issue(RFC, not_before=not_before, **wishes), GOOD)


@pytest.fixture(scope="module")
def scene(authority: Authority, seal: KeyPair) -> Scene:
    """The scene of all mutations."""
    return Scene(authority, seal)


GOOD = payload(RFC, AT, folio(ONE))
_ENTITY = '<!DOCTYPE Cancelacion [<!ENTITY x "02">]>'
_PAIR = f'<Folios><Folio UUID="{ONE}" Motivo="02"/><Folio UUID="{TWO}" Motivo="02"/></Folios>'

MUTATIONS: dict[str, tuple[int, Callable[[Scene], bytes]]] = {
    "digest": (1802, lambda s: s.swapped("<DigestValue>", "<DigestValue>AAAA")),
    "signature value": (1802, lambda s: s.swapped("<SignatureValue>", "<SignatureValue>AAAA")),
    "another document after signing": (1802, lambda s: s.swapped(ONE, TWO)),
    "another motive after signing": (1802, lambda s: s.swapped('Motivo="02"', 'Motivo="03"')),
    "another date after signing": (1802, lambda s: s.swapped("T12:00:00", "T12:00:01")),
    "re-indented after signing": (
        1802,
        lambda s: etree.tostring(etree.fromstring(s.good, etree.XMLParser(remove_blank_text=True)), pretty_print=True),
    ),
    "one blank more after signing": (1802, lambda s: s.swapped("<Folios>", "<Folios> ")),
    "a namespace more after signing": (1802, lambda s: s.swapped("<Cancelacion ", '<Cancelacion xmlns:a="b" ')),
    "no signature": (1802, lambda s: GOOD.encode()),
    "two signatures": (
        1802,
        lambda s: s.swapped("</Cancelacion>", '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></Cancelacion>'),
    ),
    "signed by another key": (1802, lambda s: sealed(s.pair, GOOD, key_of=s.authority.issue(RFC))),
    "prefix ds": (1802, lambda s: sealed(s.pair, GOOD, prefix="ds")),
    "a c14n transform more": (1802, lambda s: sealed(s.pair, GOOD, transforms=(ENVELOPED, C14N))),
    "no transform": (1802, lambda s: sealed(s.pair, GOOD, transforms=())),
    "SHA-256": (1802, lambda s: sealed(s.pair, GOOD, algorithm="sha256")),
    "exclusive canonicalisation": (
        1802,
        lambda s: sealed(s.pair, GOOD, c14n="http://www.w3.org/2001/10/xml-exc-c14n#"),
    ),
    "reference to a part": (1802, lambda s: sealed(s.pair, GOOD, uri="#a")),
    "wrapped certificate": (
        1802,
        lambda s: sealed(s.pair, GOOD, certificate=base64.encodebytes(s.pair.cer).decode()),
    ),
    "wrapped signature": (1802, lambda s: s.swapped("</SignatureValue>", "\n</SignatureValue>")),
    "no certificate": (1802, lambda s: sealed(s.pair, GOOD, certificate=" ")),
    "a certificate that is none": (1710, lambda s: sealed(s.pair, GOOD, certificate="AAAA")),
    "not XML": (1801, lambda s: b"UUID|02|"),
    "nothing": (1801, lambda s: b""),
    "cut off": (1801, lambda s: s.good[:-20]),
    "a DTD": (1801, lambda s: s.good.replace(b"<Cancelacion", _ENTITY.encode() + b"<Cancelacion", 1)),
    "another root": (1801, lambda s: s.resealed(folio(ONE), root="CancelaCFD")),
    "another namespace": (1801, lambda s: s.resealed(folio(ONE), namespace="http://www.sat.gob.mx/cfd/4")),
    "an attribute more": (1801, lambda s: s.resealed(folio(ONE), more=' RfcPac="SFE0807172W8"')),
    "no folios": (1801, lambda s: s.resealed("")),
    "two Folio in one Folios": (1801, lambda s: s.resealed(_PAIR)),
    "an element more": (1801, lambda s: s.resealed(folio(ONE) + "<Nota/>")),
    "an empty substitute": (1801, lambda s: s.resealed(folio(ONE, "02", ""))),
    "motive 01 without substitute": (1801, lambda s: s.resealed(folio(ONE, "01"))),
    "motive 01 with an empty one": (1801, lambda s: s.resealed(folio(ONE, "01", ""))),
    "motive 02 with substitute": (1801, lambda s: s.resealed(folio(ONE, "02", TWO))),
    "its own substitute": (1801, lambda s: s.resealed(folio(ONE, "01", ONE.lower()))),
    "motive 05": (1801, lambda s: s.resealed(folio(ONE, "05"))),
    "motive 1": (1801, lambda s: s.resealed(folio(ONE, "1"))),
    "no UUID": (1803, lambda s: s.resealed(folio("11111111-2222-4333-8444"))),
    "a UUID in braces": (1803, lambda s: s.resealed(folio(f"{{{ONE}}}"))),
    "a substitute that is no UUID": (1803, lambda s: s.resealed(folio(ONE, "01", "F-123"))),
    "an RFC that is none": (1801, lambda s: s.resealed(folio(ONE), rfc="EKU9003173C")),
    "a date with a zone": (1801, lambda s: s.resealed(folio(ONE), at=f"{AT}-06:00")),
    "a date with a fraction": (1801, lambda s: s.resealed(folio(ONE), at=f"{AT}.5")),
    "a date that does not exist": (1801, lambda s: s.resealed(folio(ONE), at="2026-02-30T12:00:00")),
    "a UTC date": (1801, lambda s: s.resealed(folio(ONE), at=NOW.replace(tzinfo=None).isoformat())),
    "a date of last week": (1801, lambda s: s.resealed(folio(ONE), at="2026-11-13T12:00:00")),
    "another RFC than the certificate's": (303, lambda s: s.resealed(folio(ONE), rfc="CACX7605101P8")),
    "a certificate that has expired": (304, lambda s: s.by(not_after=NOW - timedelta(minutes=1))),
    "a certificate that begins tomorrow": (305, lambda s: s.by(not_before=NOW + timedelta(days=1))),
    "a FIEL": (306, lambda s: s.by(kind="fiel")),
    "another authority": (308, lambda s: s.by(organization="AC PIRATA")),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_refused_with_its_code(scene: Scene, trust: Trust, name: str) -> None:
    """Every way of spoiling a good request has the documented code."""
    code, spoil = MUTATIONS[name]
    with pytest.raises(TurnedAway) as refusal:
        judge(spoil(scene), now=NOW, trust=trust)
    assert code == refusal.value.code


def test_a_revoked_seal_is_refused(scene: Scene, authority: Authority, seal: KeyPair) -> None:
    """A certificate number on the list of the revoked ends with 304."""
    with pytest.raises(TurnedAway) as refusal:
        judge(scene.good, now=NOW, trust=Trust((authority.certificate,), revoked={seal.number}))
    assert refusal.value.code == 304


@pytest.mark.parametrize(
    ("rfc", "t61"), [(RFC, False), ("H&E951128469", False), ("ZUÑ920208KL4", True), ("CACX7605101P8", True)]
)
def test_an_independent_library_is_believed(authority: Authority, trust: Trust, rfc: str, t61: bool) -> None:
    """Requests of satcfdi are good for every kind of RFC, with and without a substitute."""
    pair = authority.issue(rfc, not_before=NOW - timedelta(days=300), t61=t61)
    for motive, substitute in (("01", TWO), ("02", None), ("03", None), ("04", None)):
        asked = judge(by_satcfdi(pair, ONE, mexican(NOW), motive, substitute), now=NOW, trust=trust)
        assert (asked.issuer, asked.folios) == (rfc, (AskedFolio(ONE, motive, substitute),))


def test_the_retention_variant_and_several_documents_are_good(scene: Scene, trust: Trust) -> None:
    """The other namespace is known, and a request may hold several documents, each in a Folios of its own."""
    asked = judge(scene.resealed(folio(ONE) + folio(TWO, "03"), namespace=RETENTION), now=NOW, trust=trust)
    assert asked.retention
    assert [each.uuid for each in asked.folios] == [ONE, TWO]


def test_a_name_may_be_enough(scene: Scene) -> None:
    """Where the authority's key is not at hand, an issuer that is named SAT is believed on request only."""
    with pytest.raises(TurnedAway) as refusal:
        judge(scene.good, now=NOW, trust=Trust())
    assert refusal.value.code == 308
    assert judge(scene.good, now=NOW, trust=Trust(by_organisation=True)).issuer == RFC


@pytest.mark.parametrize("hours", [-60, -1, 0, 1])
def test_any_mexican_clock_is_plausible(scene: Scene, trust: Trust, hours: int) -> None:
    """The date may come from any Mexican zone, and be some hours old when the bytes are sent again."""
    at = (datetime.fromisoformat(AT) + timedelta(hours=hours)).isoformat()
    assert judge(scene.resealed(folio(ONE), at=at), now=NOW, trust=trust).at.isoformat() == at


def _shared() -> list[str]:
    """The vectors in the folder that CANCELA_VECTORS names; they belong to nobody who clones this."""
    return sorted(json.loads((VECTORS / "vectors.json").read_text("utf-8"))) if VECTORS else []


@pytest.mark.parametrize("name", ["by satcfdi", *_shared()])
def test_vectors_are_accepted(scene: Scene, name: str) -> None:
    """Requests made elsewhere, with SAT's public test certificates too, verify and are judged by their certificate."""
    signed, folios = scene.good, 1
    if VECTORS and name != "by satcfdi":
        told = json.loads((VECTORS / "vectors.json").read_text("utf-8"))[name]
        signed, folios = (VECTORS / Path(told["file"]).name).read_bytes(), len(told.get("folios", ()))
    root = etree.fromstring(signed)
    certificate = verified(root)
    if etree.QName(root).localname != "Cancelacion":
        return
    trust = Trust(by_organisation=True)
    if certificate.not_valid_after_utc < NOW:  # some of the public certificates have had their day
        with pytest.raises(TurnedAway) as refusal:
            judge(signed, now=NOW, trust=trust)
        assert refusal.value.code == 304
    else:
        assert len(judge(signed, now=NOW, trust=trust).folios) == folios
