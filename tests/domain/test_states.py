"""The table of transitions is complete and says what the documents say."""

from collections.abc import Iterator

import pytest

from worker.domain.facts import FACTS
from worker.domain.states import BIOGRAPHIES, FINAL, OPEN, TRANSITIONS, State


def test_every_state_has_a_biography() -> None:
    """No state without a paragraph of who brings a job there and who takes it out."""
    assert set(State) == set(BIOGRAPHIES)


def test_states_are_open_or_final() -> None:
    """The two sets share nothing and leave nothing out."""
    assert set(State) == FINAL | set(OPEN)
    assert not FINAL & set(OPEN)
    assert [state for state in State if state.final] == [state for state in State if state in FINAL]


def test_transitions_are_made_of_known_facts() -> None:
    """Every fact moves something somewhere, and the table knows no other names."""
    assert set(FACTS) == {name for _, name, _ in TRANSITIONS}


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_leaves_a_final_state(state: State) -> None:
    """Of a job that has ended only a late answer is still written down, and it stays where it is."""
    assert {("heard-late", state)} == {(name, to) for before, name, to in TRANSITIONS if before is state}


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_reached_from_the_beginning(state: State) -> None:
    """There is a way from acceptance to each state."""
    assert state in set(_reach(None))


@pytest.mark.parametrize("state", OPEN)
def test_every_open_state_has_a_way_to_an_end(state: State) -> None:
    """No job can be caught for ever."""
    assert FINAL & set(_reach(state))


def test_only_a_claim_leads_to_sending() -> None:
    """Nothing is sent without a claim, and only a queued job can be claimed."""
    assert {(State.QUEUED, "claimed")} == {
        (before, name) for before, name, to in TRANSITIONS if to is State.SENDING and before is not State.SENDING
    }


def _reach(start: State | None) -> Iterator[State]:
    seen: set[State | None] = {start}
    frontier = [start]
    while frontier:
        here = frontier.pop()
        for before, _, to in TRANSITIONS:
            if before is here and to not in seen:
                seen.add(to)
                frontier.append(to)
                yield to
