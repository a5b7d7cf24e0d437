"""The sheet's owner gets it back with what became of every row."""

import csv as csv_module
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from producers.batch.csv_sheet import Dialect
from producers.batch.outlets import CsvOutlet
from producers.batch.sheet import SheetRefused
from producers.batch.writer import harmless, in_order, write_result
from schemas.problem import Problem
from schemas.views import RowOutcome
from tests.producers.batch.books import HEAD, book, csv, folio, repacked, row

AT = datetime(2026, 11, 20, 18, 0, 5, 999, tzinfo=UTC)
MEXICO = ZoneInfo("America/Mexico_City")
DONE = RowOutcome(state="cancelled", at=AT, code="sf 200", meaning="Confirmado.", next_step="Nada.")


def outcome(number: int) -> RowOutcome | None:
    """Row 2 is cancelled, row 3 was not taken, nothing is known of the others."""
    rejected = RowOutcome.of_problems([Problem(slug="cell-empty", column="RFC")])
    return {2: DONE, 3: rejected}.get(number)


def values(path: Path) -> list[tuple[object, ...]]:
    """All cells of a workbook."""
    opened = load_workbook(path, read_only=True)
    read: list[tuple[object, ...]] = [tuple(cells) for cells in opened.worksheets[0].iter_rows(values_only=True)]
    opened.close()
    return read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_csv_comes_back_the_way_it_was_written(tmp_path: Path, encoding: str) -> None:
    """Delimiter, encoding and BOM are kept; empty rows and titles stay where they are."""
    source = csv(
        tmp_path / "h.csv",
        [["uuid", "rfc", "Señas"], [folio(1), "ZUÑ920208KL4", "café"], ["x"]],
        delimiter=";",
        encoding=encoding,
    )
    assert 2 == write_result(source, tmp_path / "out.csv", outcome, zone=MEXICO)
    raw = (tmp_path / "out.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") is (encoding == "utf-8-sig")
    lines = raw.decode(encoding).split("\r\n")
    assert lines[0].endswith(
        "Señas;Cancelación: estado;Cancelación: fecha;Cancelación: código;Cancelación: significado;"
        "Cancelación: qué hacer"
    )
    assert f"{folio(1)};ZUÑ920208KL4;café;cancelado;2026-11-20 12:00:05;sf 200;Confirmado.;Nada." == lines[1]
    assert lines[2].startswith("x;;;no aceptado;;cell-empty;La celda «RFC» está vacía.;")


def test_a_workbook_comes_back_as_a_workbook(tmp_path: Path) -> None:
    """Numbers stay numbers, text stays text, the time is a time."""
    source = book(tmp_path / "h.xlsx", [HEAD, row(1), row(2)])
    write_result(source, tmp_path / "out.xlsx", outcome, lang="en", zone=MEXICO)
    head, first, _ = values(tmp_path / "out.xlsx")
    assert "Cancellation: state" == head[5]
    assert (folio(1), "02", 1160.5) == (first[0], first[2], first[4])
    moment = datetime(2026, 11, 20, 12, 0, 5)  # noqa: DTZ001 - a spreadsheet knows no zone
    assert ("cancelled", moment, "sf 200") == first[5:8]


def test_a_csv_can_come_back_as_a_workbook_and_the_reverse(tmp_path: Path) -> None:
    """The name of the result decides."""
    write_result(csv(tmp_path / "h.csv", [HEAD, row(1)]), tmp_path / "out.xlsx", outcome)
    assert (folio(1), "1160.5") == (values(tmp_path / "out.xlsx")[1][0], values(tmp_path / "out.xlsx")[1][4])
    write_result(book(tmp_path / "h.xlsx", [HEAD, row(1)]), tmp_path / "out.csv", outcome, lang="pt")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as text:
        head, first = csv_module.reader(text)
    assert ("Cancelamento: situação", "1160.5", "cancelado") == (head[5], first[4], first[5])


def test_excel_s_announcement_is_kept(tmp_path: Path) -> None:
    """A file that said how it is delimited still says so."""
    (source := tmp_path / "h.csv").write_bytes(b"sep=;\r\nuuid;rfc\r\nA;B\r\n")
    write_result(source, tmp_path / "out.csv", outcome)
    assert (tmp_path / "out.csv").read_bytes().startswith(b"sep=;\r\nuuid;rfc;Canc")


