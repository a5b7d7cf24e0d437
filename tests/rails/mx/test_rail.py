"""The Mexican rail over real sockets: prepares, submits, consults."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from sandbox.certificates import Authority
from tests.rails.mx.answers import ISSUER, OTHER, RECEIVER, STATUS, UUID, acuse, sat, submitted, told
from tests.rails.mx.conftest import PASSWORD, World, job
from tests.soap.authority import NOON, Act, answer, cut, mute
from worker.domain.evidence import Grade
from worker.domain.job import Job
from worker.domain.outcome import (
    KNOWN_BEFORE,
    Absent,
    AlreadyKnown,
    Blocked,
    Confirmed,
    Curable,
    NoAnswer,
    NotTaken,
    Outcome,
    Pending,
    Refusal,
    Refuser,
    Scope,
    Unknown,
)
from worker.engine.ports import CannotPrepare
from worker.rails.mx.verdict import ELSEWHERE

#: When the acuses of these answers say that they were made.
ACUSE_AT = datetime(2026, 11, 20, 18, 0, 54, 878850, tzinfo=UTC)
DAY = timedelta(days=1)


def slug(outcome: Outcome) -> str:
    """The slug of an outcome that has one."""
    assert isinstance(outcome, Refusal | Curable | NotTaken | Blocked | NoAnswer)
    return outcome.slug


# -- prepare -----------------------------------------------------------------------------------------------------------
def test_a_request_is_signed_in_the_issuers_zone(world: World) -> None:
    """One folio, upper-case UUID, Mexican local time."""
    root = etree.fromstring(world.rail().prepare(job(uuid=UUID.lower()), NOON))
    assert (root.get("RfcEmisor"), root.get("Fecha")) == (ISSUER, "2026-11-20T12:00:00")
    folios = root.findall(".//{*}Folio")
    assert [("02", UUID)] == [(folio.get("Motivo"), folio.get("UUID")) for folio in folios]


def test_another_zone_writes_another_hour(world: World) -> None:
    """The border states keep another time."""
    world.issuers.it = replace(world.issuers.it, zone="America/Tijuana")
    assert b"2026-11-20T10:00:00" in world.rail().prepare(job(), NOON)


def test_a_retention_has_its_own_namespace(world: World) -> None:
    """Retenciones are cancelled with the same shape in another namespace."""
    assert b"retencionpago/1" in world.rail().prepare(job(retention=True), NOON)


@pytest.mark.parametrize(
    ("request_", "options", "expected"),
    [
        ({"motive": "01"}, {}, "replacement-missing"),
        ({"motive": "1"}, {}, "motive-unknown"),
        ({"motive": "02", "replaced_by": OTHER}, {}, "replacement-forbidden"),
        ({"motive": "01", "replaced_by": UUID}, {}, "replacement-is-itself"),
        ({"rfc": "AAA010101AAA"}, {}, "issuer-rfc-differs"),
        ({"uuid": OTHER}, {}, "request-unreadable"),
        ({"receiver": RECEIVER, "total": "12,50"}, {}, "total-malformed"),
        ({"receiver": "nobody", "total": "1"}, {}, "rfc-malformed"),
        ({}, {"require_sat_status": True}, "receiver-and-total-required"),
        ({"retention": True}, {"require_sat_status": True}, "sat-status-impossible"),
        ({}, {"require_sat_status": True, "sat": {"ask": False}}, "sat-status-impossible"),
        ({}, {"pac": {"port": "NoSuchPort"}}, "gateway-misconfigured"),
        ({}, {"pac": {"nonsense": 1}}, "gateway-misconfigured"),
    ],
)
def test_what_can_t_be_prepared_is_said(
    world: World, request_: dict[str, Any], options: dict[str, Any], expected: str
) -> None:
    """Each thing that stands in the way has its slug, before anything leaves."""
    world.set(**options)
    with pytest.raises(CannotPrepare) as caught:
        world.rail().prepare(job(**request_), NOON)
    assert caught.value.slug == expected


def test_an_expired_csd_is_refused(world: World) -> None:
    """The clock of the request decides, not the machine's."""
    with pytest.raises(CannotPrepare) as caught:
        world.rail().prepare(job(), NOON + 60 * DAY)
    assert caught.value.slug == "csd-expired"


