"""SEFAZ's stand-in takes what the authoriser takes, and tells everything else by its code, in both families."""

import base64
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.certificates_br import EMITTER, IcpBrasil, Leaf
from sandbox.sefaz_codes import Family, Rejected
from sandbox.sefaz_envelope import check_envelope, cut
from sandbox.sefaz_judge import Cancellation, judge
from sandbox.sefaz_key import check, digit, is_cnpj, key, parts
from sandbox.sefaz_trust import Belief, owner
from tests.sandbox.events import C14N, DCE, ENVELOPED, Draft, brazilian, signed

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
ONE = key()
OTHER = "11222333000181"
GOOD = Draft(ONE, brazilian(NOW))
VECTORS = Path(os.environ["CANCELA_VECTORS_BR"]) if "CANCELA_VECTORS_BR" in os.environ else None


def redone(changed: str) -> str:
    """The key with this start and a check digit that holds."""
    return changed[:43] + digit(changed[:43])


class Scene:
    """What a mutation may use: the good event, its certificate, other ones."""

    def __init__(self, icp: IcpBrasil, leaf: Leaf) -> None:
        self.icp, self.leaf = icp, leaf
        self.good = signed(leaf, GOOD)

    def swapped(self, old: str, new: str) -> bytes:
        """The good event with one text replaced after signing."""
        assert old.encode() in self.good
        return self.good.replace(old.encode(), new.encode(), 1)

    def but(self, **changes: object) -> bytes:
        """Another content under a signature that verifies."""
        return signed(self.leaf, GOOD.but(**changes))

    def just(self, text: str) -> bytes:
        """Another justification under a signature that verifies."""
        return self.but(justification=text)

    def of(self, other: str) -> bytes:
        """The same for another key."""
        return self.but(key=other)


@pytest.fixture(scope="module")
def scene(icp: IcpBrasil, a1: Leaf) -> Scene:
    """The scene of all mutations."""
    return Scene(icp, a1)


@pytest.fixture(scope="module")
def belief(icp: IcpBrasil) -> Belief:
    """Believes the tests' hierarchy only."""
    return Belief((icp.intermediate, icp.root))


def judged(
    message: bytes, belief: Belief, *, environment: str = "2", now: datetime = NOW, by: str = EMITTER
) -> Cancellation:
    """The event, cut out of an envelope and judged."""
    namespace = f"{DCE}/wsdl/DCeRecepcaoEvento"
    around = (
        f'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:x="urn:x"><e:Body>'
        f'<dceDadosMsg xmlns="{namespace}">|</dceDadosMsg></e:Body></e:Envelope>'
    )
    before, _mark, after = around.encode().partition(b"|")
    body = before + message + after
    check_envelope("DCeRecepcaoEvento", body)
    return judge(cut(body), transmitter=by, environment=environment, now=now, belief=belief)


_SWAPPED = "<tpEvento>110111</tpEvento><nSeqEvento>1</nSeqEvento>"
_ISSUER = re.compile("<CNPJAutor>.*</CNPJAutor>")

