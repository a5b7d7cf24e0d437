"""The engine's world, on a fresh ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.world import World
from worker.ledger.ledger import SqlLedger


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with an empty ledger."""
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    yield World(ledger)
    ledger.close()