@pytest.mark.parametrize(
    ("purpose", "secret", "expected"),
    [
        ("csd", None, "csd-missing"),
        ("csd", b"nonsense", "credential-malformed"),
        ("csd", json.dumps({"cer": "?", "key": "", "password": ""}).encode(), "credential-malformed"),
        ("pac", None, "pac-credentials-missing"),
        ("pac", json.dumps({"user": "u"}).encode(), "credential-malformed"),
        ("pac", json.dumps({"user": "u", "password": 7}).encode(), "credential-malformed"),
    ],
)
def test_credentials_that_don_t_open_are_said(world: World, purpose: str, secret: bytes | None, expected: str) -> None:
    """Missing and unreadable credentials are told apart, and no text of theirs gets out."""
    key = ("acme", purpose, "issuer-1" if purpose == "csd" else "pac-1")
    del world.vault.secrets[key]
    if secret is not None:
        world.vault.secrets[key] = secret
    with pytest.raises(CannotPrepare) as caught:
        world.rail().prepare(job(), NOON)
    assert caught.value.slug == expected


def test_a_wrong_password_is_said_and_not_shown(world: World) -> None:
    """The key's own faults come through by their slug."""
    world.seal(replace(world.pair, password="canary-wr0ng"))
    with pytest.raises(CannotPrepare) as caught:
        world.rail().prepare(job(), NOON)
    assert caught.value.slug == "csd-wrong-password"
    assert "canary" not in repr(caught.value)


def test_an_issuer_of_production_takes_no_test_job(world: World) -> None:
    """Test and production don't mix."""
    world.issuers.it = replace(world.issuers.it, environment="production")
    with pytest.raises(CannotPrepare) as caught:
        world.rail().prepare(job(), NOON)
    assert caught.value.slug == "issuer-differs"


def test_credentials_are_opened_once_and_noticed_when_replaced(world: World, authority: Authority) -> None:
    """A key stays open; a new one is taken soon after it was sealed; dropped ones are opened again."""
    rail = world.rail()
    first = rail.prepare(job(), NOON)
    assert (first, 2) == (rail.prepare(job(), NOON), world.vault.opened)
    world.seal(authority.issue(ISSUER, not_before=NOON - DAY, not_after=NOON + DAY))
    assert first == rail.prepare(job(), NOON)
    world.clock.at += timedelta(seconds=16)
    assert first != rail.prepare(job(), NOON)
    rail.forget_credentials()
    opened = world.vault.opened
    rail.prepare(job(), NOON)
    assert opened + 2 == world.vault.opened


# -- submit ------------------------------------------------------------------------------------------------------------
def test_a_submit_names_account_mailbox_and_properties(world: World) -> None:
    """Everything that the PAC needs travels; the password is not kept."""
    world.pac.acts = [answer(submitted(200, UUID.lower()))]
    world.set(properties={"nota": "x"})
    given = world.rail().submit(job(), b"<signed/>")
    assert isinstance(given.outcome, Pending)
    body = etree.fromstring(world.pac.heard[0].body)[0][0]
    fields = {etree.QName(element).localname: element.text for element in body.iter()}
    assert ("acme@pac", PASSWORD, "avisos@acme.test") == (
        fields["usuario"],
        fields["password"],
        fields["emailNotifica"],
    )
    assert (b"<signed/>", "nota", "x") == (base64.b64decode(fields["solicitud"] or ""), fields["key"], fields["value"])
    assert PASSWORD.encode() not in given.exchanges[0].sent
    assert PASSWORD not in repr(given)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Pending), (201, Pending), (211, Pending), (202, AlreadyKnown), (701, AlreadyKnown), (204, Refusal),
        (213, Refusal), (611, Refusal), (1802, Refusal), (601, Blocked), (604, Blocked), (303, Blocked),
        (1712, Blocked), (402, Blocked), (500, NoAnswer), (501, NoAnswer), (632, NotTaken), (999, Unknown),
        (702, Unknown), ("", NoAnswer),
    ],
)  # fmt: skip
def test_each_code_of_a_submit_has_its_outcome(world: World, status: int | str, kind: type[Outcome]) -> None:
    """A 200 is a receipt, a 701 is no failure, and what is in no table goes to a person."""
    world.pac.acts = [answer(submitted(status, "texto"))]
    assert type(world.rail().submit(job(), b"<signed/>").outcome) is kind