#: name → (code of family nfe, of family mdfe, how to spoil the good event)
MUTATIONS: dict[str, tuple[int, int, Callable[[Scene], bytes]]] = {
    # form
    "nothing": (243, 243, lambda s: b""),
    "not XML": (243, 243, lambda s: b"35251110142785000190|110111"),
    "cut off": (243, 243, lambda s: s.good[:-20]),
    "escaped": (243, 243, lambda s: s.good.replace(b"<", b"&lt;")),
    "CDATA": (243, 243, lambda s: b"<![CDATA[" + s.good + b"]]>"),
    "a declaration inside": (243, 243, lambda s: b'<?xml version="1.0"?>' + s.good),
    "Latin-1 octets": (402, 402, lambda s: s.good.replace(b"Teste", b"Test\xe9")),
    "a blank before": (588, 599, lambda s: b" " + s.good),
    "a line break after": (588, 599, lambda s: s.good + b"\n"),
    "a blank between tags": (588, 599, lambda s: s.swapped("<cOrgao>", " <cOrgao>")),
    "a comment": (588, 599, lambda s: s.swapped("<cOrgao>", "<!-- --><cOrgao>")),
    "words between tags": (215, 215, lambda s: s.swapped("<cOrgao>", "x<cOrgao>")),
    "prefix ds": (587, 404, lambda s: s.swapped("<Signature xmlns=", "<ds:Signature xmlns:ds=")),
    "a prefix declared": (587, 404, lambda s: s.swapped("<eventoDCe ", '<eventoDCe xmlns:xsi="urn:x" ')),
    "a prefix of the envelope": (587, 404, lambda s: s.swapped("<cOrgao>35</cOrgao>", "<x:cOrgao>35</x:cOrgao>")),
    "another namespace": (587, 404, lambda s: s.swapped(f'xmlns="{DCE}"', 'xmlns="urn:x"')),
    "no namespace": (215, 215, lambda s: s.swapped(f' xmlns="{DCE}"', "")),
    "another root": (215, 215, lambda s: s.good.replace(b"eventoDCe", b"envEvento")),
    "no signature": (215, 215, lambda s: re.sub(b"<Signature .*</Signature>", b"", s.good)),
    "two signatures": (215, 215, lambda s: re.sub(b"(<Signature .*</Signature>)", rb"\1\1", s.good)),
    "version 3.00": (215, 215, lambda s: s.but(version="3.00")),
    "Id with two digits": (215, 215, lambda s: s.but(id_width=2)),
    "the order of elements": (
        215,
        215,
        lambda s: s.but(
            change=lambda text: text.replace(_SWAPPED, "<nSeqEvento>1</nSeqEvento><tpEvento>110111</tpEvento>")
        ),
    ),
    "an element more": (215, 215, lambda s: s.but(more="<extra>1</extra>")),
    "the older generation": (
        215,
        215,
        lambda s: s.but(change=lambda text: _ISSUER.sub("<CNPJ>10142785000190</CNPJ>", text)),
    ),
    "no user": (215, 215, lambda s: s.but(user="")),
    "two users": (215, 215, lambda s: s.but(user=f"{GOOD.user}<CPFUsEmit>12345678909</CPFUsEmit>")),
    "a small i": (215, 215, lambda s: s.but(user="<idOutrosUsEmit>AB123</idOutrosUsEmit>")),
    "a blank in the user": (215, 215, lambda s: s.but(user="<IdOutrosUsEmit>AB 123</IdOutrosUsEmit>")),
    "a CPF too short": (215, 215, lambda s: s.but(user="<CPFUsEmit>1234567890</CPFUsEmit>")),
    "tpEmit 4": (215, 215, lambda s: s.of(redone(ONE[:35] + "4" + ONE[36:]))),
    "a key of 43": (215, 215, lambda s: s.swapped(f"<chDCe>{ONE}", f"<chDCe>{ONE[:-1]}")),
    "a state that is none": (215, 215, lambda s: s.of(redone("34" + ONE[2:]))),
    "a sequence of 01 blanks": (215, 215, lambda s: s.but(sequence=" 1", id=f"ID110111{ONE}001")),
    "a UTC date": (215, 215, lambda s: s.but(at="2026-11-20T18:00:00Z")),
    "a date with a fraction": (215, 215, lambda s: s.but(at="2026-11-20T15:00:00.5-03:00")),
    "a date without offset": (215, 215, lambda s: s.but(at="2026-11-20T15:00:00")),
    "a date with half an hour": (215, 215, lambda s: s.but(at="2026-11-20T15:00:00-03:30")),
    "a date that does not exist": (215, 215, lambda s: s.but(at="2026-02-30T15:00:00-03:00")),
    "no version of the detail": (215, 215, lambda s: s.swapped(' versaoEvento="1.00"', "")),
    # the specific part
    "another description": (493, 630, lambda s: s.but(description="cancelamento")),
    "a protocol of 15": (493, 630, lambda s: s.but(protocol="135260000000020")),
    "a justification of 14": (493, 630, lambda s: s.just("a" * 14)),
    "a justification of 256": (493, 630, lambda s: s.just("a" * 256)),
    "a blank at the end": (493, 630, lambda s: s.just("Teste de cancelamento ")),
    "a line break inside": (493, 630, lambda s: s.just("Teste de\ncancelamento")),
    "a tab inside": (493, 630, lambda s: s.just("Teste de\tcancelamento")),
    "a typographic dash": (493, 630, lambda s: s.just("Teste de cancelamento – total")),
    "a euro sign": (493, 630, lambda s: s.just("Teste de cancelamento 10 €")),
    "another detail": (493, 630, lambda s: s.but(detail="<evEncDCe><x>1</x></evEncDCe>")),
    "an empty detail": (493, 630, lambda s: s.but(detail="<evCancDCe/>".replace("/>", "></evCancDCe>"))),
    # signature
    "digest": (297, 297, lambda s: s.swapped("<DigestValue>", "<DigestValue>AAAA")),
    "signature value": (297, 297, lambda s: s.swapped("<SignatureValue>", "<SignatureValue>AAAA")),
    "another justification after signing": (297, 297, lambda s: s.swapped("Teste de", "Texto de")),
    "another date after signing": (297, 297, lambda s: s.swapped("T15:00:00", "T15:00:01")),
    "another protocol after signing": (297, 297, lambda s: s.swapped(GOOD.protocol, "3352600000023909")),
    "signed by another key": (297, 297, lambda s: signed(s.leaf, GOOD, key_of=s.icp.ecnpj(OTHER))),
    "SHA-256": (298, 298, lambda s: signed(s.leaf, GOOD, algorithm="sha256")),
    "one transform": (298, 298, lambda s: signed(s.leaf, GOOD, transforms=(ENVELOPED,))),
    "transforms the other way round": (298, 298, lambda s: signed(s.leaf, GOOD, transforms=(C14N, ENVELOPED))),
    "a reference to everything": (298, 298, lambda s: signed(s.leaf, GOOD, uri="")),
    "a key value beside": (298, 298, lambda s: signed(s.leaf, GOOD, key_info="<KeyName>a</KeyName>")),
    "a certificate in lines": (
        298,
        298,
        lambda s: signed(s.leaf, GOOD, certificate=base64.encodebytes(s.leaf.cer).decode()),
    ),
    "no certificate": (298, 298, lambda s: signed(s.leaf, GOOD, certificate="")),
    "a certificate that is none": (290, 290, lambda s: signed(s.leaf, GOOD, certificate="AAAA")),
    "an expired certificate": (291, 291, lambda s: signed(s.icp.expired(), GOOD)),
    "a person's certificate": (292, 292, lambda s: signed(s.icp.ecpf(), GOOD)),
    "a CNPJ in the name only": (292, 292, lambda s: signed(s.icp.ecnpj(san=None), GOOD)),
    "another hierarchy": (293, 293, lambda s: signed(IcpBrasil(keys=lambda: s.leaf.key).ecnpj(), GOOD)),
    "a server's certificate": (292, 292, lambda s: signed(s.icp.server(), GOOD)),
    "another company's certificate": (213, 213, lambda s: signed(s.icp.ecnpj(OTHER), GOOD)),
    "another company's document": (213, 213, lambda s: s.of(key(cnpj=OTHER))),
    # what it says
    "production": (252, 252, lambda s: s.but(environment="1")),
    "an author that is no CNPJ": (627, 627, lambda s: s.but(author="10142785000191")),
    "a branch as author": (574, 632, lambda s: s.but(author="10142785000271")),
    "another emitter than the key's": (574, 632, lambda s: s.but(emitter="2")),
    "Id of another key": (572, 628, lambda s: s.but(id=f"ID110111{key(number=2)}001")),
    "Id of another sequence": (572, 628, lambda s: s.but(id=f"ID110111{ONE}002")),
    "another event": (491, 629, lambda s: s.but(kind="110112")),
    "another version of the detail": (492, 492, lambda s: s.but(detail_version="1.01")),
    "check digit": (236, 236, lambda s: s.of(ONE[:-1] + str((int(ONE[-1]) + 1) % 10))),
    "a year to come": (615, 592, lambda s: s.of(key(month="2701"))),
    "a year long past": (615, 592, lambda s: s.of(key(month="1111"))),
    "month 13": (616, 593, lambda s: s.of(key(month="2613"))),
    "a key with no CNPJ": (617, 594, lambda s: s.but(key=key(cnpj="10142785000191"), author=EMITTER)),
    "model 57": (618, 595, lambda s: s.of(redone(ONE[:20] + "57" + ONE[22:]))),
    "number zero": (619, 596, lambda s: s.of(key(number=0))),
    "Paraná as organ": (657, 677, lambda s: s.but(organ="41")),
    "sequence 2": (594, 636, lambda s: s.but(sequence="2")),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_refused_with_its_code(scene: Scene, belief: Belief, name: str) -> None:
    """Every way of spoiling a good event has its number in either family."""
    nfe, mdfe, spoil = MUTATIONS[name]
    with pytest.raises(Rejected) as refusal:
        judged(spoil(scene), belief)
    families: tuple[Family, ...] = ("nfe", "mdfe")
    assert [nfe, mdfe] == [refusal.value.code(family) for family in families]
    assert 1 <= len(refusal.value.text) <= 255


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"user": "<CPFUsEmit>12345678909</CPFUsEmit>"},
        {"user": "<IdOutrosUsEmit>PASSAPORTE-AB12345</IdOutrosUsEmit>"},
        {"justification": "ação à vista, café nº 7 ÿ"},
        {"justification": "a" * 255},
        {"key": key(uf="12", emitter=2), "at": "2026-11-20T13:00:00-05:00"},
        {"key": key(uf="26", emitter=0), "at": "2026-11-20T16:00:00-02:00"},
        {"key": key(uf="13", emitter=1, series=999, number=999_999_999)},
    ],
)
def test_good_events_are_good(scene: Scene, belief: Belief, changes: dict[str, str]) -> None:
    """Every kind of user, accents, all of the length, every state and zone."""
    asked = judged(scene.but(**changes), belief)
    assert asked.event.key == changes.get("key", ONE)
    assert NOW == asked.event.at


