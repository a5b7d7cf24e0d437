"""What people read."""

import pytest

from schemas.messages import LANGUAGES, Message, explain, language, messages


def test_every_language_has_the_same_slugs() -> None:
    """A slug that one language knows is known by all."""
    spanish = set(messages("es"))
    assert {lang: spanish ^ set(messages(lang)) for lang in LANGUAGES} == {lang: set() for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_is_empty_or_left_untrimmed(lang: str) -> None:
    """Every slug says what happened and what to do, as whole sentences."""
    texts = [(slug, text) for slug, message in messages(lang).items() for text in (message.what, message.next)]
    assert [slug for slug, text in texts if not text or text != text.strip() or text[-1] not in ".?!"] == []


def test_placeholders_are_the_same_in_every_language() -> None:
    """What one language tells of a value, the others tell too."""
    used = {slug: {messages(lang)[slug].placeholders for lang in LANGUAGES} for slug in messages("es")}
    assert [slug for slug, kinds in used.items() if len(kinds) > 1] == []


def test_texts_differ_between_languages() -> None:
    """Nobody copied a text over without translating it."""
    same = [slug for slug in messages("es") if len({messages(lang)[slug].what for lang in LANGUAGES}) == 1]
    assert same == []


def test_a_message_is_filled() -> None:
    """Placeholders take their values; one without a value shows as an ellipsis."""
    assert explain("csv-malformed", "en", {"line": 7}).what.startswith("The CSV breaks at row 7")
    assert explain("csv-malformed", "en").what.startswith("The CSV breaks at row …")


def test_a_value_is_never_taken_for_a_template() -> None:
    """Braces in what a user typed are shown, not evaluated."""
    assert "{line.__class__}" in explain("csv-malformed", "en", {"line": "{line.__class__}"}).what


def test_an_unknown_slug_shows_itself() -> None:
    """Nothing that happened is swallowed for want of a text."""
    assert explain("never-heard-of") == Message("never-heard-of", "")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("pt-BR", "pt"), ("es_MX.UTF-8", "es"), ("EN", "en"), ("C.UTF-8", "es"), ("de", "es"), (None, "es"), ("", "es")],
)
def test_a_language_tag_finds_the_closest(wanted: str | None, expected: str) -> None:
    """Tags of browsers and shells are understood; Spanish is the fallback."""
    assert language(wanted) == expected


def test_a_language_that_is_not_ours_is_a_fault() -> None:
    """``messages`` wants one of the three."""
    with pytest.raises(KeyError):
        messages("de")