@pytest.mark.parametrize(
    ("status", "scope"), [(601, Scope.ACCOUNT), (306, Scope.CREDENTIAL), (402, Scope.ISSUER), (633, Scope.ACCOUNT)]
)
def test_a_blockage_says_how_far_it_reaches(world: World, status: int, scope: Scope) -> None:
    """A locked account stops the account, a bad CSD its issuer."""
    world.pac.acts = [answer(submitted(status))]
    outcome = world.rail().submit(job(), b"<signed/>").outcome
    assert isinstance(outcome, Blocked)
    assert outcome.scope is scope


@pytest.mark.parametrize("act", [cut, answer(b"", 503), answer(b"<html/>"), answer(submitted(200, OTHER.lower()))])
def test_an_unusable_answer_leaves_the_fate_open(world: World, act: Act) -> None:
    """Broken, garbled, and mixed-up answers are no answers; the request may have been registered."""
    world.pac.acts = [act]
    given = world.rail().submit(job(), b"<signed/>")
    assert isinstance(given.outcome, NoAnswer)
    assert given.outcome.left
    assert len(given.exchanges) == 1


def test_nothing_left_is_proven(world: World) -> None:
    """Where nobody listens, nothing left."""
    world.settings["test"]["pac"]["endpoint"] = "http://127.0.0.1:1/"
    outcome = world.rail().submit(job(), b"<signed/>").outcome
    assert isinstance(outcome, NoAnswer)
    assert not outcome.left


def test_a_submit_without_credentials_sends_nothing(world: World) -> None:
    """What is missing blocks the account and is no exception."""
    world.vault.secrets.clear()
    outcome = world.rail().submit(job(), b"<signed/>").outcome
    assert isinstance(outcome, Blocked)
    assert ("pac-credentials-missing", Scope.ACCOUNT) == (outcome.slug, outcome.scope)
    assert world.pac.heard == []


# -- consult -----------------------------------------------------------------------------------------------------------
def test_a_consult_names_the_document(world: World) -> None:
    """The transaction's id is the plain UUID."""
    world.pac.acts = [answer(told(211))]
    assert isinstance(world.rail().consult(job()).outcome, Pending)
    assert f"{UUID}</".encode() in world.pac.heard[0].body
    assert world.pac.heard[0].headers["soapaction"] == f'"urn:{STATUS}"'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (told(200), Pending),
        (told(200, UUID.lower()), Pending),
        (told(200, acuse=acuse()), Pending),
        (told(200, acuse=acuse((UUID, "201"))), Confirmed),
        (told(200, acuse=acuse((UUID.lower(), "202"))), Confirmed),
        (told(200, acuse=acuse((UUID, "201"), (UUID, "202"), (OTHER, "204"))), Confirmed),
        (told(200, acuse=acuse((UUID, "201")), field="acuseSAT"), Confirmed),
        (told(200, acuse((UUID, "201"))[:-9].replace("<", "&lt;")), NoAnswer),
        (told(200, acuse(*[(OTHER, "201")] * 20, (UUID, "201")).replace("<", "&lt;")), Confirmed),
        (told(200, acuse=acuse((OTHER, "201"))), NoAnswer),
        (told(200, acuse="not an acuse"), NoAnswer),
        (told(200, OTHER, acuse((UUID, "201"))), NoAnswer),
        (told(200, acuse=acuse((UUID, "204"))), Refusal),
        (told(200, acuse=acuse((UUID, "205"))), NotTaken),
        (told(200, acuse=acuse((UUID, "211"))), Refusal),
        (told(200, acuse=acuse((UUID, "no_cancelable"))), Refusal),
        (told(200, acuse=acuse((UUID, "1201"))), Confirmed),
        (told(200, acuse=acuse((UUID, "201"), (UUID, "204"))), Unknown),
        (told(200, acuse=acuse((UUID, "777"))), Unknown),
        (told(200, acuse=acuse(code="302")), Curable),
        (told(200, acuse=acuse(code="304")), Blocked),
        (told(200, acuse=acuse(code="300")), NoAnswer),
        (told(200, acuse=acuse(code="888")), Unknown),
        (told(202, acuse=acuse((UUID, "202"))), Pending),
        (told(702), Absent),
        (told(632), NoAnswer),
        (told(500), NoAnswer),
        (told(601), Blocked),
        (told(213), Refusal),
        (told(777), Unknown),
    ],
)
def test_each_word_of_the_pac_has_its_outcome(world: World, body: bytes, kind: type[Outcome]) -> None:
    """Only a 200 with an acuse that names this document with 201 or 202 confirms; other codes say what they say."""
    world.pac.acts = [answer(body)]
    outcome = world.rail().consult(job(DAY)).outcome
    assert type(outcome) is kind
    if isinstance(outcome, Confirmed):
        assert outcome.grade is Grade.PAC_STATUS