@pytest.mark.parametrize("san", ["octet", "printable", "utf8"])
def test_a_branch_signs_for_its_company(icp: IcpBrasil, belief: Belief, san: str) -> None:
    """The first eight digits count, in every encoding of the name."""
    leaf = icp.ecnpj("10142785000271", san=san)  # type: ignore[arg-type]
    assert owner(leaf.certificate) == "10142785000271"
    assert judged(signed(leaf, GOOD), belief).protocol == GOOD.protocol


def test_a_revoked_certificate_and_a_foreign_transmitter(scene: Scene, icp: IcpBrasil) -> None:
    """294 for a serial number on the list; 213 when the TLS client is another company."""
    revoking = Belief((icp.intermediate, icp.root), {scene.leaf.certificate.serial_number})
    for code, belief, by in ((294, revoking, EMITTER), (213, Belief((icp.intermediate,)), OTHER)):
        with pytest.raises(Rejected) as refusal:
            judged(scene.good, belief, by=by)
        assert code == refusal.value.code("nfe")


def test_verifying_within_the_envelope_would_fail(scene: Scene, belief: Belief) -> None:
    """The envelope of these tests declares a namespace that would break the digest: the event is cut out as text."""
    assert b'xmlns:x="urn:x"' not in scene.good
    assert judged(scene.good, belief).digest in scene.good.decode()


