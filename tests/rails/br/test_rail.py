"""The Brazilian rail over real sockets and mutual TLS: prepares, submits, consults."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from sandbox.certificates_br import IcpBrasil
from tests.rails.br.answers import (
    AT,
    CNPJ,
    DCE,
    KEY,
    OTHER,
    REGISTERED,
    envelope,
    event_answer,
    nested,
    registration,
    result,
    standing,
)
from tests.rails.br.conftest import World, job
from tests.soap.authority import NOON, Act, answer, cut, mute
from worker.domain.evidence import Grade
from worker.domain.job import Job
from worker.domain.outcome import (
    Absent,
    AlreadyKnown,
    Blocked,
    Confirmed,
    Curable,
    NoAnswer,
    NotTaken,
    Outcome,
    Pause,
    Pending,
    Refusal,
    Refuser,
    Said,
    Scope,
    Unknown,
)
from worker.engine.ports import CannotPrepare
from worker.rails.br.proof import verified
from worker.rails.br.verdict import ELSEWHERE, NOT_SHOWN, UNATTRIBUTED

HOUR = timedelta(hours=1)


def slug(outcome: Outcome) -> str:
    """The slug of an outcome that has one."""
    assert isinstance(outcome, Refusal | Curable | NotTaken | Blocked | NoAnswer)
    return outcome.slug


def lost(outcome: Outcome) -> NoAnswer:
    """An outcome that is no answer."""
    assert isinstance(outcome, NoAnswer)
    return outcome


def text(signed: bytes, name: str) -> str | None:
    """What a signed event says."""
    return etree.fromstring(signed).findtext(f".//{{{DCE}}}{name}")


# -- prepare -----------------------------------------------------------------------------------------------------------
def test_an_event_is_dated_on_the_clock_of_the_documents_state(world: World) -> None:
    """Now, to the second, at São Paulo's offset; homologation; the author out of the key."""
    signed = world.rail().prepare(job(author_cnpj=None), NOON)
    assert "2026-11-20T15:00:00-03:00" == text(signed, "dhEvento")
    assert ("35", "2", "3", CNPJ) == tuple(text(signed, name) for name in ("cOrgao", "tpAmb", "tpEmit", "CNPJAutor"))


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("America/Noronha", "16:00:00-02:00"), ("America/Eirunepe", "13:00:00-05:00"), ("", "15:00:00-03:00")],
)
def test_an_issuer_elsewhere_keeps_another_time(world: World, zone: str, expected: str) -> None:
    """Islands and the far west are not told by the key."""
    world.issuers.it = replace(world.issuers.it, zone=zone)
    assert f"2026-11-20T{expected}" == text(world.rail().prepare(job(), NOON), "dhEvento")


def test_a_date_may_be_given(world: World) -> None:
    """It goes in as it was written."""
    given = "2026-11-20T14:30:00-03:00"
    assert given == text(world.rail().prepare(job(event_at=given), NOON), "dhEvento")


@pytest.mark.parametrize(
    ("asked", "options", "expected"),
    [
        ({"justification": "curta"}, {}, "justification-short"),
        ({"protocol": "1"}, {}, "protocol-malformed"),
        ({"protocol": None}, {}, "request-unreadable"),
        ({"user_cpf": "12345678909"}, {}, "user-twice"),
        ({"user_cnpj": None}, {}, "user-missing"),
        ({"author_cnpj": "11222333000181"}, {}, "author-not-emitter"),
        ({"event_at": "2026-11-20T10:00:00-03:00"}, {}, "event-time-before-authorisation"),
        ({"event_at": "2026-11-20T10:00:00Z"}, {}, "event-time-malformed"),
        ({"key": OTHER}, {}, "request-unreadable"),
        ({"key": KEY[:-1] + "0"}, {}, "access-key-check-digit"),
        ({"sequence": 1000}, {}, "sequence-malformed"),
        ({}, {"sefaz": {"authority": "XX"}}, "authority-unknown"),
        ({}, {"sefaz": {"authority": ""}}, "authority-missing"),
        ({}, {"sefaz": {"nonsense": 1}}, "gateway-misconfigured"),
        (
            {},
            {"sefaz": {"namespaces": {DCE + "/wsdl/DCeConsulta": "urn:x"}, "event": "ftp://x"}},
            "gateway-misconfigured",
        ),
    ],
)
def test_what_can_t_be_prepared_is_said(
    world: World, asked: dict[str, Any], options: dict[str, Any], expected: str
) -> None:
    """Each thing that stands in the way has its slug, before anything leaves."""
    world.set(**options)
    with pytest.raises(CannotPrepare) as caught:
        world.rail().prepare(job(**asked), NOON)
    assert expected == caught.value.slug