def test_a_result_handed_in_again_is_updated_in_place(tmp_path: Path) -> None:
    """Columns do not pile up, whatever the language was."""
    write_result(csv(tmp_path / "h.csv", [HEAD, row(1)]), tmp_path / "one.csv", outcome, lang="pt")
    later = DONE.model_copy(update={"state": "waiting"})
    write_result(tmp_path / "one.csv", tmp_path / "two.csv", lambda _: later, lang="es")
    with (tmp_path / "two.csv").open(encoding="utf-8", newline="") as text:
        head, first = csv_module.reader(text)
    assert (10, "Cancelación: estado", "en proceso") == (len(head), head[5], first[5])


def test_outcomes_may_come_as_a_stream() -> None:
    """In the order of the sheet, with gaps, and not all of them asked for."""
    outcomes = in_order(iter([(2, DONE), (4, DONE), (5, DONE)]))
    assert [DONE, None, DONE, None] == [outcomes(number) for number in (2, 3, 5, 6)]
    assert in_order([])(2) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+52 55", "+52 55"),
        ("+HYPERLINK()", "'+HYPERLINK()"),
        ("-12.50", "-12.50"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("a=b", "a=b"),
        ("bell\x07", "bell"),
        ("", ""),
    ],
)
def test_no_cell_can_become_a_formula(given: str, expected: str) -> None:
    """Whatever an authority or a customer wrote, nothing runs when the result is opened; numbers stay themselves."""
    assert expected == harmless(given)


def test_formulas_of_the_owner_come_back_as_their_values(tmp_path: Path) -> None:
    """One that was never calculated shows itself as text, which nothing runs; an error is the error's text."""
    source = book(tmp_path / "h.xlsx", [[*HEAD, "a", "b", "c"], [*row(1), "=1+1", "#N/A", "x"]])
    write_result(source, tmp_path / "out.xlsx", outcome)
    assert ("'=1+1", "#N/A", "x") == values(tmp_path / "out.xlsx")[1][5:8]
    part = "xl/worksheets/sheet1.xml"
    repacked(source, {part: lambda xml: re.sub(b"<f>1\\+1</f><v ?/>|<f>1\\+1</f><v></v>", b"<f>1+1</f><v>2</v>", xml)})
    write_result(source, tmp_path / "out.xlsx", outcome)
    assert 2 == values(tmp_path / "out.xlsx")[1][5]


def test_identifiers_can_be_read_without_touching_a_column(tmp_path: Path) -> None:
    """Columns of a workbook are as wide as what stands in them, within reason."""
    rows = [row(number) for number in range(1, 250)]
    write_result(
        csv(tmp_path / "h.csv", [[*HEAD, "nota"], *[[*cells, "n" * 500] for cells in rows]]),
        tmp_path / "o.xlsx",
        outcome,
    )
    opened = load_workbook(tmp_path / "o.xlsx")
    widths = [opened.worksheets[0].column_dimensions[letter].width for letter in "ACF"]
    assert [38, 10, 62] == widths
    assert 250 == opened.worksheets[0].max_row
    opened.close()


def test_worksheets_that_are_left_out_are_told(tmp_path: Path) -> None:
    """The result holds what was read; its owner should not look for the rest in it."""
    told: list[Problem] = []
    write_result(
        book(tmp_path / "h.xlsx", [HEAD, row(1)], others=("Notas",)), tmp_path / "o.xlsx", outcome, told=told.append
    )
    assert [("result-one-worksheet", "Datos", "Notas")] == [
        (each.slug, each.params["read"], each.params["others"]) for each in told
    ]


def test_an_unfinished_result_leaves_nothing_behind(tmp_path: Path) -> None:
    """A result is there when it is complete, and an older one is not spoilt."""
    source = csv(tmp_path / "h.csv", [HEAD, row(1), ['"']])
    for name in ("out.csv", "out.xlsx"):
        (tmp_path / name).write_text("older")
        with pytest.raises(SheetRefused):
            write_result(source, tmp_path / name, outcome)
        assert "older" == (tmp_path / name).read_text()
    assert {"h.csv", "out.csv", "out.xlsx"} == {file.name for file in tmp_path.iterdir()}


def test_every_kind_of_cell_has_a_text(tmp_path: Path) -> None:
    """As short as it is exact."""
    cells = [None, True, False, 0.1, 1160.0, 7, AT, date(2026, 1, 2), time(3, 4), timedelta(minutes=5)]
    with CsvOutlet(tmp_path / "o.csv", Dialect()) as outlet:
        outlet.row(cells)
    assert ",TRUE,FALSE,0.1,1160,7,2026-11-20 18:00:05+00:00,2026-01-02,03:04:00,0:05:00\r\n" == (
        (tmp_path / "o.csv").read_bytes().decode()
    )
