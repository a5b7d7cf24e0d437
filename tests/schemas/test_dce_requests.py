"""What may be asked for in Brazil."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from schemas.problem import Rejected
from schemas.requests import Cancellation, CfdiCancellation, DceCancellation, parse
from tests.schemas.br.test_access_key import SEED, key

CNPJ = "10142785000190"
NOW = datetime(2025, 5, 18, 12, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "rail": "br",
    "access_key": SEED,
    "protocol": "1351200000000200",
    "justification": "Teste de cancelamento",
    "user_cnpj": "00000000037940",
}


def asked(**changes: Any) -> DceCancellation:
    """The good request, changed."""
    request = parse(GOOD | changes)
    assert isinstance(request, DceCancellation)
    return request


def refused(given: dict[str, Any]) -> list[tuple[str | None, str]]:
    """Field and slug of everything that is wrong."""
    with pytest.raises(Rejected) as rejected:
        parse(given)
    return [(problem.column, problem.slug) for problem in rejected.value.problems]


def test_the_content_is_canonical() -> None:
    """What rail and ledger work with; the author follows from the key."""
    expected = {
        "key": SEED,
        "protocol": "1351200000000200",
        "justification": "Teste de cancelamento",
        "author_cnpj": CNPJ,
        "user_cnpj": "00000000037940",
    }
    assert expected == asked().content()
    assert (SEED, CNPJ, CNPJ[:8]) == (asked().document, asked().tax_id, asked().family)
    assert expected | {"sequence": 12} == asked(sequence=12).content()


def test_numbers_may_be_punctuated_as_they_print() -> None:
    """It is the same request."""
    printed = asked(
        access_key=" ".join(SEED[place : place + 4] for place in range(0, 44, 4)),
        user_cnpj="00.000.000/0379-40",
        author_cnpj="10.142.785/0001-90",
        protocol=" 1351200000000200 ",
    )
    assert asked().content() == printed.content()


def test_whoever_issues_for_itself_is_its_own_user() -> None:
    """With kind of emitter 2 nobody has to say so."""
    without = {name: value for name, value in GOOD.items() if name != "user_cnpj"}
    content = parse(without | {"access_key": key(emitter="2")}).content()
    assert (CNPJ, CNPJ) == (content["author_cnpj"], content["user_cnpj"])
    assert [("user_cnpj", "user-missing")] == refused(without)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2025-05-17T21:49:27-03:00", "2025-05-17T21:49:27-03:00"),
        ("2025-05-17T21:49:27", "2025-05-17T21:49:27-03:00"),
        (datetime(2025, 5, 17, 21, 49, 27, 5), "2025-05-17T21:49:27-03:00"),  # noqa: DTZ001 - as a spreadsheet has it
        (datetime(2025, 5, 17, 21, 49, 27, tzinfo=timezone(timedelta(hours=-5))), "2025-05-17T21:49:27-05:00"),
    ],
)
def test_a_date_without_an_offset_is_local(given: object, expected: str) -> None:
    """In the state of the key; one with an offset stays as it is."""
    request = asked(event_at=given, authorised_at=given)
    assert (expected, expected) == (request.event_at, request.authorised_at)
    assert "2025-05-17T21:49:27-05:00" == asked(access_key=key(uf="12"), event_at="2025-05-17T21:49:27").event_at


def test_an_authorisation_may_be_told_as_programs_do() -> None:
    """It is compared, not sent; the event's own date must have the form that SEFAZ takes."""
    assert "2025-05-17T21:49:27+00:00" == asked(authorised_at="2025-05-17T21:49:27Z").authorised_at
    assert [("event_at", "event-time-malformed")] == refused(GOOD | {"event_at": "2025-05-17T21:49:27Z"})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"access_key": SEED[:-1]}, ("access_key", "access-key-length")),
        ({"access_key": SEED[:-1] + "8"}, ("access_key", "access-key-check-digit")),
        ({"access_key": key(model="55")}, ("access_key", "access-key-model")),
        ({"access_key": key(emitter="4")}, ("access_key", "access-key-emitter")),
        ({"access_key": key(cnpj="12ABC34501DE35")}, ("access_key", "access-key-alphanumeric-not-yet")),
        ({"access_key": 35}, ("access_key", "access-key-malformed")),
        ({"access_key": ""}, ("access_key", "access-key-missing")),
        ({"protocol": "123"}, ("protocol", "protocol-malformed")),
        ({"protocol": 1351200000000200}, ("protocol", "protocol-malformed")),
        ({"protocol": ""}, ("protocol", "protocol-missing")),
        ({"justification": "curta"}, ("justification", "justification-short")),
        ({"justification": "“Teste de cancelamento”"}, ("justification", "justification-character")),
        ({"author_cnpj": "10142785000191"}, ("author_cnpj", "cnpj-check-digit")),
        ({"user_cnpj": "1"}, ("user_cnpj", "cnpj-malformed")),
        ({"user_cpf": "12345678909"}, ("user_cpf", "user-twice")),
        ({"user_cnpj": None, "user_cpf": "12345678900"}, ("user_cpf", "cpf-check-digit")),
        ({"user_cnpj": None, "user_other": "a b"}, ("user_other", "user-other-malformed")),
        ({"event_at": "ontem"}, ("event_at", "event-time-malformed")),
        ({"event_at": 5}, ("event_at", "event-time-malformed")),
        ({"authorised_at": "ontem"}, ("authorised_at", "authorisation-time-malformed")),
        ({"sequence": 0}, ("sequence", "sequence-malformed")),
        ({"sequence": True}, ("sequence", "sequence-malformed")),
        ({"sequence": "2"}, ("sequence", "sequence-malformed")),
        ({"uuid": "x"}, ("uuid", "field-unknown")),
    ],
)
def test_what_is_wrong_is_told_with_its_field(change: dict[str, Any], problem: tuple[str, str]) -> None:
    """Each rule has a slug of its own and names the field to look at."""
    assert [problem] == refused(GOOD | change)


def test_every_problem_is_told_at_once() -> None:
    """A wrong key does not hide the rest."""
    assert [
        ("access_key", "access-key-length"),
        ("protocol", "field-missing"),
        ("justification", "field-missing"),
    ] == refused({"rail": "br", "access_key": "35", "user_cpf": "12345678909"})


def test_a_rejection_to_come_is_told_before() -> None:
    """By us, with the codes that SEFAZ would give; what it may accept all the same is a doubt."""
    wrong = asked(author_cnpj="11222333000181")
    late = asked(authorised_at="2025-05-17T01:00:00-03:00", sequence=2, event_at="2025-05-18T13:00:00-03:00")
    (problem,) = wrong.objections(NOW)
    assert ("author-not-emitter", "author_cnpj", "local", "574, 632") == (
        problem.slug,
        problem.column,
        problem.params["origin"],
        problem.params["codes"],
    )
    assert [] == [*late.objections(NOW), *asked().objections(NOW), *asked().doubts(NOW)]
    assert [
        ("window-over", "authorised_at"),
        ("event-time-ahead", "event_at"),
        ("sequence-above-one", "sequence"),
    ] == [(each.slug, each.column) for each in late.doubts(NOW)]


def test_the_countries_are_told_apart_by_rail() -> None:
    """And what was parsed can be sent and parsed again."""
    mexican: Cancellation = parse(
        {"rfc": "EKU9003173C9", "uuid": "11111111-2222-4333-8444-00000000000A", "motive": "02"}
    )
    assert isinstance(mexican, CfdiCancellation)
    for request in (mexican, asked(key="erp-7", event_at="2025-05-17T21:49:27")):
        assert request == parse(request.payload())
