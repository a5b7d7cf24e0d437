"""Every code of both numberings has a class, a meaning in three languages, a source and an outcome."""

import tomllib
from importlib.resources import files

import pytest

from schemas.br.code_table import entries, find, lookup
from schemas.br.prediction import rules
from schemas.code_table import HALF, READINGS, Entry
from worker.domain.outcome import AlreadyKnown, Refusal, Said, Unknown
from worker.rails.br.codes import outcome

#: The published table of the common DLL, all of it.
PUBLISHED = (
    "135 136 108 109 203 213 214 215 217 218 219 220 222 226 236 238 239 242 243 249 252 280 281 282 283 284 285 286 "
    "290 291 292 293 294 295 296 297 298 402 404 409 410 411 592 593 594 595 596 598 599 600 609 627 628 629 630 631 "
    "632 633 634 635 636 637"
)
#: What NF-e's numbering adds.
OTHERS = (
    "134 155 128 216 225 240 420 491 492 493 494 501 572 573 574 576 577 578 579 580 587 588 613 614 615 616 617 618 "
    "619 656 657 677 678 999"
)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.level}-{entry.code}")
def test_each_entry_is_complete(entry: Entry) -> None:
    """Meanings, class, source, date, family, and what its reading needs."""
    assert all(entry.meaning[language] for language in ("es", "pt", "en"))
    assert entry.reading in READINGS
    assert entry.source
    assert entry.date.year >= 2024
    assert entry.family in ("B", "M", "N")
    assert (entry.slug is not None) == (entry.reading in ("refusal", "curable", "not-taken", "blocked", "no-answer"))
    assert entry.reading in HALF or not isinstance(outcome(Said(entry.level, entry.code)), Unknown)


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_each_slug_is_explained(language: str) -> None:
    """No code and no warning leaves a person without what happened and what to do."""
    known = tomllib.loads((files("schemas.messages") / f"{language}.toml").read_text("utf-8"))
    assert {text for entry in entries() for text in (entry.slug, entry.warning) if text} <= set(known)


@pytest.mark.parametrize("code", (PUBLISHED + " " + OTHERS).split())
def test_every_published_code_is_there(code: str) -> None:
    """As an answer to an event."""
    assert lookup("sefaz-event", code) is not None


@pytest.mark.parametrize("entry", [entry for entry in entries() if entry.alias], ids=lambda entry: str(entry.code))
def test_both_numberings_say_the_same(entry: Entry) -> None:
    """An alias has the same class and leads to the same advice, and names this one back."""
    other = lookup(entry.level, entry.alias or "")
    assert other is not None
    assert (entry.reading, entry.slug, entry.code) == (other.reading, other.slug, other.alias)


def test_what_is_predicted_is_what_would_be_answered() -> None:
    """Each code that a local rule foretells is known, and never as a success."""
    foretold = {code for codes, _ in rules().values() for code in codes}
    assert {"refusal", "curable", "blocked"} >= {
        entry.reading for code in foretold if (entry := lookup("sefaz-event", code))
    }
    assert [] == [code for code in foretold if lookup("sefaz-event", code) is None]


def test_the_same_number_means_two_things() -> None:
    """A refused event is a refusal, a refused question is none."""
    assert isinstance(outcome(Said("sefaz-event", "215")), Refusal)
    assert not isinstance(outcome(Said("sefaz-consult", "215")), Refusal)
    assert {"sefaz-event", "sefaz-consult", "sefaz-status"} == {entry.level for entry in find("215")}
    assert isinstance(outcome(Said("sefaz-event", "218")), AlreadyKnown)


@pytest.mark.parametrize("code", [None, "", "0135", "777", "150", "ok"])
def test_what_is_in_no_table_is_unknown(code: str | None) -> None:
    """There is no default, whatever a sheet suggests."""
    assert outcome(Said("sefaz-event", code)) == Unknown(Said("sefaz-event", code))