def test_a_predicted_rejection_names_its_code(world: World) -> None:
    """Told here, with the number that SEFAZ would have given."""
    with pytest.raises(CannotPrepare) as caught:
        world.rail().prepare(job(author_cnpj="11222333000181"), NOON)
    assert caught.value.said is not None
    assert ("local", "574") == (caught.value.said.level, caught.value.said.code)


def test_a_foreign_certificate_is_refused(world: World, brasil: IcpBrasil) -> None:
    """Another company's A1 does not sign for this one."""
    world.seal(brasil.ecnpj("11222333000181"))
    with pytest.raises(CannotPrepare, match="a1-foreign-base"):
        world.rail().prepare(job(), NOON)


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        (None, "a1-missing"),
        (b"nonsense", "credential-malformed"),
        (json.dumps({"pfx": "?", "password": ""}).encode(), "credential-malformed"),
        (json.dumps({"pfx": "AAAA", "password": "x"}).encode(), "a1-unreadable"),
    ],
)
def test_a_certificate_that_does_not_open_is_said(world: World, secret: bytes | None, expected: str) -> None:
    """Missing and unreadable are told apart."""
    del world.vault.secrets["acme", "a1", "issuer-1"]
    if secret is not None:
        world.vault.secrets["acme", "a1", "issuer-1"] = secret
    with pytest.raises(CannotPrepare) as caught:
        world.rail().prepare(job(), NOON)
    assert expected == caught.value.slug


def test_a_bundle_that_is_not_there_is_said(world: World) -> None:
    """Whom to trust must be readable before anything is signed."""
    world.settings["test"]["http"]["ca_bundle"] = "/no/such/bundle.pem"
    with pytest.raises(CannotPrepare, match="gateway-misconfigured"):
        world.rail().prepare(job(), NOON)


@pytest.mark.parametrize(
    ("tenant", "issuer", "expected"), [("other", "issuer-1", "issuer-differs"), ("acme", "x", "issuer-unknown")]
)
def test_nobody_signs_for_somebody_else(world: World, tenant: str, issuer: str, expected: str) -> None:
    """The job's issuer must be there and its tenant's."""
    with pytest.raises(CannotPrepare, match=expected):
        world.rail().prepare(replace(job(), tenant=tenant, issuer=issuer), NOON)


# -- submit ------------------------------------------------------------------------------------------------------------
def submitted(world: World, *acts: Act, asked: Job | None = None) -> tuple[Outcome, bytes, Any]:
    """The outcome of a submit, the bytes that were sent, and the whole answer."""
    world.sefaz.acts = list(acts)
    rail, made = world.rail(), asked or job()
    signed = rail.prepare(made, NOON)
    told = rail.submit(replace(made, fence=made.fence or 1), signed)
    return told.outcome, signed, told


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("135", None),
        ("155", "sefaz-homologated-late"),
        ("136", "sefaz-registered-with-reservation"),
        ("134", "sefaz-registered-with-reservation"),
    ],
)
def test_a_registered_event_is_proof(world: World, code: str, note: str | None) -> None:
    """The event as it was sent and SEFAZ's answer make procEventoDCe; protocol and date stand beside the reason."""
    outcome, signed, told = submitted(world, answer(event_answer(code)))
    words = f"Evento registrado [nProt:{REGISTERED}][dhRegEvento:{AT}]"
    assert Confirmed(Grade.AUTHORITY_EVENT, Said("sefaz-event", code, words), note) == outcome
    exchange, kept = told.exchanges
    assert "procEventoDCe" == kept.kind
    assert signed in kept.received
    shown = verified(kept.received)
    assert (KEY, REGISTERED, code) == (shown.key, shown.protocol, shown.code)
    assert event_answer(code) == exchange.received


