"""Proof, seals and recovery, at the counter."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.story.town import Town
from worker.desk.health import Grade
from worker.desk.trust import RolesRunning


def test_a_sound_ledger_is_said_to_be_so(town: Town) -> None:
    """Before the first seal and after it; sealing again without need shows the last one."""
    assert [("journal", Grade.GOOD)] == [(one.what, one.grade) for one in town.desk.trust.verify()]
    assert town.desk.trust.seal() is None
    town.ask(town.announce("accepted", count=2))
    first = town.desk.trust.seal()
    assert first is not None
    assert (1, 2, 2) == (first["number"], first["jobs"], first["lines"])
    assert first == town.desk.trust.seal()
    (finding,) = town.desk.trust.verify()
    assert first["mac"] in finding.detail


def test_what_was_tampered_with_is_bad_and_named(town: Town) -> None:
    """With the job's id and the reason in words; a wrong seal by its number."""
    (job_id,) = town.ask(town.announce("accepted"))
    town.desk.trust.seal()
    with town.house.ledger.unit() as unit:
        unit._connection.execute(text("UPDATE jobs SET state = 'waiting'"))
        unit._connection.execute(text("DROP TRIGGER checkpoints_no_update"))
        unit._connection.execute(text("UPDATE checkpoints SET jobs = 9"))
    found = {one.what: one for one in town.desk.trust.verify()}
    assert {f"job {job_id}", "checkpoint 1"} == set(found)
    assert {Grade.BAD} == {one.grade for one in found.values()}
    problem = found[f"job {job_id}"].problem
    assert problem is not None
    assert "row-untrue" == problem.slug
    for lang in ("es", "pt", "en"):
        assert "{" not in problem.text(lang).what


def test_recovery_waits_until_nothing_runs(town: Town) -> None:
    """A role that lived a moment ago might send what is about to be asked about."""
    town.ask(town.announce("accepted"))
    town.house.beat("sweep", {})
    with pytest.raises(RolesRunning, match="sweep"):
        town.desk.trust.recover(actor="ana")
    with town.house.ledger.unit() as unit:
        unit._connection.execute(text("DELETE FROM pulses"))
    assert {"uncertain": 1} == town.desk.trust.recover(actor="ana")


def test_a_backup_is_a_file(town: Town, tmp_path: Path) -> None:
    """Of the size that is told."""
    size = town.desk.trust.back_up(tmp_path / "copy.db")
    assert size == (tmp_path / "copy.db").stat().st_size
