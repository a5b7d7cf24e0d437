"""``cancela batch``: a sheet goes in as a whole or not at all, and comes back with what became of every row."""

import csv as csv_module
import json
import os
from pathlib import Path

import pytest
from openpyxl import load_workbook

from producers.cli import submission
from producers.cli.ends import Exit, Stopped
from producers.cli.result_sheet import in_order
from producers.cli.snapshot import snapshot
from sandbox.certificates import KeyPair
from sandbox.server import Sandbox
from schemas.requests import parse
from schemas.views import RowOutcome
from tests.producers.batch.books import HEAD, book, csv, folio, row
from tests.producers.cli.command import Command, Said
from worker.desk import Desk
from worker.desk.batches import BatchDesk


def sheet(cancela: Command, *rows: list[object], name: str = "cfdi.xlsx") -> Path:
    """A workbook with these rows."""
    return book(cancela.folder / name, [HEAD, *rows])


def submit(cancela: Command, file: Path, *words: object) -> Said:
    """Hand it in, with JSON."""
    return cancela("batch", "submit", file, *words, "--json")


BAD = row(2, uuid="11111111-2222")
STRANGE = row(3, rfc="CACX7605101P8")


def test_a_good_sheet_is_taken(ready: Command) -> None:
    """Every row becomes a job; handing the sheet in again is the same batch and the same jobs."""
    file = sheet(ready, row(1), row(2))
    first, second = submit(ready, file), submit(ready, file)
    assert (0, 2, {"queued": 2}, "cfdi.xlsx") == (
        first.status,
        first.json["good"],
        first.json["batch"]["states"],
        first.json["batch"]["name"],
    )
    assert first.json["batch"] == second.json["batch"]
    assert 2 == len(ready("job", "list", "--json").json["jobs"])


def test_one_bad_row_keeps_the_whole_sheet_out(ready: Command) -> None:
    """Nothing is taken; it says which row, which column, and how to go on."""
    file = sheet(ready, row(1), BAD, STRANGE)
    said = submit(ready, file)
    problems = [(each["row"], each["slug"]) for each in said.json["problems"]]
    assert (1, None, [(3, "uuid-malformed"), (4, "issuer-unknown")]) == (said.status, said.json["batch"], problems)
    assert [] == ready("job", "list", "--json").json["jobs"]
    told = ready("batch", "submit", file)
    assert "--good-rows-only" in told.err
    assert "row 3" in told.err


def test_good_rows_only_takes_the_good_ones(ready: Command) -> None:
    """Status 1 all the same: rows were refused, and the result sheet will say why."""
    said = submit(ready, sheet(ready, row(1), BAD, STRANGE), "--good-rows-only")
    assert (1, 3, 2, {"queued": 1}) == (
        said.status,
        said.json["batch"]["rows"],
        said.json["batch"]["refused_rows"],
        said.json["batch"]["states"],
    )


def test_a_row_that_became_good_is_not_told_as_refused(ready: Command, authority_of: KeyPair) -> None:
    """Once its issuer is registered, handing in the same sheet again counts its row among the jobs."""
    file = sheet(ready, row(1), STRANGE)
    before = submit(ready, file, "--good-rows-only").json["batch"]
    assert ready.add_issuer(authority_of).status == 0
    after = submit(ready, file, "--good-rows-only").json["batch"]
    assert ({"queued": 1}, {"queued": 2}) == (before["states"], after["states"])
    assert (1, 0) == (before["refused_rows"], after["refused_rows"])


@pytest.fixture
def authority_of(authority: object) -> KeyPair:
    """The seal of the stranger."""
    pair: KeyPair = authority.issue("CACX7605101P8")  # type: ignore[attr-defined]
    return pair


def test_a_dry_run_takes_nothing(ready: Command) -> None:
    """It only looks: 0 for a good sheet, 1 for one with a bad row."""
    good, bad = sheet(ready, row(1)), sheet(ready, row(1), BAD, name="bad.xlsx")
    assert [0, 1] == [submit(ready, file, "--dry-run", "--good-rows-only").status for file in (good, bad)]
    assert [] == ready("batch", "list", "--json").json


def test_a_conflict_is_a_bad_row(ready: Command) -> None:
    """A document that was asked for with another motive keeps the whole sheet out, and the dry run knows it."""
    submit(ready, sheet(ready, row(1)))
    file = sheet(ready, row(1, motive="03"), row(2), name="other.xlsx")
    for words in (("--dry-run",), ()):
        said = submit(ready, file, *words)
        assert (1, 1, 1, None) == (said.status, said.json["good"], said.json["bad"], said.json["batch"])
        assert [(2, "request-conflict")] == [(each["row"], each["slug"]) for each in said.json["problems"]]
    assert 1 == len(ready("job", "list", "--json").json["jobs"])
    taken = submit(ready, file, "--good-rows-only").json
    assert (1, 1, {"queued": 1}) == (taken["bad"], taken["batch"]["refused_rows"], taken["batch"]["states"])


