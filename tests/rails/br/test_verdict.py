"""What SEFAZ's words amount to, and above all what they do not prove."""

from typing import Any

import pytest

from worker.domain.outcome import Confirmed, NoAnswer, Outcome, Pending
from worker.rails.br.answers import Event, Registered, Registration, Standing, Word
from worker.rails.br.verdict import ELSEWHERE, Circumstances, asked, submitted

KEY = "41251112345678000199990010000000011234567890"
OTHER = KEY[:-1] + "1"
OURS = Event(id="ID1", digest="ours", kind="110111", key=KEY, content=b"<eventoDCe/>")
KNOWN = Circumstances(document=KEY, ours=OURS)


def registration(**changes: Any) -> Registration:
    """A registration of our request, but for what is said otherwise."""
    word = Word(code=changes.pop("code", "135"), reason="ok", key=changes.pop("key", KEY), at=None)
    sound: dict[str, Any] = {
        "environment": "2",
        "sequence": "1",
        "kind": "110111",
        "protocol": "3412600000012345",
        "at": "2026-11-20T12:00:00-03:00",
        "content": b"<retEventoDCe/>",
    }
    return Registration(word=word, **(sound | changes))


def standing(*events: Registered, code: str = "101", key: str | None = KEY) -> Outcome:
    """What a question's answer with these events amounts to."""
    return asked(Standing(word=Word(code=code, reason="-", key=key, at=None), events=events), KNOWN)[0]


def test_a_registration_of_ours_is_proof() -> None:
    """All parts are there and speak of our request."""
    assert isinstance(submitted(registration(), KNOWN), Confirmed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"environment": "1"},
        {"sequence": "2"},
        {"protocol": "abc"},
        {"protocol": None},
        {"at": "yesterday"},
        {"at": None},
        {"kind": "110110"},
        {"key": None},
        {"key": OTHER},
    ],
)
def test_a_registration_of_something_else_is_no_ending(wrong: dict[str, Any]) -> None:
    """Another environment, sequence or document, or numbers that are none: SEFAZ is asked."""
    assert isinstance(submitted(registration(**wrong), KNOWN), NoAnswer)
    shown = standing(Registered(event=OURS, registration=registration(**wrong)), code="101")
    assert not isinstance(shown, Confirmed)


def test_the_event_of_another_document_proves_nothing() -> None:
    """Whatever the registration beside it says."""
    theirs = Event(id="ID2", digest="theirs", kind="110111", key=OTHER, content=b"<eventoDCe/>")
    assert isinstance(standing(Registered(event=theirs, registration=registration())), Pending)
    assert not isinstance(standing(Registered(event=theirs, registration=registration()), code="100"), Confirmed)


def test_ours_is_looked_for_before_anybody_elses() -> None:
    """A foreign event that is listed first does not make our success somebody else's."""
    theirs = Event(id="ID1", digest="theirs", kind="110111", key=KEY, content=b"<eventoDCe/>")
    foreign = Registered(event=theirs, registration=registration(code="155"))
    both = standing(foreign, Registered(event=OURS, registration=registration()))
    assert isinstance(both, Confirmed)
    assert both.note is None
    alone = standing(foreign)
    assert isinstance(alone, Confirmed)
    assert alone.note == ELSEWHERE


def test_a_cancellation_that_names_no_document_is_no_ending() -> None:
    """However long the event has been waited for."""
    waited = Circumstances(document=KEY, ours=OURS, waited=True)
    word = Word(code="101", reason="-", key=None, at=None)
    assert isinstance(asked(Standing(word=word, events=()), waited)[0], NoAnswer)