def test_keys_are_taken_apart() -> None:
    """The published key of the first client's manual: sum 609, digit 7."""
    own = parts("35250510142785000190990000000000011308085037")
    assert ("35", "25", "05", EMITTER, "99", "000", "000000001", "1", "3", "0", "808503", "7") == (
        *(getattr(own, name) for name in own.__slots__),
    )
    assert check("35250510142785000190990000000000011308085037", 2025) == own
    assert [True, True, False] == [is_cnpj(each) for each in ("10142785000190", "12ABC34501DE35", "0" * 14)]


#: What a signed event is spoilt by, wherever it comes from: this text, replaced by that, ends with this code.
SPOILT = (
    (b"<eventoDCe ", b" <eventoDCe ", 588),
    (b"<eventoDCe ", b'<eventoDCe xmlns:xsi="urn:x" ', 587),
    (b"</eventoDCe>", b"", 243),
    (b'versao="1.00"', b'versao="1.01"', 215),
    (b'Id="ID', b'Id="NF', 215),
    (b"<infEvento", b"<!-- --><infEvento", 588),
    (b"</infEvento>", b"</infEvento>\n", 588),
    (b"<CNPJAutor>", b"<CNPJAutor>1", 215),
    (b"<dhEvento>20", b"<dhEvento>19", 215),
    (b"<nSeqEvento>1", b"<nSeqEvento>2", 297),
    (b"<tpEvento>110111", b"<tpEvento>110112", 297),
    (b"<descEvento>C", b"<descEvento>c", 297),
    (b"<nProt>", b"<nProt>1", 297),
    (b"<xJust>", b"<xJust>A", 297),
    (b"<xJust>", b"<xJust>\xe9", 402),
    (b"<DigestValue>", b"<DigestValue>A", 297),
    (b"<SignatureValue>", b"<SignatureValue>A", 297),
    (b"<Signature ", b"<ds:Signature ", 587),
    (b"</Signature>", b"</Signature><x/>", 215),
    (b"rsa-sha1", b"rsa-sha256", 298),
    (b'URI="#ID', b'URI="#NF', 298),
    (b"enveloped-signature", b"base64", 298),
    (b"<KeyInfo>", b"<KeyInfo><KeyName>a</KeyName>", 298),
    (b"</X509Certificate>", b"\n</X509Certificate>", 298),
)


