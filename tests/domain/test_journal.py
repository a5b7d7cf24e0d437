"""The journal is one unbroken chain that adds up to the row."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.domain.samples import MINUTE, NOON, SAID, accepted, fact, told
from worker.domain import journal
from worker.domain.facts import FACTS
from worker.domain.journal import GENESIS, BrokenChain, Line, decode, encode, replay
from worker.domain.states import State

_STORY = ("claimed", "answer-lost", "denied", "absence-proven", "claimed", "acknowledged", "noticed", "confirmed")


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_survives_the_journal(name: str) -> None:
    """Written as JSON and read again it is the same fact, whatever it carries."""
    bare, full = fact(name), fact(name, slug="a-slug", said=SAID, evidence=("e" * 64, "f" * 64))
    for one in (bare, full):
        assert one == decode(name, json.loads(json.dumps(encode(one))))


def test_a_request_keeps_its_window_and_its_reply() -> None:
    """Optional times and mappings come back with their types."""
    full = accepted(closes_at=NOON + MINUTE, hard_window=True, reply={"task": "done", "queue": "erp"}, to=State.HELD)
    assert full == decode("accepted", json.loads(json.dumps(encode(full))))


def test_replaying_gives_the_row() -> None:
    """The lines alone say everything that the row says."""
    job, lines = told(*_STORY)
    assert job == replay(lines)


def test_the_first_line_seals_nothing() -> None:
    """A chain begins with the agreed zeros and number one; each next line seals its predecessor."""
    _, lines = told("claimed")
    assert (GENESIS, 1, None) == (lines[0].previous, lines[0].seq, lines[0].state_from)
    assert (lines[0].hash, 2) == (lines[1].previous, lines[1].seq)


def test_a_head_is_enough_to_go_on() -> None:
    """The last line's number and hash do as well as the line itself."""
    job, lines = told("claimed")
    head = (lines[-1].seq, lines[-1].hash)
    assert journal.advance(job, lines[-1], fact("acknowledged")) == journal.advance(job, head, fact("acknowledged"))


def _changed(lines: list[Line]) -> list[Line]:
    return [*lines[:2], replace(lines[2], data={**lines[2].data, "actor": "nobody"}), *lines[3:]]


def _dropped(lines: list[Line]) -> list[Line]:
    return [*lines[:2], *lines[3:]]


def _repeated(lines: list[Line]) -> list[Line]:
    return [*lines[:3], *lines[2:]]


def _moved(lines: list[Line]) -> list[Line]:
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


def _relinked(lines: list[Line]) -> list[Line]:
    return [*lines[:2], _resealed(lines[2], previous="b" * 64), *lines[3:]]


def _headless(lines: list[Line]) -> list[Line]:
    return [_resealed(lines[1], seq=1, previous=GENESIS)]


def _of_another_job(lines: list[Line]) -> list[Line]:
    return [_resealed(lines[0], job_id="another")]


def _elsewhere(lines: list[Line]) -> list[Line]:
    return [lines[0], _resealed(lines[1], state_to=State.WAITING)]


def _from_elsewhere(lines: list[Line]) -> list[Line]:
    return [lines[0], _resealed(lines[1], state_from=State.PARKED)]


def _accepted_again(lines: list[Line]) -> list[Line]:
    again = _resealed(lines[0], seq=2, previous=lines[0].hash, state_from=State.QUEUED)
    return [lines[0], again]


def _impossible(lines: list[Line]) -> list[Line]:
    return [lines[0], _resealed(lines[-1], seq=2, previous=lines[0].hash, state_from=State.QUEUED)]


def _unheard_of(lines: list[Line]) -> list[Line]:
    return [lines[0], _resealed(lines[1], fact="dreamt")]


def _overfull(lines: list[Line]) -> list[Line]:
    return [lines[0], _resealed(lines[1], data={**lines[1].data, "mood": "good"})]


def _no_lines(_: list[Line]) -> list[Line]:
    return []


@pytest.mark.parametrize(
    "tamper",
    [
        _changed,
        _dropped,
        _repeated,
        _moved,
        _relinked,
        _headless,
        _of_another_job,
        _elsewhere,
        _from_elsewhere,
        _accepted_again,
        _impossible,
        _unheard_of,
        _overfull,
        _no_lines,
    ],
)
def test_a_broken_chain_is_found(tamper: Callable[[list[Line]], list[Line]]) -> None:
    """Nothing can be changed, dropped, repeated, moved or invented unseen, even by one who can seal lines."""
    _, lines = told(*_STORY)
    with pytest.raises(BrokenChain) as found:
        replay(tamper(lines))

    assert found.value.slug == "journal-broken"


def test_a_broken_chain_says_where() -> None:
    """The number of the first line that does not fit is told."""
    _, lines = told(*_STORY)
    with pytest.raises(BrokenChain) as found:
        replay(_changed(lines))

    assert (lines[2].job_id, 3) == (found.value.job_id, found.value.seq)


def _resealed(line: Line, **changes: Any) -> Line:
    """A forged line whose own hash fits."""
    forged = replace(line, **changes)
    seal = journal._seal(
        forged.job_id, forged.seq, forged.state_from, forged.state_to, forged.fact, forged.data, forged.previous
    )
    return replace(forged, hash=seal)
