"""``cancela demo``: the whole main job, and its own judge."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.cli.demo import plan, stage, verdict
from producers.cli.demo.run import COUNTRIES
from producers.cli.ends import Stopped
from sandbox.documents import Document
from sandbox.faults import Fault
from sandbox.sefaz_documents import Dce
from schemas.problem import Rejected
from schemas.requests import parse
from tests.producers.cli.command import Command

KINDS = {kind.name: kind for country in COUNTRIES for kind in country.kinds}


def planned(count: int) -> list[plan.PlannedRow]:
    """A sheet of so many rows."""
    return plan.rows(count, COUNTRIES)


@pytest.mark.parametrize("count", [plan.least(COUNTRIES), 60, 200, 1000])
def test_a_sheet_has_as_many_rows_as_asked_for_and_all_kinds(count: int) -> None:
    """However small the sheet, every kind of ending is in it; documents come once but for the repeated rows."""
    rows = planned(count)
    kinds = Counter(row.kind for row in rows)
    assert count == len(rows)
    assert {*KINDS, plan.REPEATED} == set(kinds)
    assert len(rows) - kinds[plan.REPEATED] == len({row.document for row in rows})


def test_a_third_of_the_documents_are_dce() -> None:
    """Both countries go the same way."""
    assert 60 <= sum("access_key" in row.cells for row in planned(200)) <= 75


def test_rows_are_good_but_for_those_that_shall_not_be() -> None:
    """What is not taken is refused by a rule of ours, or for want of an issuer."""
    for row in planned(1000):
        rail = "br" if "access_key" in row.cells else "mx"
        given = {name: value for name, value in row.cells.items() if value is not None}
        try:
            parse({"rail": rail, **given})
        except Rejected:
            assert row.ending == plan.REJECTED
        else:
            assert row.ending != plan.REJECTED or row.kind.endswith("issuer-unknown") or row.kind == plan.REPEATED


def test_the_sandbox_understands_the_plan() -> None:
    """Every life and fault in it is one that the sandbox knows."""
    now = datetime.now(UTC)
    for told in plan.announcements(planned(200)):
        document = Document.planned(told) if "uuid" in told else Dce.planned(told, now=now, lived=0)
        assert document.state(0) if isinstance(document, Document) else document.state()
        assert all(Fault.planned(fault, told.get("uuid") or told["key"]) for fault in told["faults"])


def _judged(state: str, truth: str, effects: int = 1, *, ending: str = "cancelled") -> verdict.Judged:
    row = replace(planned(60)[0], kind="accepted", ending=ending)
    real = {row.document: {"state": truth, "effects": {"pac": effects, "sat": 0}}}
    return verdict.judge([row], {2: state}, real)[0]


def test_only_the_truth_is_equal() -> None:
    """Another state than planned, another truth than the state, or a second effect is a failure of the demo."""
    assert _judged("cancelled", "cancelled").equal
    assert _judged("refused", "refused", ending="refused").equal
    assert _judged("parked", "untouched", 0, ending="parked").equal
    assert _judged("expired", "untouched", 0, ending="expired").equal
    assert not _judged("cancelled", "pending").equal
    assert not _judged("refused", "refused").equal
    assert not _judged("cancelled", "cancelled", 2).equal
    assert not _judged("parked", "cancelled", ending="parked").equal


def test_a_row_that_is_missing_is_a_failure() -> None:
    """A lost row is never equal."""
    row = planned(60)[0]
    assert not verdict.judge([row], {}, {})[0].equal


def test_only_an_earlier_demo_is_written_over(tmp_path: Path) -> None:
    """A folder with anything else in it is left as it is."""
    mine, demo = tmp_path / "mine", tmp_path / "demo"
    mine.mkdir()
    (mine / "precious.txt").write_text("x")
    stage.clear(demo)
    (demo / "old").write_text("x")
    stage.clear(demo)
    assert {stage.MARK} == {path.name for path in demo.iterdir()}
    (tmp_path / "link").symlink_to(demo)
    for taken in (mine, tmp_path / "link", mine / "precious.txt"):
        with pytest.raises(Stopped, match="demo-folder-taken"):
            stage.clear(taken)
    assert "x" == (mine / "precious.txt").read_text()


@pytest.mark.slow
def test_the_demo_ends_in_the_truth(cancela: Command) -> None:
    """Every kind of row ends as planned and as the authorities say; the caller's settings have no part in it."""
    cancela.file(".env", "CANCELA_NONSENSE=1\n")
    said = cancela.process("demo", "--rows", 60, "--json", env={"CANCELA_OTHER": "1", "CANCELA_HOME": "/nowhere"})
    assert 0 == said.status, said.err
    told = said.json
    assert (True, 60, 0, []) == (told["equal"], told["rows"], told["registered_twice"], told["differ"])
    assert Path(told["result"]).is_file()
    proofs = [path for path in Path(told["proofs"]).iterdir() if (path / "manifest.json").is_file()]
    assert len(proofs) == told["proven"] == told["batch"]["states"]["cancelled"]
    assert "cancelled" == json.loads((proofs[0] / "manifest.json").read_text("utf-8"))["job"]["state"]
    assert not (cancela.folder / "home").exists()
    there = Command(cancela.folder / "demo", {})
    assert told["batch"]["rows"] == json.loads(there.process("batch", "list", "--json").out)[0]["rows"]
