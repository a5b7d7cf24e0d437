"""Facts are complete and carry aware times."""

from datetime import datetime

import pytest

from tests.domain.samples import fact
from worker.domain import facts
from worker.domain.facts import FACTS, Fact


def test_every_kind_of_fact_is_registered() -> None:
    """A new kind of fact is in the register, or the journal could not read it."""
    assert {kind for kind in vars(facts).values() if isinstance(kind, type) and issubclass(kind, Fact)} - {Fact} == set(
        FACTS.values()
    )


def test_names_are_told_apart() -> None:
    """The register holds each kind under its own name."""
    assert [kind.name for kind in FACTS.values()] == list(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_needs_an_aware_time(name: str) -> None:
    """A time without a zone is refused before it can reach a journal."""
    with pytest.raises(ValueError, match="aware"):
        fact(name, at=datetime(2026, 11, 20))  # noqa: DTZ001  (the very thing that is refused)


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_says_what_happened(name: str) -> None:
    """The documents are made of these sentences."""
    assert (FACTS[name].__doc__ or "").strip()


def test_there_is_no_cancellation_without_evidence() -> None:
    """A confirmation that nothing proves is refused before it can become a state."""
    with pytest.raises(ValueError, match="without evidence"):
        fact("confirmed", evidence=())
