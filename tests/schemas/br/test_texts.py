"""Justification, moment and emitting user: the schema's rules, told before it is asked."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from schemas.br.emitter_user import EmitterUser
from schemas.br.event_time import EventTime
from schemas.br.justification import justification
from schemas.invalid import Invalid


@pytest.mark.parametrize(
    "text",
    [
        "quinze letras!!",
        "x" * 255,
        'Cliente desistiu: peça "A&B" <avariada>, devolução nº 7 - não',
        "Dois  espaços por dentro",
        "NBSP ao fim fica certo\u00a0",
        "controles C1 \u0085 passam",
    ],
)
def test_takes_a_justification_as_it_is(text: str) -> None:
    """Not a letter of it changes."""
    assert text == justification(text)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("", "justification-missing"),
        ("   ", "justification-missing"),
        ("quatorze let!!", "justification-short"),
        ("x" * 256, "justification-long"),
        (" começa com espaço", "justification-blank-at-end"),
        ("termina com espaço ", "justification-blank-at-end"),
        ("quebra\nde linha aqui", "justification-character"),
        ("quebra\rde linha aqui", "justification-character"),
        ("tabulação\taqui dentro", "justification-character"),
        ("aspas “tipográficas” não", "justification-character"),
        ("traço – meia-risca não", "justification-character"),
        ("custa 10 € a devolução", "justification-character"),
        ("não quero mais 🙂 isto", "justification-character"),
        ("termina com quebra de linha\n", "justification-character"),
    ],
)
def test_refuses_a_justification(text: str, slug: str) -> None:
    """Length, blanks at the ends, and every character outside U+0020 to U+00FF."""
    with pytest.raises(Invalid) as wrong:
        justification(text)
    assert slug == wrong.value.slug


def test_the_odd_character_is_named() -> None:
    """By its code, and shown where it shows."""
    with pytest.raises(Invalid) as wrong:
        justification("custa 10 € a devolução")
    assert "U+20AC €" == wrong.value.value


@pytest.mark.parametrize(
    "text",
    [
        "2025-05-17T21:49:27-03:00",
        "2026-11-20T00:00:00-05:00",
        "2026-11-20T23:59:59-02:00",
        "2028-02-29T12:00:00+00:00",
        "2026-11-20T12:00:00-00:00",
        "2026-11-20T12:00:00+12:00",
        "2026-11-20T12:00:00-11:00",
    ],
)
def test_takes_a_moment_as_it_is_written(text: str) -> None:
    """Whole hours of offset, seconds; its sign of zero stays too."""
    assert text == str(EventTime(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20T12:00:00",
        "2026-11-20T12:00:00Z",
        "2026-11-20T12:00:00.5-03:00",
        "2026-11-20T12:00-03:00",
        "2026-11-20 12:00:00-03:00",
        "2026-11-20T12:00:00-03:30",
        "2026-11-20T12:00:00-12:00",
        "2026-11-20T12:00:00,03:00",
        "2026-02-29T12:00:00-03:00",
        "2026-11-31T12:00:00-03:00",
        "2026-11-20T24:00:00-03:00",
        "1999-11-20T12:00:00-03:00",
        "2026-0,-29T12:00:00-03:00",
    ],
)
def test_refuses_a_moment(text: str) -> None:
    """What the official pattern refuses, its comma, and days that do not exist."""
    with pytest.raises(Invalid, match="event-time-malformed"):
        EventTime(text)


def test_an_aware_moment_keeps_its_offset() -> None:
    """Fractions go; the same instant comes back."""
    at = datetime(2026, 11, 20, 18, 30, 0, 999, timezone(timedelta(hours=-5)))
    assert "2026-11-20T18:30:00-05:00" == str(EventTime.of(at))
    assert at.replace(microsecond=0) == EventTime.of(at).moment


@pytest.mark.parametrize(
    "at", [datetime(2026, 11, 20, tzinfo=timezone(timedelta(hours=5, minutes=30))), datetime(1999, 1, 1, tzinfo=UTC)]
)
def test_a_moment_that_cannot_be_written_is_told(at: datetime) -> None:
    """Half hours and other centuries."""
    with pytest.raises(Invalid, match="event-time-malformed"):
        EventTime.of(at)


def test_the_emitting_user_has_one_identification() -> None:
    """Each has its element; canonical values."""
    assert ("CNPJUsEmit", "00000000037940") == seen(cnpj="00.000.000/0379-40")
    assert ("CPFUsEmit", "12345678909") == seen(cpf="123.456.789-09", cnpj="")
    assert ("IdOutrosUsEmit", "PASSAPORTE-AB123456") == seen(other="PASSAPORTE-AB123456")


def seen(**given: str) -> tuple[str, str]:
    """Tag and value."""
    user = EmitterUser.of(**given)
    return user.tag, user.value


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ({}, "user-missing"),
        ({"cpf": ""}, "user-missing"),
        ({"cnpj": "00000000037940", "cpf": "12345678909"}, "user-twice"),
        ({"other": "A"}, "user-other-malformed"),
        ({"other": "A B"}, "user-other-malformed"),
        ({"other": "x" * 21}, "user-other-malformed"),
        ({"other": "pas€porte"}, "user-other-malformed"),
        ({"cnpj": "12ABC34501DE35"}, "cnpj-alphanumeric-not-yet"),
        ({"cpf": "12345678900"}, "cpf-check-digit"),
    ],
)
def test_refuses_emitting_users(given: dict[str, str], slug: str) -> None:
    """None, more than one, or one that does not exist."""
    with pytest.raises(Invalid) as wrong:
        EmitterUser.of(**given)
    assert slug == wrong.value.slug