def test_what_another_asked_for_meanwhile_is_told(ready: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that was good in the survey and was overtaken while rows were taken in is bad in the report."""
    file = csv(ready.folder / "h.csv", [["Folio", *HEAD[1:]], row(1), row(2)])
    file.write_text(file.read_text().replace("Folio,", "Folio fiscal,"))
    honest = submission.submit

    def overtaken(desk: Desk, *given: object, **named: object) -> object:
        first = parse({"uuid": folio(2), "rfc": "EKU9003173C9", "motive": "03"})
        desk.intake.accept([first], actor="operator:other")
        return honest(desk, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(submission, "submit", overtaken)
    said = submit(ready, file)
    assert (1, 1, 1) == (said.status, said.json["good"], said.json["bad"])
    assert [(3, "request-conflict")] == [(each["row"], each["slug"]) for each in said.json["problems"]]
    assert 1 == said.json["batch"]["refused_rows"]


def test_contradicting_rows_are_not_taken(ready: Command) -> None:
    """Neither of them, also with --good-rows-only: which one is meant cannot be known."""
    file = sheet(ready, row(1), row(2), row(1, motive="03"))
    said = submit(ready, file, "--good-rows-only")
    assert (1, 2, {"queued": 1}) == (said.status, said.json["bad"], said.json["batch"]["states"])
    assert ["row-contradicted"] * 2 == [each["slug"] for each in said.json["problems"]]


def test_warnings_come_before_anything_is_taken(ready: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that is nearly a known one is told while nothing has happened yet."""
    heads = [*HEAD[:3], "RFC receptorr", "Nota"]
    file = csv(ready.folder / "h.csv", [heads, row(1)])

    def broken(*_: object, **__: object) -> None:
        raise Stopped("work-died", Exit.UNREACHABLE)

    monkeypatch.setattr(submission, "submit", broken)
    assert ["column-looks-like", "work-died"] == [
        line.split(":")[0].split(" ")[0] for line in ready("batch", "submit", file).err.splitlines() if "→" not in line
    ]
    assert ["column-looks-like"] == [each["slug"] for each in submit(ready, file, "--dry-run").json["warnings"]]


def test_a_stranger_is_told_under_the_column_that_names_him(ready: Command) -> None:
    """As the sheet's owner calls it; where an option names the issuer, no column does."""
    file = csv(ready.folder / "a.csv", [["uuid", "Empresa RFC", "motivo"], row(3)[:3]])
    file.write_text(
        file.read_text().replace("Empresa RFC", "RFC de la empresa").replace("EKU9003173C9", "CACX7605101P8")
    )
    assert ["RFC de la empresa"] == [each["column"] for each in submit(ready, file).json["problems"]]
    bare = csv(ready.folder / "b.csv", [["Folio fiscal"], [folio(1)]])
    said = submit(ready, bare, "--rfc", "CACX7605101P8", "--motive", "02")
    assert [("issuer-unknown", "Folio fiscal")] == [(each["slug"], each["column"]) for each in said.json["problems"]]


def test_only_files_are_read(ready: Command) -> None:
    """A device has no end and a pipe no second reading; a file larger than any sheet is not copied to its end."""
    os.mkfifo(ready.folder / "pipe.csv")
    for odd in (Path("/dev/zero"), ready.folder / "pipe.csv"):
        assert ["file-not-regular"] == submit(ready, odd).problems
    assert ["file-unreadable"] == submit(ready, ready.folder).problems
    with pytest.raises(Stopped, match="file-too-large"), snapshot(ready.file("big.csv", b"x" * 100), limit=99):
        pass


def test_the_place_of_the_result_is_checked_first(ready: Command) -> None:
    """Nothing is taken when the result could not be written in the end."""
    file = sheet(ready, row(1))
    for out, slug in (
        (file, "out-is-source"),
        (ready.folder / "no" / "where.csv", "file-unwritable"),
        (ready.folder / "result.pdf", "out-suffix-unknown"),
    ):
        said = submit(ready, file, "--wait", "--out", out)
        assert (1, [slug]) == (said.status, said.problems)
    assert [] == ready("batch", "list", "--json").json


def test_a_file_that_is_no_sheet_is_refused(ready: Command) -> None:
    """Each with its slug and status 1."""
    assert ["column-missing"] == submit(ready, csv(ready.folder / "no.csv", [("a", "b"), ("c", "d")])).problems[:1]
    assert ["sheet-old-excel"] == submit(ready, ready.file("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")).problems
    assert ["sheet-empty"] == submit(ready, sheet(ready)).problems
    assert ["file-unreadable"] == submit(ready, ready.folder / "missing.xlsx").problems


def test_what_may_explain_a_refused_sheet_is_told(ready: Command) -> None:
    """What the header holds, which names are known, and that the workbook has another worksheet."""
    file = book(ready.folder / "hojas.xlsx", [("Resumen", "Mes")], others=("Cancelar",))
    said = submit(ready, file)
    assert {"column-missing", "other-worksheets"} == set(said.problems)
    assert all(word in said.err for word in ("Resumen, Mes", "folio fiscal", "Cancelar", "--sheet"))


@pytest.mark.parametrize(
    ("content", "kind"), [(b"%PDF-1.7\n", "PDF"), (b"<?xml ?>", "XML"), (b"{}", "JSON"), (b"a\0", "BIN")]
)
def test_what_is_no_sheet_is_called_what_it_is(ready: Command, content: bytes, kind: str) -> None:
    """A PDF of the sheet is no sheet, and columns are not what it lacks."""
    said = submit(ready, ready.file("hoja.csv", content))
    assert (["sheet-format-unknown"], True) == (said.problems, kind in said.err)


def test_issuer_and_motive_may_be_given_for_all_rows(ready: Command) -> None:
    """A sheet of bare UUIDs needs no other column."""
    file = csv(ready.folder / "uuids.csv", [("Folio fiscal",), (folio(1),), (folio(2),)])
    said = submit(ready, file, "--rfc", "EKU9003173C9", "--motive", "03")
    assert (0, {"queued": 2}) == (said.status, said.json["batch"]["states"])


def test_batches_are_shown_and_listed(ready: Command) -> None:
    """By their id, newest first; an unknown one has status 3."""
    batch = submit(ready, sheet(ready, row(1))).json["batch"]
    assert batch == ready("batch", "show", batch["id"], "--json").json
    assert [batch] == ready("batch", "list", "--json").json
    assert batch["id"] in ready("batch", "list").out
    assert batch == ready("batch", "show", batch["id"][:8].upper(), "--json").json
    assert [3, 3] == [ready("batch", each, "nonsense").status for each in ("show", "result")]


def test_how_an_id_begins_may_be_too_little(ready: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two batches are not guessed between."""
    batch = submit(ready, sheet(ready, row(1))).json["batch"]
    monkeypatch.setattr(BatchDesk, "named", lambda *_: [batch["id"], batch["id"][:4]])
    said = ready("batch", "show", batch["id"][:4], "--json")
    assert (3, ["batch-ambiguous"]) == (said.status, said.problems)


def test_the_result_is_the_sheet_with_what_became_of_it(ready: Command) -> None:
    """In the sheet's own form by default; the sheet itself is never written over."""
    file = csv(ready.folder / "hoja.csv", [HEAD, row(1), BAD])
    batch = submit(ready, file, "--good-rows-only").json["batch"]
    told = ready("batch", "result", batch["id"], "--json").json
    with (ready.folder / told["file"]).open(newline="") as written:
        lines = list(csv_module.reader(written))
    assert ("hoja.result.csv", 2) == (told["file"], told["rows"])
    assert ["queued", "not accepted"] == [line[len(HEAD)] for line in lines[1:]]
    refused = ready("batch", "result", batch["id"], "--out", file, "--json")
    assert (1, ["out-is-source"]) == (refused.status, refused.problems)
    nowhere = ready("batch", "result", batch["id"], "--out", ready.folder / "no" / "where.csv", "--json")
    assert (1, ["file-unwritable"]) == (nowhere.status, nowhere.problems)


def test_endings_are_found_by_row_as_a_stream() -> None:
    """Rows without an ending get none, and nothing is read twice."""
    endings = [(2, RowOutcome(state="queued")), (5, RowOutcome(state="refused"))]
    of = in_order(iter(endings))
    assert ["queued", None, "refused", None] == [
        None if (found := of(number)) is None else found.state for number in (2, 3, 5, 6)
    ]


def test_out_without_wait_is_a_usage_error(ready: Command) -> None:
    """There is nothing to write yet."""
    assert 2 == submit(ready, sheet(ready, row(1)), "--out", "x.xlsx").status


@pytest.mark.slow
def test_a_sheet_goes_from_its_rows_to_its_endings(cancela: Command, csd: KeyPair, sandbox: Sandbox) -> None:
    """One command: taken, sent, followed to the end, and written back as a workbook; 5, since one was refused."""
    cancela.meet(sandbox)
    cancela.add_issuer(csd, user=sandbox.pac_user, password=sandbox.pac_password)
    sandbox.world.admit([{"uuid": folio(2), "issuer": csd.rfc, "life": "not-cancellable"}])
    file = sheet(cancela, row(1), row(2))
    said = cancela.process("batch", "submit", file, "--wait", "--timeout", 60, "--out", "result.xlsx", "--json")
    assert (5, {"cancelled": 1, "refused": 1}) == (said.status, said.json["batch"]["states"])
    page = load_workbook(cancela.folder / "result.xlsx").active
    assert page is not None
    assert ["cancelled", "refused"] == [page.cell(line, len(HEAD) + 1).value for line in (2, 3)]
    assert json.loads(said.out)["batch"]["rows"] == 2
