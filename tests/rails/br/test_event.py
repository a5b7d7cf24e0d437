"""The cancellation event: what goes into it, in which form, and who may sign it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from schemas.br.access_key import AccessKey
from schemas.br.emitter_user import EmitterUser
from schemas.br.protocol import Protocol
from schemas.invalid import Invalid
from tests.rails.br.events import a1, event
from tests.schemas.br.test_access_key import SEED, key
from worker.rails.br.event import EventFields, build, signed
from worker.signing.faults import CredentialFault

DCE = "{http://www.portalfiscal.inf.br/dce}"
CONTENT: dict[str, Any] = {
    "key": SEED,
    "protocol": "1351200000000200",
    "justification": "Teste de cancelamento",
    "author_cnpj": "10142785000190",
    "user_cnpj": "00000000037940",
}


def said(root: etree._Element) -> dict[str, str]:
    """Each element's own text, by local name."""
    return {str(etree.QName(each).localname): str(each.text) for each in root.iter() if each.text}


def test_elements_and_their_order() -> None:
    """As the current generation of the schema has them; no blank, no declaration, no prefix."""
    octets = signed(a1(), *event()).decode()
    begin = (
        '<eventoDCe xmlns="http://www.portalfiscal.inf.br/dce" versao="1.00">'
        '<infEvento Id="ID11011135250510142785000190990000000000011308085037001">'
        "<cOrgao>35</cOrgao><tpAmb>2</tpAmb><tpEmit>3</tpEmit><CNPJAutor>10142785000190</CNPJAutor>"
        "<CNPJUsEmit>00000000037940</CNPJUsEmit><chDCe>35250510142785000190990000000000011308085037</chDCe>"
        "<dhEvento>2025-05-17T21:49:27-03:00</dhEvento><tpEvento>110111</tpEvento><nSeqEvento>1</nSeqEvento>"
        '<detEvento versaoEvento="1.00"><evCancDCe><descEvento>Cancelamento</descEvento>'
        "<nProt>1351200000000200</nProt><xJust>Teste de cancelamento</xJust></evCancDCe></detEvento></infEvento>"
        '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>'
    )
    assert begin == octets[: len(begin)]
    assert octets.endswith("</X509Certificate></X509Data></KeyInfo></Signature></eventoDCe>")


def test_the_same_arguments_give_the_same_bytes() -> None:
    """Nothing random goes into it."""
    assert signed(a1(), *event()) == signed(a1(), *event())


def test_sequence_twelve() -> None:
    """Three digits in the Id, none in front in the element."""
    fields, at = event(nSeqEvento=12)
    root = build(fields, at)
    assert fields.id.endswith("012")
    assert "12" == said(root)["nSeqEvento"]


@pytest.mark.parametrize(
    ("changes", "tag"),
    [
        ({"CNPJUsEmit": None, "CPFUsEmit": "12345678909"}, "CPFUsEmit"),
        ({"CNPJUsEmit": None, "IdOutrosUsEmit": "RNE-V123456"}, "IdOutrosUsEmit"),
    ],
)
def test_the_emitting_user_takes_its_own_element(changes: dict[str, Any], tag: str) -> None:
    """One of three, at the same place."""
    fields, at = event(**changes)
    names = [str(etree.QName(each).localname) for each in build(fields, at)[0]]
    assert ["CNPJAutor", tag, "chDCe"] == names[3:6]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/Rio_Branco", "2026-11-20T16:30:00-05:00"),
        ("America/Noronha", "2026-11-20T19:30:00-02:00"),
        ("America/Sao_Paulo", "2026-11-20T18:30:00-03:00"),
        ("UTC", "2026-11-20T21:30:00+00:00"),
    ],
)
def test_a_moment_is_written_at_its_own_offset(zone: str, expected: str) -> None:
    """Without fractions."""
    at = datetime(2026, 11, 20, 21, 30, 0, 123456, UTC).astimezone(ZoneInfo(zone))
    assert expected == said(build(event()[0], at))["dhEvento"]


def test_a_naive_moment_is_refused() -> None:
    """Nobody knows when it is."""
    with pytest.raises(Invalid, match="event-time-malformed"):
        build(event()[0], datetime(2026, 11, 20))  # noqa: DTZ001 - that is the point


def test_a_request_makes_an_event() -> None:
    """Author, organ and kind of emitter follow from the key; the environment is the job's."""
    fields = EventFields.of(CONTENT, "production")
    expected = {"cOrgao": "35", "tpAmb": "1", "tpEmit": "3", "CNPJAutor": "10142785000190", "nSeqEvento": "1"}
    assert expected.items() <= said(build(fields, event()[1])).items()
    assert fields == EventFields.of({name: CONTENT[name] for name in CONTENT.keys() - {"author_cnpj"}}, "production")


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"key": key(cnpj="12ABC34501DE35"), "author_cnpj": None}, "access-key-alphanumeric-not-yet"),
        ({"key": key(emitter="4")}, "access-key-emitter"),
        ({"author_cnpj": "12ABC34501DE35"}, "cnpj-alphanumeric-not-yet"),
        ({"justification": "curta"}, "justification-short"),
        ({"protocol": "1"}, "protocol-malformed"),
        ({"user_cpf": "12345678909"}, "user-twice"),
        ({"user_cnpj": None}, "user-missing"),
        ({"sequence": 0}, "sequence-malformed"),
        ({"sequence": 1000}, "sequence-malformed"),
        ({"sequence": True}, "sequence-malformed"),
    ],
)
def test_what_cannot_be_said_is_refused(changes: dict[str, Any], slug: str) -> None:
    """Before anything is built."""
    with pytest.raises(Invalid) as wrong:
        EventFields.of(CONTENT | changes, "test")
    assert slug == wrong.value.slug


@pytest.mark.parametrize(
    ("environment", "organ", "slug"), [("3", None, "environment-unknown"), ("2", "X1", "event-organ-unknown")]
)
def test_environment_and_organ_are_codes(environment: str, organ: str | None, slug: str) -> None:
    """What no code can be is told."""
    user = EmitterUser.of(cpf="12345678909")
    with pytest.raises(Invalid, match=slug):
        EventFields(AccessKey(SEED), Protocol("1351200000000200"), "x" * 15, user, environment, organ=organ)


def test_a_branch_signs_for_its_company_and_a_stranger_does_not() -> None:
    """The first eight characters decide (213)."""
    assert signed(a1("10142785000271"), *event()) != signed(a1(), *event())
    with pytest.raises(CredentialFault, match="a1-foreign-base"):
        signed(a1("11222333000181"), *event())


def test_letters_of_latin_1_stay_as_they_are() -> None:
    """UTF-8 on the wire, markup escaped, quotes not."""
    text = 'peça "A&B" <avariada>, devolução nº 7 ÿ \u00a0\u0085.'
    octets = signed(a1(), *event(xJust=text))
    assert 'peça "A&amp;B" &lt;avariada&gt;, devolução nº 7 ÿ \u00a0\u0085.'.encode() in octets
    assert text == said(etree.fromstring(octets))["xJust"]
