"""Workbooks, honest ones and others."""

import random
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from producers.batch.limits import Limits
from producers.batch.reader import header, open_sheet, rows
from producers.batch.sheet import Odd, SheetRefused
from tests.producers.batch.books import HEAD, book, folio, repacked, row

SHEET = "xl/worksheets/sheet1.xml"


def slugs(path: Path, limits: Limits | None = None, sheet: str | None = None) -> list[str]:
    """Why the workbook is refused."""
    with pytest.raises(SheetRefused) as refused, open_sheet(path, limits=limits or Limits(), sheet=sheet) as opened:
        list(opened.lines())
    return [problem.slug for problem in refused.value.problems]


def test_rows_keep_their_numbers_and_kinds(tmp_path: Path) -> None:
    """Empty rows are skipped, text stays text, numbers stay numbers."""
    path = book(tmp_path / "h.xlsx", [[], HEAD, row(1), [], row(2, motive="03")])
    with open_sheet(path) as sheet:
        read = list(rows(sheet, header(sheet)))
    assert [(3, folio(1), "02", 1160.5), (5, folio(2), "03", 1160.5)] == [
        (one.number, one.cells["uuid"], one.cells["motive"], one.cells["total"]) for one in read
    ]


def test_a_table_need_not_begin_in_the_corner(tmp_path: Path) -> None:
    """Empty columns at the left count, so that marks fall on the right cells."""
    path = book(tmp_path / "h.xlsx", [[], [None, None, *HEAD], [None, None, *row(1, receiver="=1+1")]])
    with open_sheet(path) as sheet:
        read = next(rows(sheet, header(sheet)))
    assert (folio(1), Odd("formula", text="=1+1"), 1160.5) == tuple(
        read.cells[name] for name in ("uuid", "receiver", "total")
    )


def test_formulas_errors_and_dates_are_what_they_are(tmp_path: Path) -> None:
    """A cell whose value is not its own is marked, and a date is no text."""
    moment = datetime(2026, 11, 20, 12)  # noqa: DTZ001 - a spreadsheet knows no zone
    path = book(tmp_path / "h.xlsx", [HEAD, row(1, rfc="=A1", receiver="#REF!", motive=moment)])
    with open_sheet(path) as sheet:
        cells = next(rows(sheet, header(sheet))).cells
    assert (Odd("formula", text="=A1"), Odd("error", text="#REF!")) == (cells["rfc"], cells["receiver"])
    assert isinstance(cells["motive"], type(moment))


def test_a_row_of_uncalculated_formulas_is_not_lost(tmp_path: Path) -> None:
    """The reader does not see such cells; the job would vanish without a word."""
    path = book(tmp_path / "h.xlsx", [HEAD, row(1), ["=A2"], ["=A3", "=B3"]])
    with open_sheet(path) as sheet:
        assert [2, 3, 4] == [one.number for one in rows(sheet, header(sheet))]


def test_other_worksheets_are_told_and_can_be_chosen(tmp_path: Path) -> None:
    """The first visible one is read unless another is named."""
    path = book(tmp_path / "h.xlsx", [HEAD, row(1)], others=["Enero"])
    with open_sheet(path) as sheet:
        assert [("other-worksheets", "Enero")] == [(told.slug, told.params["others"]) for told in sheet.warnings]
    with open_sheet(path, sheet="Enero") as sheet:
        assert [] == list(sheet.lines())
    assert ["worksheet-unknown"] == slugs(path, sheet="Febrero")


@pytest.mark.parametrize(
    ("limits", "slug"),
    [
        (Limits(xlsx_bytes=100), "sheet-too-large"),
        (Limits(unpacked_bytes=2000), "xlsx-unpacks-too-large"),
        (Limits(parts=2), "xlsx-unpacks-too-large"),
        (Limits(columns=4), "too-many-columns"),
        (Limits(rows=0, preamble=0), "too-many-rows"),
        (Limits(cells=9), "too-many-cells"),
    ],
)
def test_bounds_are_kept(tmp_path: Path, limits: Limits, slug: str) -> None:
    """What is too big is refused before the reader unpacks it."""
    assert [slug] == slugs(book(tmp_path / "h.xlsx", [HEAD, row(1)]), limits)


