"""Every code of the tables has a meaning in three languages, a source, and an outcome; levels are kept apart."""

import tomllib
from importlib.resources import files

import pytest

from schemas.code_table import READINGS, Entry
from schemas.mx.code_table import entries, find, lookup
from worker.domain.outcome import Pending, Refusal, Said, Unknown
from worker.rails.mx.codes import outcome

SUBMIT = "200 500 501 601 602 603 604 605 611 620 621 633 701 1801 1802 1803 204 211 213"


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.level}-{entry.code}")
def test_each_entry_is_complete(entry: Entry) -> None:
    """Meanings, source, date, and what its reading needs."""
    assert all(entry.meaning[language] for language in ("es", "pt", "en"))
    assert entry.reading in READINGS
    assert entry.source
    assert entry.date.year >= 2024
    assert (entry.slug is not None) == (entry.reading in ("refusal", "curable", "not-taken", "blocked", "no-answer"))
    said = Said(entry.level, entry.code, "words")
    assert not isinstance(outcome(said), Unknown)


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_each_slug_is_explained(language: str) -> None:
    """No code leaves a person without what happened and what to do."""
    known = tomllib.loads((files("schemas.messages") / f"{language}.toml").read_text("utf-8"))
    assert {entry.slug for entry in entries() if entry.slug} <= set(known)


@pytest.mark.parametrize("code", SUBMIT.split())
def test_the_published_page_is_covered(code: str) -> None:
    """Every code on the method's page is in the table of submits."""
    assert lookup("sf-submit", code) is not None


def test_the_same_number_means_two_things() -> None:
    """The PAC's 211 is pending, SAT's is a refusal."""
    assert isinstance(outcome(Said("sf-status", "211")), Pending)
    assert isinstance(outcome(Said("sat-uuid", "211")), Refusal)
    assert {"sf-submit", "sf-status", "sat-uuid"} == {entry.level for entry in find(" 211 ")}


@pytest.mark.parametrize("code", [None, "", "0200", "999", "OK", "2OO"])
def test_what_is_in_no_table_is_unknown(code: str | None) -> None:
    """There is no default."""
    assert outcome(Said("sf-submit", code)) == Unknown(Said("sf-submit", code))


def test_meanings_are_shown_by_language() -> None:
    """A person reads the code in a language of theirs."""
    entry = lookup("sf-submit", "601")
    assert entry is not None
    assert entry.says("en") == "Wrong user or password at the PAC"