def test_the_205_is_a_refusal_only_after_three_days(world: World) -> None:
    """SAT may not know a fresh document for 48 hours."""
    world.pac.acts = [answer(told(200, acuse=acuse((UUID, "205"))))]
    outcome = world.rail().consult(job(DAY)).outcome
    assert isinstance(outcome, NotTaken)
    assert outcome.within == 3 * DAY


RECEIPT = told(200, acuse=acuse((UUID, "201")))
CANCELLED = sat("S", "Cancelado", "Cancelable sin aceptación", "Cancelado sin aceptación")


@pytest.mark.parametrize("word", ["Cancelado sin aceptación", "Cancelado con aceptación", "Plazo vencido", "", "novel"])
@pytest.mark.parametrize("pac", [RECEIPT, told(211), told(601), told(213), told(777), b"garbage"])
def test_sats_cancelado_ends_the_job(world: World, asked: Callable[..., Job], word: str, pac: bytes) -> None:
    """Estado rules over the PAC and over the other words of SAT."""
    world.pac.acts, world.sat.acts = [answer(pac)], [sat("S", "Cancelado", "", word)]
    given = world.rail().consult(asked(DAY))
    assert isinstance(given.outcome, Confirmed)
    assert (Grade.SAT_STATUS, None) == (given.outcome.grade, given.outcome.note)
    assert len(given.exchanges) == 2


def test_a_cancellation_by_others_is_noted(world: World, asked: Callable[..., Job]) -> None:
    """Cancelled, and the PAC never heard of it: success with a note."""
    world.pac.acts, world.sat.acts = [answer(told(702))], [CANCELLED]
    outcome = world.rail().consult(asked()).outcome
    assert isinstance(outcome, Confirmed)
    assert outcome.note == ELSEWHERE


@pytest.mark.parametrize(
    ("pac", "changes", "note"),
    [
        (told(702), {}, ELSEWHERE),
        (told(702), {"fence": 2}, None),
        (told(702), {"note": None}, None),
        (told(200, acuse=acuse((UUID, "202"))), {"first_claimed_at": ACUSE_AT + timedelta(seconds=1)}, ELSEWHERE),
        (told(200, acuse=acuse((UUID, "201"))), {"first_claimed_at": ACUSE_AT}, None),
        (told(200, acuse=acuse((UUID, "201"))), {"first_claimed_at": ACUSE_AT + DAY, "note": None}, None),
    ],
)
@pytest.mark.parametrize("with_sat", [True, False])
def test_what_was_cancelled_before_us_is_told_apart_from_ours(
    world: World, asked: Callable[..., Job], pac: bytes, changes: dict[str, Any], note: str | None, with_sat: bool
) -> None:
    """The PAC knew it at our first word, and then knows nothing of ours, or has an acuse from before our attempt."""
    ours: dict[str, Any] = {"note": KNOWN_BEFORE, "fence": 1, "first_claimed_at": ACUSE_AT} | changes
    job = replace(asked(DAY) if with_sat else asked(DAY, receiver=None, total=None), **ours)
    world.pac.acts, world.sat.acts = [answer(pac)], [CANCELLED]
    outcome = world.rail().consult(job).outcome
    if not with_sat and pac == told(702):
        assert isinstance(outcome, Absent)
        return
    assert isinstance(outcome, Confirmed)
    assert note == outcome.note


def test_the_expression_is_escaped_twice(world: World) -> None:
    """SAT is asked by issuer, receiver, total and UUID, an ampersand escaped once for each layer."""
    world.pac.acts, world.sat.acts = [answer(told(211))], [CANCELLED]
    world.rail().consult(job(receiver="H&E951128469", total="1234.500"))
    question = f"?re={ISSUER}&amp;rr=H&amp;amp;E951128469&amp;tt=1234.5&amp;id={UUID}"
    assert question.encode() in world.sat.heard[0].body
    assert "IConsultaCFDIService/Consulta" in world.sat.heard[0].headers["soapaction"]


