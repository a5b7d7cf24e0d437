"""A copy of an SQLite ledger: whole, private, and silent until it was recovered."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.engine.world import ACME, DAWN, World
from worker.engine.recovery import HOLD, recover
from worker.engine.submit import submit
from worker.engine.sweep import sweep
from worker.ledger import backup
from worker.ledger.backup import CannotBackUp, back_up
from worker.ledger.ledger import SqlLedger


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the ledger is."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def world(url: str) -> Iterator[World]:
    """A ledger with an issuer."""
    ledger = SqlLedger(url)
    ledger.migrate()
    with ledger.unit() as unit:
        unit.issuers.put(ACME)
    yield World(ledger)
    ledger.close()


def test_a_copy_sends_nothing_before_it_is_recovered(world: World, url: str, tmp_path: Path) -> None:
    """Who forgets the recovery loses time and nothing else: neither sweep nor an old message sends anything."""
    job_id = world.accept()
    back_up(url, tmp_path / "copy.db", DAWN)
    copy = World(SqlLedger(f"sqlite:///{tmp_path / 'copy.db'}"))
    assert 0 == sweep(copy.parts, copy.broker, window=9).dispatched
    assert submit(copy.parts, job_id) is None
    with copy.ledger.reading() as reading:
        assert [HOLD] == [hold.slug for hold in reading.lanes.all_holds(DAWN)]
    recover(copy.parts, actor="ana")
    assert 1 == sweep(copy.parts, copy.broker, window=9).dispatched
    copy.ledger.close()


def test_a_copy_is_of_one_moment_and_its_original_goes_on(world: World, url: str, tmp_path: Path) -> None:
    """Taken while the ledger is open and written to; one private file; the original is not held up."""
    first = world.accept("D-1")
    with world.ledger.unit() as unit:
        assert unit.get(first) is not None  # the write lock is taken
        size = back_up(url, tmp_path / "copy.db", DAWN)
    world.accept("D-2")
    copy = tmp_path / "copy.db"
    assert (size, 0o600) == (copy.stat().st_size, stat.S_IMODE(copy.stat().st_mode))
    assert ["copy.db"] == [path.name for path in tmp_path.iterdir() if path.name.startswith("copy")]
    with closing(sqlite3.connect(copy)) as opened:
        assert [("D-1",)] == opened.execute("SELECT document FROM jobs").fetchall()
    assert 2 == sweep(world.parts, world.broker, window=9).dispatched


def test_a_copy_overwrites_nothing(world: World, url: str, tmp_path: Path) -> None:
    """An earlier backup stays as it is; a place that can't be written to is told."""
    kept = tmp_path / "kept.db"
    kept.write_text("earlier")
    for target, slug in ((kept, "backup-exists"), (tmp_path / "nowhere" / "copy.db", "backup-unwritable")):
        with pytest.raises(CannotBackUp) as refused:
            back_up(url, target, DAWN)
        assert slug == refused.value.slug
    assert "earlier" == kept.read_text()


def test_what_was_begun_and_failed_is_gone(
    world: World, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a backup would be taken for a whole one."""

    def broken(*_: object) -> None:
        raise RuntimeError("no space")

    monkeypatch.setattr(backup, "_shut", broken)
    with pytest.raises(RuntimeError, match="no space"):
        back_up(url, tmp_path / "copy.db", DAWN)
    assert not (tmp_path / "copy.db").exists()


def test_a_damaged_ledger_makes_no_backup(tmp_path: Path) -> None:
    """A file that is no database, or not a sound one, is told, and nothing is left."""
    (tmp_path / "ledger.db").write_bytes(b"no database at all" * 400)
    with pytest.raises(CannotBackUp) as refused:
        back_up(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "copy.db", DAWN)
    assert "backup-unwritable" == refused.value.slug
    assert not (tmp_path / "copy.db").exists()


def test_a_server_is_dumped_by_its_own_tools(tmp_path: Path) -> None:
    """Only a file is copied here."""
    with pytest.raises(CannotBackUp) as refused:
        back_up("postgresql://user:hidden@localhost/x", tmp_path / "copy.db", DAWN)
    assert "backup-not-a-file" == refused.value.slug
    assert "hidden" not in str(refused.value)