def test_what_was_signed_travels_byte_for_byte(world: World) -> None:
    """SOAP 1.2 with its action, and the signed bytes as they are in the middle."""
    _, signed, told = submitted(world, answer(event_answer()))
    heard = world.sefaz.heard[0]
    action = DCE + "/wsdl/DCeRecepcaoEvento/dceRecepcaoEvento"
    assert f'application/soap+xml; charset=utf-8; action="{action}"' == heard.headers["content-type"]
    assert heard.line.startswith("POST /ws/DCeRecepcaoEvento ")
    assert signed in heard.body
    assert heard.body == told.exchanges[0].sent


def test_a_forwarded_form_of_the_answer_is_read(world: World) -> None:
    """Text that holds XML is XML."""
    written = '<?xml version="1.0" encoding="ISO-8859-1"?>' + registration(reason="Evento já registrado")
    outcome, _, told = submitted(world, answer(result("dceRecepcaoEvento", escape(written))))
    assert isinstance(outcome, Confirmed)
    assert outcome.said.text.startswith("Evento já registrado")
    assert REGISTERED == verified(told.exchanges[1].received).protocol


@pytest.mark.parametrize(
    ("act", "expected", "number"),
    [
        (answer(b"<html><body>503"), "answer-unreadable", "5101"),
        (answer(envelope("<x/>")), "answer-unreadable", "5101"),
        (answer(event_answer(None)), "answer-without-code", "5102"),
        (answer(event_answer("135", None)), "answer-without-text", "5103"),
        (answer(event_answer(nProt=None)), "answer-incomplete", "5104"),
        (answer(event_answer(dhRegEvento=None)), "answer-incomplete", "5104"),
        (answer(event_answer(chDCe=None)), "answer-incomplete", "5104"),
        (answer(event_answer(tpEvento="110110")), "answer-incomplete", "5104"),
        (answer(b""), "answer-empty", "5105"),
        (answer(event_answer(chDCe=OTHER)), "answer-names-another-document", "6515"),
        (answer(event_answer("219", chDCe=OTHER)), "answer-names-another-document", "6515"),
        (answer(event_answer("999")), "sefaz-internal-error", "999"),
        (answer(event_answer("128")), "sefaz-batch-answer", "128"),
        (answer(b"<html/>", 503), "answer-http-status", "5008"),
        (answer(envelope("<env:Fault><env:Code><env:Value>env:Receiver</env:Value></env:Code></env:Fault>"), 500),
         "answer-soap-fault", "5008"),
        (cut, "transport-broken", None),
    ],
)  # fmt: skip
def test_an_answer_that_can_t_be_relied_on_is_no_answer(
    world: World, act: Act, expected: str, number: str | None
) -> None:
    """SEFAZ may have acted; the common DLL's number stands beside our slug."""
    outcome, _, told = submitted(world, act)
    assert (expected, True, number) == (slug(outcome), lost(outcome).left, lost(outcome).said.code)
    assert 1 == len(told.exchanges)


def test_a_silent_server_may_have_acted(world: World) -> None:
    """A timeout says nothing about the event."""
    world.settings["test"]["http"]["seconds"] = 0.5
    outcome, *_ = submitted(world, mute)
    assert ("transport-timeout", True, "5006") == (slug(outcome), lost(outcome).left, lost(outcome).said.code)


def test_nobody_there_means_nothing_left(world: World) -> None:
    """A refused connection proves that the event did not leave."""
    world.set(sefaz={"event": "https://localhost:1/dce"})
    outcome, *_ = submitted(world, mute)
    assert ("transport-unreachable", False) == (slug(outcome), lost(outcome).left)