SILENCE = [cut, answer(b"", 500), answer(b"garbage"), answer(told(211)), sat("602", "No Encontrado"), sat("601")]


@pytest.mark.parametrize("act", SILENCE)
@pytest.mark.parametrize(
    ("pac", "kind"),
    [(RECEIPT, Pending), (told(211), Pending), (told(200), Pending), (told(213), Refusal), (b"garbage", NoAnswer)],
)
def test_sats_silence_proves_nothing(
    world: World, asked: Callable[..., Job], act: Act, pac: bytes, kind: type[Outcome]
) -> None:
    """Neither silence nor "not found" confirms or refuses: the PAC's good word waits."""
    world.pac.acts, world.sat.acts = [answer(pac)], [act]
    assert type(world.rail().consult(asked(DAY)).outcome) is kind


def test_absence_waits_for_sat(world: World, asked: Callable[..., Job]) -> None:
    """A 702 is not believed while SAT is silent: it may know better."""
    world.pac.acts, world.sat.acts = [answer(told(702))], [cut]
    assert slug(world.rail().consult(asked()).outcome) == "sat-no-answer"


VIEWS = {
    "in process": sat("S", "Vigente", "Cancelable con aceptación", "En proceso"),
    "rejected": sat("S", "Vigente", "Cancelable con aceptación", "Solicitud rechazada"),
    "no": sat("S", "Vigente", "No cancelable"),
    "open": sat("S", "Vigente", "Cancelable sin aceptación"),
    "not found": sat("602", "No Encontrado"),
    "601 beside vigente": sat("601", "Vigente", "No cancelable"),
    "new word": sat("S", "Vigente", "Cancelable sin aceptación", "Suspendido"),
}
LONG, SHORT, NEVER = 2 * DAY, timedelta(minutes=5), None


@pytest.mark.parametrize(
    ("pac", "view", "ago", "kind"),
    [
        (RECEIPT, "in process", LONG, Pending),
        (RECEIPT, "rejected", SHORT, Pending),
        (RECEIPT, "rejected", LONG, Refusal),
        (RECEIPT, "no", SHORT, Pending),
        (RECEIPT, "no", LONG, Refusal),
        (RECEIPT, "open", LONG, Pending),
        (RECEIPT, "not found", LONG, Pending),
        (RECEIPT, "601 beside vigente", LONG, Pending),
        (RECEIPT, "new word", LONG, Unknown),
        (told(211), "rejected", LONG, Pending),
        (told(211), "no", LONG, Pending),
        (told(200), "no", SHORT, Pending),
        (told(702), "in process", NEVER, Pending),
        (told(702), "rejected", NEVER, Absent),
        (told(702), "rejected", LONG, Refusal),
        (told(702), "open", NEVER, Absent),
        (told(702), "not found", NEVER, Absent),
        (told(213), "in process", LONG, Pending),
        (told(213), "open", LONG, Refusal),
        (told(601), "in process", LONG, Blocked),
        (told(500), "in process", LONG, Pending),
        (told(500), "rejected", LONG, NoAnswer),
        (told(777), "in process", LONG, Unknown),
        # after sixty days the PAC forgets
        (told(702), "in process", 61 * DAY, Pending),
        (told(702), "rejected", 61 * DAY, Refusal),
        (told(702), "no", 61 * DAY, Refusal),
        (told(702), "open", 61 * DAY, Blocked),
        (told(702), "not found", 61 * DAY, Blocked),
        (told(211), "in process", 61 * DAY, Pending),
    ],
)
def test_both_words_together(
    world: World, asked: Callable[..., Job], pac: bytes, view: str, ago: timedelta | None, kind: type[Outcome]
) -> None:
    """The truth table of PAC, SAT and time."""
    world.pac.acts, world.sat.acts = [answer(pac)], [VIEWS[view]]
    assert type(world.rail().consult(asked(ago)).outcome) is kind


def test_without_sat_a_forgotten_job_goes_to_a_person(world: World) -> None:
    """After sixty days a 702 proves nothing, and there is nobody else to ask."""
    world.pac.acts = [answer(told(702))]
    assert slug(world.rail().consult(job(61 * DAY)).outcome) == "pac-knowledge-ended"
    assert isinstance(world.rail().consult(job(59 * DAY)).outcome, Absent)