def test_a_stray_cell_far_away_is_refused(tmp_path: Path) -> None:
    """The reader would reserve memory for all the emptiness between."""
    path = book(tmp_path / "h.xlsx", [HEAD, row(1)])
    far = b'<row r="900000"><c r="IU900000"><v>1</v></c></row></sheetData>'
    assert ["too-many-cells"] == slugs(repacked(path, {SHEET: lambda xml: xml.replace(b"</sheetData>", far)}))


def test_a_row_that_lies_about_its_cells_is_seen_through(tmp_path: Path) -> None:
    """A cell's own reference counts, whatever its row says."""
    path = book(tmp_path / "h.xlsx", [HEAD, row(1)])
    far = b'<row r="3"><c r="IU900000"><v>1</v></c><c r="A3"><v>1</v></c></row></sheetData>'
    assert ["too-many-cells"] == slugs(repacked(path, {SHEET: lambda xml: xml.replace(b"</sheetData>", far)}))


def test_a_part_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    """The directory of a zip can lie; the bytes cannot."""
    path = book(tmp_path / "h.xlsx", [HEAD, *(row(number) for number in range(50))])
    with zipfile.ZipFile(path) as archive:
        told = archive.getinfo(SHEET).file_size
    content = path.read_bytes()
    lying = content.replace(told.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert content != lying
    path.write_bytes(lying)
    assert ["xlsx-unpacks-too-large"] == slugs(path)


@pytest.mark.parametrize(
    "change",
    [
        {SHEET: lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16")},
        {"xl/workbook.xml": lambda xml: b"<workbook"},
        {"xl/_rels/workbook.xml.rels": lambda xml: xml.replace(b"sheet1.xml", b"sheet9.xml")},
        {SHEET: lambda xml: xml.replace(b"<v>", b"<f>1</f><v>").replace(b"</sheetData>", b"")},
    ],
    ids=["utf-16", "no-workbook", "no-sheet", "not-well-formed"],
)
def test_a_damaged_workbook_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    """Damage is told, never guessed around."""
    path = book(tmp_path / "h.xlsx", [HEAD, row(1)])
    assert ["xlsx-malformed"] == slugs(repacked(path, change))  # type: ignore[arg-type]


def test_rows_out_of_order_are_refused(tmp_path: Path) -> None:
    """The mark of a formula would fall on another row."""
    path = book(tmp_path / "h.xlsx", [HEAD, row(1, rfc="=A1"), row(2)])
    assert ["xlsx-malformed"] == slugs(repacked(path, {SHEET: lambda xml: xml.replace(b'<row r="3"', b'<row r="1"')}))


@pytest.mark.parametrize("seed", range(60))
def test_random_damage_is_refused_or_harmless(tmp_path: Path, seed: int) -> None:
    """Whatever the bytes are, nothing but a refusal comes out."""
    chance = random.Random(seed)
    path = book(tmp_path / "h.xlsx", [HEAD, row(1), row(2, rfc="=A1")])
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 6)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content)
    with suppress(SheetRefused), open_sheet(path) as sheet:
        list(rows(sheet, header(sheet)))


@pytest.mark.parametrize("seed", range(60))
def test_random_damage_inside_a_part_is_refused_or_harmless(tmp_path: Path, seed: int) -> None:
    """The package is sound, the XML in it is not."""
    chance = random.Random(seed)
    path = book(tmp_path / "h.xlsx", [HEAD, row(1), row(2, rfc="=A1")])

    def damaged(xml: bytes) -> bytes:
        at = chance.randrange(len(xml))
        spoil = chance.choice([b"<", b'"', b"&#0;", b"\xff", b"<f/>", b'r="A0"', b't="s"', b"<v>9999999</v>", b""])
        return xml[:at] + spoil + xml[at + chance.randint(0, 9) :]

    part = chance.choice([SHEET, SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
    repacked(path, {part: damaged})
    with suppress(SheetRefused), open_sheet(path) as sheet:
        list(rows(sheet, header(sheet)))


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """Any zip begins alike."""
    with zipfile.ZipFile(tmp_path / "h.xlsx", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert ["sheet-format-unknown"] == slugs(tmp_path / "h.xlsx")


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    """One reader takes the first, another the last."""
    path = book(tmp_path / "h.xlsx", [HEAD, row(1)])
    assert ["xlsx-malformed"] == slugs(repacked(path, {}, **{SHEET.upper(): b"<worksheet/>"}))