def test_a_certificate_that_the_server_refuses_blocks_the_credential(world: World) -> None:
    """Every job of this certificate would meet the same; unless a reset was faster than the server's word."""
    world.seal(IcpBrasil().ecnpj(CNPJ))
    outcome, *_ = submitted(world, mute)
    assert slug(outcome) in {"transport-certificate-refused", "transport-broken"}
    assert not isinstance(outcome, Blocked) or (Scope.CREDENTIAL, "5001") == (outcome.scope, outcome.said.code)


@pytest.mark.parametrize("code", ["218", "420", "573", "631"])
def test_a_duplicate_is_known(world: World, code: str) -> None:
    """Not a failure: whose the first one is will be asked."""
    assert isinstance(submitted(world, answer(event_answer(code)))[0], AlreadyKnown)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("203", "sefaz-issuer-not-enabled"),
        ("215", "sefaz-request-defect"),
        ("219", "sefaz-transport-begun"),
        ("220", "sefaz-window-over"),
        ("501", "sefaz-window-over"),
        ("222", "sefaz-protocol-differs"),
        ("236", "sefaz-key-refused"),
        ("297", "sefaz-request-defect"),
        ("587", "sefaz-request-defect"),
        ("632", "sefaz-author-refused"),
        ("217", "sefaz-dce-unknown"),
        ("494", "sefaz-dce-unknown"),
    ],
)
def test_a_definite_no_is_a_refusal(world: World, code: str, expected: str) -> None:
    """SEFAZ's, with a slug that says what to do."""
    outcome, *_ = submitted(world, answer(event_answer(code, "Rejeição: não")))
    assert Refusal(Refuser.AUTHORITY, expected, Said("sefaz-event", code, "Rejeição: não")) == outcome


@pytest.mark.parametrize("code", ["577", "578", "579", "634", "635", "637"])
def test_a_refused_date_can_be_cured(world: World, code: str) -> None:
    """New bytes get a new date; a date that a person gave stays what it is."""
    assert isinstance(submitted(world, answer(event_answer(code)))[0], Curable)
    given = job(event_at="2026-11-20T14:30:00-03:00")
    outcome, *_ = submitted(world, answer(event_answer(code)), asked=given)
    assert isinstance(outcome, Refusal)


@pytest.mark.parametrize(
    ("code", "expected"), [("213", "sefaz-certificate-other-base"), ("281", "sefaz-certificate-refused")]
)
def test_a_refused_certificate_blocks_the_credential(world: World, code: str, expected: str) -> None:
    """A person has to mend it."""
    outcome, *_ = submitted(world, answer(event_answer(code)))
    assert isinstance(outcome, Blocked)
    assert (Scope.CREDENTIAL, expected) == (outcome.scope, outcome.slug)


@pytest.mark.parametrize(
    ("code", "pause"),
    [
        ("108", Pause(Scope.AUTHORITY, timedelta(minutes=1))),
        ("109", Pause(Scope.AUTHORITY, timedelta(minutes=10))),
        ("656", Pause(Scope.ACCOUNT, HOUR)),
        ("678", Pause(Scope.ACCOUNT, HOUR)),
        ("286", None),
        ("296", None),
    ],
)
def test_not_now_holds_back_whom_it_concerns(world: World, code: str, pause: Pause | None) -> None:
    """A paused service everybody, a throttled CNPJ its account; nothing was registered."""
    outcome, *_ = submitted(world, answer(event_answer(code)))
    assert isinstance(outcome, NotTaken)
    assert pause == outcome.pause


@pytest.mark.parametrize("code", ["777", "100", "101", "000"])
def test_an_unknown_code_is_unknown(world: World, code: str) -> None:
    """Whatever its words say."""
    outcome, *_ = submitted(world, answer(event_answer(code, "Rejeição: prazo, duplicidade, já cancelada")))
    assert isinstance(outcome, Unknown)


def test_a_fresh_document_may_not_be_known_everywhere(world: World) -> None:
    """Right after its authorisation it is sent once more after a minute, and then it is not known."""
    fresh = job(authorised_at="2026-11-20T14:58:00-03:00")
    outcome, *_ = submitted(world, answer(event_answer("494")), asked=fresh)
    assert isinstance(outcome, NotTaken)
    assert timedelta(minutes=1) == outcome.after
    outcome, *_ = submitted(world, answer(event_answer("494")), asked=replace(fresh, fence=2))
    assert isinstance(outcome, Refusal)


