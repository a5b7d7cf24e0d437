"""The DLL's numbers beside our slugs."""

import pytest

from schemas.br import dll_numbers
from schemas.messages import LANGUAGES, messages

#: Said of every country's answers, so their texts show no Brazilian number; ``numbers`` does.
SHARED = {"answer-unreadable", "answer-names-another-document"}

EXPECTED = (*range(5101, 5106), *range(5201, 5207), *range(5403, 5409), *range(6501, 6516))


def test_every_number_has_a_slug() -> None:
    """All of the published table except the DLL's licence, which is kept free."""
    assert list(EXPECTED) == list(dll_numbers.table())
    assert {7001, 7002, 7003} == dll_numbers.reserved()
    assert all(dll_numbers.slugs(number) for number in EXPECTED)


def test_both_directions() -> None:
    """A number leads to slugs, a slug to its numbers."""
    assert ("access-key-length",) == dll_numbers.slugs(6506)
    assert (5201, 6503) == dll_numbers.numbers("environment-unknown")
    assert () == dll_numbers.slugs(7001)
    assert () == dll_numbers.numbers("access-key-month")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_messages_show_the_number(lang: str) -> None:
    """Whoever comes from the DLL finds it again in the text."""
    texts = messages(lang)
    shown = {
        (number, slug) for number in EXPECTED for slug in dll_numbers.slugs(number) if slug in texts.keys() - SHARED
    }
    assert [] == [(number, slug) for number, slug in shown if str(number) not in texts[slug].what]
