"""The last look before sending: schema and form."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.br.event_time import EventTime
from schemas.br.justification import justification
from schemas.invalid import Invalid
from tests.rails.br.events import a1, event
from worker.rails.br.event import signed
from worker.rails.br.validation import SchemaFault, validate_event, validate_query

DCE = 'xmlns="http://www.portalfiscal.inf.br/dce"'
SOUND = signed(a1(), *event())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<tpAmb>2", "<tpAmb>3", "tpAmb"),
        ("<cOrgao>35", "<cOrgao>34", "cOrgao"),
        ("<tpEmit>3", "<tpEmit>4", "tpEmit"),
        ("<CNPJAutor>10142785000190", "<CNPJAutor>1014278500019", "CNPJAutor"),
        ("<CNPJAutor>10142785000190", "<CNPJAutor>12ABC34501DE35", "CNPJAutor"),
        ("CNPJUsEmit>", "CNPJ>", "CNPJ"),
        ("<CNPJUsEmit>00000000037940</CNPJUsEmit>", "", "chDCe"),
        ("<chDCe>35", "<chDCe>34", "chDCe"),
        ("-03:00", "Z", "dhEvento"),
        ("21:49:27", "21:49:27.5", "dhEvento"),
        ("2025-05-17", "2025-02-30", "dhEvento"),
        ("-03:00", ",03:00", "dhEvento"),
        ("<tpEvento>110111", "<tpEvento>110112", "tpEvento"),
        ("<nSeqEvento>1<", "<nSeqEvento>1234<", "nSeqEvento"),
        ('versaoEvento="1.00"', 'versaoEvento="2.00"', "versaoEvento"),
        ('versao="1.00"', 'versao="3.00"', "versao"),
        ("Id=", 'x="1" Id=', "infEvento"),
        ("085037001", "08503701", "Id"),
        ("Cancelamento<", "cancelamento<", "descEvento"),
        ("<nProt>1", "<nProt>", "nProt"),
        ("Teste de cancelamento", "Teste", "xJust"),
        ("Teste de cancelamento", "Teste de\ncancelamento", "xJust"),
        ("Teste de cancelamento", "Teste de cancelamento ", "xJust"),
        ("Teste de cancelamento", "Teste – de cancelamento", "xJust"),
        ("#rsa-sha1", "#rsa-sha256", "SignatureMethod"),
        ("<X509Data>", "<X509Data><X509SubjectName>x</X509SubjectName>", "X509SubjectName"),
        ("</SignatureValue>", "\n</SignatureValue>", "SignatureValue"),
        ("</xJust>", "</xJust>\n", "form"),
        ("<eventoDCe", "\n<eventoDCe", "form"),
        ("<eventoDCe", '<?xml version="1.0"?><eventoDCe', "form"),
        ("<eventoDCe", "\ufeff<eventoDCe", "form"),
        ("<eventoDCe", "<!DOCTYPE eventoDCe><eventoDCe", "form"),
        ("<infEvento", "<!-- x --><infEvento", "form"),
        ("<eventoDCe", '<eventoDCe xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', "form"),
        ("</eventoDCe>", "", "form"),
    ],
)
def test_refuses_every_deviation(old: str, new: str, reason: str) -> None:
    """And names the element, or the form."""
    text = SOUND.decode()
    assert old in text
    with pytest.raises(SchemaFault) as fault:
        validate_event(text.replace(old, new).encode())
    assert reason in fault.value.value


def test_an_unsigned_event_is_none() -> None:
    """The signature is part of the schema."""
    text = SOUND.decode()
    begin = text.index("<Signature")
    with pytest.raises(SchemaFault, match="Signature"):
        validate_event((text[:begin] + "</eventoDCe>").encode())


def test_the_objection_does_not_quote_the_message() -> None:
    """What a person wrote stays out of logs."""
    text = SOUND.decode().replace("Teste de cancelamento", "segredo '\" é só meu\t")
    with pytest.raises(SchemaFault) as fault:
        validate_event(text.encode())
    assert "segredo" not in str(fault.value)


def test_a_message_is_not_larger_than_the_authority_takes() -> None:
    """One mebibyte."""
    with pytest.raises(SchemaFault, match="too large"):
        validate_event(SOUND + b" " * 1_048_576)


@pytest.mark.parametrize(
    "text",
    [
        f'<consSitDCe {DCE} versao="1.00"><tpAmb>2</tpAmb><xServ>CONSULTAR</xServ>'
        "<chDCe>35250510142785000190990000000000011308085037</chDCe></consSitDCe>",
        f'<consStatServDCe {DCE} versao="1.00"><tpAmb>1</tpAmb><cUF>41</cUF><xServ>STATUS</xServ></consStatServDCe>',
    ],
)
def test_questions_have_a_schema_too(text: str) -> None:
    """Sound ones pass, another service does not."""
    validate_query(text.encode())
    with pytest.raises(SchemaFault, match="xServ"):
        validate_query(text.replace("xServ>", "xServ>X", 1).encode())


def test_threads_share_a_schema() -> None:
    """Each hears its own objection."""
    heard: dict[int, str] = {}

    def objection(number: int) -> None:
        mutated = SOUND.replace(b"<tpAmb>2", b"<tpAmb>9") if number % 2 else SOUND.replace(b"<tpEmit>3", b"<tpEmit>9")
        try:
            validate_event(mutated)
        except SchemaFault as fault:
            heard[number] = "tpAmb" if "tpAmb" in fault.value else "tpEmit"

    threads = [threading.Thread(target=objection, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: "tpAmb" if number % 2 else "tpEmit" for number in range(16)} == heard


def passes(old: str, new: str) -> bool:
    """Whether the schema takes the sound event with this in it."""
    try:
        validate_event(SOUND.replace(old.encode(), escape(new, {"\r": "&#13;"}).encode()))
    except SchemaFault:
        return False
    return True


@given(
    st.text(st.one_of(st.characters(min_codepoint=32, max_codepoint=255), st.sampled_from("\t\n\r –€")), max_size=300)
)
def test_the_justification_s_rules_are_the_schema_s(text: str) -> None:
    """Told early or told late, the answer is the same."""
    try:
        justification(text)
        told = True
    except Invalid:
        told = False
    assert passes("Teste de cancelamento", text) == told


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2110, 1, 1)),  # noqa: DTZ001 - the zone is the other half
    st.integers(-15 * 60, 15 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.just(UTC),
)
def test_a_moment_s_rules_are_the_schema_s(at: datetime, zone: timezone) -> None:
    """Every moment that can be written is valid, and no other."""
    text = at.replace(tzinfo=zone, microsecond=0).isoformat()
    try:
        EventTime(text)
        told = True
    except Invalid:
        told = False
    assert passes("2025-05-17T21:49:27-03:00", text) == told