# -- consult -----------------------------------------------------------------------------------------------------------
def consulted(world: World, body: bytes, asked: Job | None = None) -> tuple[Outcome, Any]:
    """What a question comes to."""
    world.sefaz.acts = [answer(body)]
    told = world.rail().consult(asked or job())
    return told.outcome, told


def event_of(world: World, **request: Any) -> tuple[Job, bytes]:
    """A job whose event was sent, and the event."""
    made = job(**request)
    signed = world.rail().prepare(made, NOON)
    return world.kept(made, signed), signed


def test_the_question_is_asked_with_the_issuers_certificate(world: World) -> None:
    """consSitDCe inside SOAP 1.2."""
    consulted(world, standing("100"))
    heard = world.sefaz.heard[0]
    assert (
        f'<consSitDCe xmlns="{DCE}" versao="1.00"><tpAmb>2</tpAmb><xServ>CONSULTAR</xServ><chDCe>{KEY}'.encode()
        in heard.body
    )
    assert heard.line.startswith("POST /ws/DCeConsulta ")


@pytest.mark.parametrize("shape", [str, nested])
@pytest.mark.parametrize("code", ["101", "100", "777"])
def test_our_registered_event_is_found(world: World, shape: Any, code: str) -> None:
    """Flat or nested, whatever code stands above it: our Id and digest, so the proof is made of our bytes."""
    asked, signed = event_of(world)
    outcome, told = consulted(world, standing(code, shape(signed.decode() + registration())), asked)
    words = f"Motivo [nProt:{REGISTERED}][dhRegEvento:{AT}]"
    assert Confirmed(Grade.AUTHORITY_EVENT, Said("sefaz-consult", code, words)) == outcome
    assert "procEventoDCe" == told.exchanges[1].kind
    assert signed in told.exchanges[1].received


def test_ours_may_deserve_a_warning(world: World) -> None:
    """Homologated late, it is still ours."""
    asked, signed = event_of(world)
    outcome, _ = consulted(world, standing("101", signed.decode() + registration("155")), asked)
    assert isinstance(outcome, Confirmed)
    assert "sefaz-homologated-late" == outcome.note


def test_somebody_elses_event_is_told_apart(world: World) -> None:
    """Same Id, other digest: cancelled all the same, by another."""
    asked, _ = event_of(world)
    theirs = world.rail().prepare(job(justification="Outro sistema cancelou"), NOON)
    outcome, told = consulted(world, standing("101", theirs.decode() + registration()), asked)
    assert isinstance(outcome, Confirmed)
    assert ELSEWHERE == outcome.note
    assert theirs in told.exchanges[1].received


@pytest.mark.parametrize("sent", [True, False])
def test_what_can_t_be_told_is_not_claimed(world: World, sent: bool) -> None:
    """No event beside the registration, or no event of ours to compare with."""
    asked, signed = event_of(world)
    shown = registration() if sent else signed.decode() + registration()
    outcome, told = consulted(world, standing("101", shown), asked if sent else job())
    assert isinstance(outcome, Confirmed)
    assert UNATTRIBUTED == outcome.note
    assert told.exchanges[0].received


def test_an_event_that_does_not_verify_is_evidence_as_it_came(world: World) -> None:
    """Somebody else's broken copy makes no procEventoDCe, and the answer itself is kept."""
    asked, signed = event_of(world)
    broken = signed.decode().replace("desistiu", "insistiu").replace("<DigestValue>", "<DigestValue>A")
    outcome, told = consulted(world, standing("101", broken + registration()), asked)
    assert (Confirmed, 1) == (type(outcome), len(told.exchanges))


@pytest.mark.parametrize(
    "event",
    [registration("573"), registration(tpEvento="110112"), registration(chDCe=OTHER), registration(None), ""],
)
def test_other_events_prove_nothing(world: World, event: str) -> None:
    """A rejection, another kind, another document, an unreadable one."""
    outcome, _ = consulted(world, standing("100", event))
    assert isinstance(outcome, Absent)


