"""Checkpoints: what moved is sealed once, in a chain."""

from dataclasses import replace

import pytest

from tests.engine.world import World
from worker.engine import checkpoint as checkpoints
from worker.engine.checkpoint import GENESIS, checkpoint
from worker.engine.submit import submit
from worker.signing.custody import MasterKeys

KEYS = MasterKeys([b"k" * 32])


def test_a_checkpoint_seals_what_has_moved(world: World) -> None:
    """All jobs at first; then only those that moved; nothing when none did."""
    first, second = world.accept("D-1"), world.accept("D-2")
    one = checkpoint(world.parts, KEYS, bites=9)
    assert one is not None
    assert (1, 2, 2, GENESIS, KEYS.current) == (one.number, one.jobs, one.lines, one.previous, one.key_id)
    assert {first, second} == {head.job_id for head in one.heads}
    assert checkpoint(world.parts, KEYS, bites=9) is None

    submit(world.parts, second)
    two = checkpoint(world.parts, KEYS, bites=9)
    assert two is not None
    assert (2, 2, 4, one.mac, [(second, 3)]) == (
        two.number,
        two.jobs,
        two.lines,
        two.previous,
        [(head.job_id, head.seq) for head in two.heads],
    )
    with world.ledger.reading() as reading:
        assert two == reading.checkpoints.last_checkpoint()


def test_many_heads_make_many_checkpoints(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a short transaction; what is over the limit of one call waits for the next."""
    monkeypatch.setattr(checkpoints, "BITE", 2)
    for number in range(6):
        world.accept(f"D-{number}")
    made = checkpoint(world.parts, KEYS, bites=2)
    assert made is not None
    assert (2, 4) == (made.number, made.jobs)
    made = checkpoint(world.parts, KEYS, bites=2)
    assert made is not None
    assert (3, 6) == (made.number, made.jobs)


def test_a_seal_fits_one_content_under_one_key(world: World) -> None:
    """Whoever changes anything, or has another key, is found; a key that is not at hand is no verdict."""
    world.accept()
    made = checkpoint(world.parts, KEYS, bites=1)
    assert made is not None
    assert made.sealed_by(KEYS)
    for forged in (replace(made, jobs=2), replace(made, heads=()), replace(made, at=made.at.replace(year=2025))):
        assert not forged.sealed_by(KEYS)
    with pytest.raises(KeyError):
        made.sealed_by(MasterKeys([b"x" * 32]))


def test_only_one_process_seals_at_a_time(world: World) -> None:
    """Whose clock lags behind the last one's leaves it to him."""
    world.accept()
    lagging = World(world.ledger, me="worker-2")
    world.clock.forward(seconds=5)
    assert checkpoint(world.parts, KEYS, bites=1) is not None
    world.accept("D-2")
    assert checkpoint(lagging.parts, KEYS, bites=1) is None
    assert checkpoint(world.parts, KEYS, bites=1) is not None
