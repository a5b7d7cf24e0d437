"""Inquiry: the row is what its journal says, or somebody is told."""

from dataclasses import replace

import pytest

from tests.engine.test_submit import SAID, sent
from tests.engine.world import World
from worker.domain.outcome import Pending
from worker.engine.inquiry import Untrue, audit


def test_an_honest_row_passes(world: World) -> None:
    """Journal and row agree."""
    job = sent(world, Pending(SAID))
    assert job == audit(world.parts, job.id)


def test_a_changed_row_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that its journal does not lead to is untrue."""
    job = sent(world, Pending(SAID))
    with world.ledger.unit() as unit:
        found = unit.get(job.id)
        unit_type = type(unit)
    assert found is not None
    monkeypatch.setattr(unit_type, "get", lambda *_: (replace(job, slug="forged"), found[1]))
    with pytest.raises(Untrue):
        audit(world.parts, job.id)


def test_a_stranger_has_no_journal(world: World) -> None:
    """There is nothing to audit for an id of no job."""
    with pytest.raises(KeyError):
        audit(world.parts, "6f1d0f6e-0000-0000-0000-000000000000")