def test_a_cancellation_without_its_event_is_waited_for(world: World) -> None:
    """Cancelled, protocol pending: asked for a while, and then it ends with the answer as evidence."""
    outcome, _ = consulted(world, standing("101"))
    assert isinstance(outcome, Pending)
    asked = replace(job(), acknowledged_at=NOON - timedelta(minutes=59))
    assert isinstance(consulted(world, standing("101"), asked)[0], Pending)
    asked = replace(job(), acknowledged_at=NOON - HOUR)
    outcome, told = consulted(world, standing("101"), asked)
    assert Confirmed(Grade.AUTHORITY_EVENT, Said("sefaz-consult", "101", "Motivo"), NOT_SHOWN) == outcome
    assert standing("101") == told.exchanges[0].received


def test_what_a_duplicate_told_is_not_forgotten(world: World) -> None:
    """Its protocol stands beside the cancellation that shows no event."""
    told = Said("sefaz-event", "573", f"Duplicidade de evento [nProt: {REGISTERED}][dhRegEvento: {AT}]")
    asked = replace(job(), said=told, acknowledged_at=NOON - HOUR)
    outcome, _ = consulted(world, standing("101"), asked)
    assert isinstance(outcome, Confirmed)
    assert f"Motivo [nProt:{REGISTERED}][dhRegEvento:{AT}]" == outcome.said.text


@pytest.mark.parametrize("code", ["217", "494"])
def test_an_unknown_document_is_asked_about_twice(world: World, code: str) -> None:
    """A minute apart; then nothing can have been registered of it."""
    assert isinstance(consulted(world, standing(code))[0], Absent)
    soon = replace(job(), denials=1, denied_at=NOON - timedelta(seconds=59))
    assert isinstance(consulted(world, standing(code), soon)[0], Absent)
    later = replace(job(), denials=1, denied_at=NOON - timedelta(seconds=60))
    assert "sefaz-dce-unknown" == slug(consulted(world, standing(code), later)[0])


@pytest.mark.parametrize(
    ("code", "expected", "pause"),
    [
        ("108", "sefaz-paused", Pause(Scope.AUTHORITY, timedelta(minutes=1))),
        ("656", "sefaz-throttled", Pause(Scope.ACCOUNT, HOUR)),
        ("999", "sefaz-internal-error", None),
    ],
)
def test_a_question_that_is_not_taken_says_nothing(world: World, code: str, expected: str, pause: Pause | None) -> None:
    """It proves no absence: the event may be there."""
    outcome, _ = consulted(world, standing(code))
    assert isinstance(outcome, NoAnswer)
    assert (expected, pause) == (outcome.slug, outcome.pause)


@pytest.mark.parametrize(("code", "scope"), [("215", Scope.REQUEST), ("236", Scope.REQUEST), ("281", Scope.CREDENTIAL)])
def test_a_refused_question_refuses_no_document(world: World, code: str, scope: Scope) -> None:
    """A person has to look."""
    outcome, _ = consulted(world, standing(code))
    assert isinstance(outcome, Blocked)
    assert scope is outcome.scope


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (standing(None), "answer-without-code"),
        (standing("100", key=OTHER), "answer-names-another-document"),
        (b"", "answer-empty"),
        (envelope("<x/>"), "answer-unreadable"),
    ],
)
def test_an_answer_about_something_else_denies_nothing(world: World, body: bytes, expected: str) -> None:
    """The authorisation's own code inside it is not the document's."""
    assert expected == slug(consulted(world, body)[0])


def test_what_stands_in_the_way_of_asking_is_said(world: World) -> None:
    """Without a certificate nobody is asked, and the credential is to be mended."""
    del world.vault.secrets["acme", "a1", "issuer-1"]
    rail = world.rail()
    for outcome in (rail.consult(job()).outcome, rail.submit(job(), b"<x/>").outcome):
        assert isinstance(outcome, Blocked)
        assert (Scope.CREDENTIAL, "a1-missing") == (outcome.scope, outcome.slug)
    assert isinstance(rail.consult(replace(job(), issuer="nobody")).outcome, Blocked)
    world.set(sefaz={"authority": "XX"})
    assert "authority-unknown" == slug(world.rail().consult(job()).outcome)