def test_a_receivers_refusal_is_the_receivers(world: World, asked: Callable[..., Job]) -> None:
    """Who refused is told apart."""
    world.pac.acts, world.sat.acts = [answer(told(213))], [VIEWS["open"]]
    outcome = world.rail().consult(asked(DAY)).outcome
    assert isinstance(outcome, Refusal)
    assert outcome.by is Refuser.RECEIVER


@pytest.mark.parametrize("options", [{"require_sat_status": True}, {"require_sat_status": True, "sat": {"ask": False}}])
def test_an_issuer_may_insist_on_sat(world: World, options: dict[str, Any]) -> None:
    """Where SAT's word is demanded, the PAC's never ends the job."""
    world.set(**options)
    world.pac.acts = [answer(RECEIPT)]
    assert isinstance(world.rail().consult(job(DAY)).outcome, Pending)


def test_a_retention_is_not_asked_of_sat(world: World, asked: Callable[..., Job]) -> None:
    """SAT's service knows regular CFDI only."""
    world.pac.acts = [answer(RECEIPT)]
    assert isinstance(world.rail().consult(asked(DAY, retention=True)).outcome, Confirmed)
    assert world.sat.heard == []


def test_a_consult_keeps_within_one_deadline(world: World, asked: Callable[..., Job]) -> None:
    """PAC and SAT share a call's time; when both are mute the consult still ends."""
    world.settings["test"]["http"]["seconds"] = 0.5
    world.pac.acts, world.sat.acts = [mute], [mute]
    given = world.rail().consult(asked(DAY))
    assert slug(given.outcome) == "transport-timeout"
    assert len(given.exchanges) == 2


# -- words that are not about this request -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "contradicting",
    [
        acuse((UUID, "201"), code="304"),
        acuse((UUID, "201")).replace(ISSUER, "XIA190128J61"),
        acuse((UUID, "202"), code="9"),
    ],
)
def test_an_acuse_that_contradicts_itself_goes_to_a_person(world: World, contradicting: str) -> None:
    """A refusal of the whole request, another taxpayer's acuse, or an unknown code beside a good one."""
    world.pac.acts = [answer(told(200, acuse=contradicting))]
    assert isinstance(world.rail().consult(job()).outcome, Unknown)


def test_an_acuse_that_repeats_the_good_code_is_good(world: World) -> None:
    """Some PACs give the document's code for the whole request, too."""
    world.pac.acts = [answer(told(200, acuse=acuse((UUID, "201"), code="201")))]
    assert isinstance(world.rail().consult(job()).outcome, Confirmed)


def test_the_refusal_of_an_earlier_round_is_not_this_rounds_ending(world: World, asked: Callable[..., Job]) -> None:
    """Until the PAC was seen to have the new request, a no is the old one's: of this one nobody has heard."""
    again = replace(asked(), round=2)
    world.pac.acts = [answer(told(213))] * 3
    world.sat.acts = [sat(cancelacion="Solicitud rechazada")] * 2
    assert isinstance(world.rail().consult(again).outcome, Absent)
    assert isinstance(world.rail().consult(replace(again, acknowledged_at=NOON - DAY)).outcome, Refusal)
    world.sat.acts = [sat(estado="Cancelado", cancelacion="Cancelado con aceptación")]
    assert isinstance(world.rail().consult(again).outcome, Confirmed)


def test_the_accounts_own_word_is_told_beside_the_verdict(world: World, asked: Callable[..., Job]) -> None:
    """A refused login does not hide behind SAT's good news."""
    world.pac.acts = [answer(told(601))]
    world.sat.acts = [sat(estado="Cancelado")]
    found = world.rail().consult(asked())
    assert isinstance(found.outcome, Confirmed)
    assert isinstance(found.account, Blocked)
    assert found.account.scope is Scope.ACCOUNT


def test_a_password_that_the_pac_echoes_is_kept_nowhere(world: World) -> None:
    """Neither in its words nor in the archived body."""
    world.pac.acts = [answer(submitted(500, f"bad login for {PASSWORD}")), answer(told(500, f"password {PASSWORD}?"))]
    for found in (world.rail().submit(job(), b"<signed/>"), world.rail().consult(job())):
        assert PASSWORD not in repr(found)
        assert "***" in found.outcome.said.text
