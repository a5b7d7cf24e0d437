"""Rejections told before anything is sent."""

from datetime import datetime
from typing import Any

import pytest

from schemas.br.prediction import Prediction, codes, predicted, rules
from schemas.messages import LANGUAGES, messages
from tests.schemas.br.test_access_key import SEED, key

NOW = datetime.fromisoformat("2025-05-18T12:00:00-03:00")


def told(**content: Any) -> list[str]:
    """The slugs of what is predicted for the seed's document at ``NOW``."""
    return [each.slug for each in predicted({"key": SEED, "author_cnpj": "10142785000190"} | content, NOW)]


def test_nothing_is_said_of_a_sound_request() -> None:
    """Silence is the usual answer."""
    assert [] == told(authorised_at="2025-05-17T12:30:00-03:00", event_at="2025-05-18T11:59:00-03:00", sequence=1)


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        ({"author_cnpj": "11222333000181"}, "author-not-emitter"),
        ({"author_cnpj": "10142785000271"}, "author-not-emitter"),
        ({"authorised_at": "2025-05-17T11:59:59-03:00"}, "window-over"),
        ({"event_at": "2025-05-18T12:05:01-03:00"}, "event-time-ahead"),
        (
            {"authorised_at": "2025-05-17T14:00:00-03:00", "event_at": "2025-05-17T13:54:59-03:00"},
            "event-time-before-authorisation",
        ),
        ({"event_at": "2025-04-30T23:54:59-03:00"}, "event-time-before-issue"),
        ({"sequence": 2}, "sequence-above-one"),
        ({"key": key(month="2601")}, "access-key-year"),
        ({"key": key(month="1112")}, "access-key-year"),
    ],
)
def test_each_rejection_is_told(content: dict[str, Any], slug: str) -> None:
    """One cause, one prediction."""
    assert [slug] == told(**content)


def test_instants_are_compared_and_not_clocks() -> None:
    """The same moment in another zone is neither ahead nor too late; five minutes are forgiven."""
    assert [] == told(event_at="2025-05-18T10:00:00-05:00")
    assert [] == told(event_at="2025-05-18T12:05:00-03:00")
    assert [] == told(authorised_at="2025-05-17T12:00:00-03:00")


def test_a_prediction_names_codes_and_origin() -> None:
    """Both numberings, from here, and whether it is certain."""
    content = {"key": SEED, "author_cnpj": "11222333000181"}
    assert (Prediction("author-not-emitter", ("574", "632"), True, "11222333000181", "local"),) == predicted(
        content, NOW
    )
    late = predicted({"key": SEED, "authorised_at": "2025-05-01T00:00:00-03:00"}, NOW)
    assert [False] == [each.certain for each in late]


def test_identifiers_have_codes_too() -> None:
    """What is refused when a key is read, under the number that SEFAZ would give."""
    assert ("236",) == codes("access-key-check-digit")
    assert "595" in codes("access-key-model")
    assert ("213",) == codes("a1-foreign-base")
    assert () == codes("access-key-length")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_prediction_is_explained(lang: str) -> None:
    """With the codes in the text."""
    texts = messages(lang)
    unsaid = {slug: code for slug in rules() for code in codes(slug) if code not in texts[slug].what}
    assert {"event-schema"} >= unsaid.keys()