def test_a_silent_question_is_asked_again(world: World) -> None:
    """A broken line denies nothing."""
    world.sefaz.acts = [cut]
    assert "transport-broken" == slug(world.rail().consult(job()).outcome)


# -- clock -------------------------------------------------------------------------------------------------------------
def test_nothing_is_signed_while_our_clock_is_ahead(world: World) -> None:
    """SEFAZ's own times tell; a measure is believed for a while and dies when the clock is set back."""
    rail = world.rail()
    behind = (NOON - timedelta(seconds=32)).isoformat()
    world.sefaz.acts = [answer(standing("100", at=behind))]
    rail.consult(job())
    with pytest.raises(CannotPrepare, match="clock-ahead") as caught:
        rail.prepare(job(), NOON)
    assert caught.value.said is not None
    assert "31 s" == caught.value.said.text
    world.clock.at = NOON - timedelta(seconds=32)
    assert rail.prepare(job(), world.clock.at)
    world.clock.at = NOON + timedelta(minutes=11)
    assert rail.prepare(job(), world.clock.at)


def test_the_date_of_an_answer_counts_as_well(world: World) -> None:
    """A refused event names no time; its HTTP answer does. The latest of an answer's times is its present."""
    rail = world.rail()
    world.sefaz.acts = [answer(event_answer("578"), headers={"Date": "Fri, 20 Nov 2026 17:55:00 GMT"})]
    rail.submit(job(), rail.prepare(job(), NOON))
    with pytest.raises(CannotPrepare, match="clock-ahead"):
        rail.prepare(job(), NOON)
    world.clock.at = datetime.fromisoformat("2026-11-20T18:05:00+00:00")
    old = standing("100", at="2026-11-20T15:00:00-03:00")
    world.sefaz.acts = [answer(old, headers={"Date": "Fri, 20 Nov 2026 18:05:00 GMT"})]
    rail.consult(job())
    assert rail.prepare(job(), world.clock.at)


# -- the rest ----------------------------------------------------------------------------------------------------------
def test_credentials_can_be_forgotten(world: World) -> None:
    """Afterwards the vault is asked again, and another connection shows who we are."""
    world.sefaz.acts = [answer(standing("100"))]
    rail = world.rail()
    for expected in (1, 1):
        rail.consult(job())
        assert expected == world.vault.opened == world.sefaz.connections
    rail.forget_credentials()
    rail.consult(job())
    assert (2, 2) == (world.vault.opened, world.sefaz.connections)


def test_a_replaced_certificate_is_used(world: World, brasil: IcpBrasil) -> None:
    """Within seconds, on a connection of its own."""
    world.sefaz.acts = [answer(standing("100"))]
    rail = world.rail()
    rail.consult(job())
    world.seal(brasil.ecnpj(CNPJ, san="utf8"))
    world.clock.at += timedelta(seconds=16)
    rail.consult(job())
    assert 2 == world.sefaz.connections


def test_an_old_pfx_without_its_chain_is_completed(world: World, leaf: Any, brasil: IcpBrasil, files: Any) -> None:
    """What stands in the bundle of trusted certificates completes the chain that must be shown."""
    bundle = files / "with-intermediate.pem"
    bundle.write_bytes((files / "ca.pem").read_bytes() + brasil.bundle_pem)
    world.settings["test"]["http"]["ca_bundle"] = str(bundle)
    world.seal(leaf, legacy=True, chain=False)
    assert isinstance(consulted(world, standing("100"))[0], Absent)


def test_the_window_is_a_hard_day(world: World) -> None:
    """From the authorisation; without it no end is known."""
    rail = world.rail()
    window = rail.window(job().request, NOON)
    assert (NOON + 23 * HOUR, True) == (window.closes_at, window.hard)
    assert rail.window({}, NOON).closes_at is None