def _shared() -> list[str]:
    """The events in the folder that CANCELA_VECTORS_BR names; they belong to nobody who clones this."""
    return sorted(each.name for each in (VECTORS / "events").iterdir()) if VECTORS else []


def _shared_authorities() -> tuple[bytes, ...]:
    assert VECTORS
    chain = (VECTORS / "certs" / "ca-chain.pem").read_bytes()
    return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(chain))


@pytest.mark.parametrize("name", ["our own", *_shared()])
def test_events_made_elsewhere_are_accepted(scene: Scene, belief: Belief, name: str) -> None:
    """Events that other signers made are good at their own time, and their mutations are not."""
    message, told = scene.good, {"tpAmb": "2", "dhEvento": GOOD.at, "CNPJAutor": EMITTER, "chDCe": ONE}
    if VECTORS and name != "our own":
        folder = VECTORS / "events" / name
        message, told = (folder / "signed.xml").read_bytes(), json.loads((folder / "input.json").read_text("utf-8"))
        belief = Belief(_shared_authorities())
    now = datetime.fromisoformat(told["dhEvento"]) + timedelta(seconds=4)
    where = {"environment": told["tpAmb"], "now": now, "by": told["CNPJAutor"]}
    asked = judged(message, belief, **where)  # type: ignore[arg-type]
    assert told["chDCe"] == asked.event.key
    for old, new, code in SPOILT:
        assert old in message
        with pytest.raises(Rejected) as refusal:
            judged(message.replace(old, new, 1), belief, **where)  # type: ignore[arg-type]
        assert (old, new, code) == (old, new, refusal.value.code("nfe"))
