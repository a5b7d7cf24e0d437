"""Opening a sheet and finding its header."""

import hashlib
from pathlib import Path

import pytest

from producers.batch.reader import fingerprint, header, open_sheet, rows
from producers.batch.sheet import Odd, SheetRefused
from tests.producers.batch.books import csv


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (None, "sheet-unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "sheet-old-excel"),
        (b"PK\x03\x04 and then nothing", "xlsx-malformed"),
    ],
)
def test_what_is_no_sheet_says_so(tmp_path: Path, content: bytes | None, slug: str) -> None:
    """The name of a file does not matter, its content does."""
    path = tmp_path / "hoja.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SheetRefused) as refused:
        open_sheet(path)
    assert [slug] == [problem.slug for problem in refused.value.problems]


def test_the_header_may_stand_below_a_title(tmp_path: Path) -> None:
    """Reports begin with the company's name; the numbers stay those of the file."""
    path = csv(tmp_path / "h.csv", [["Mi empresa"], [""], ["Folio fiscal", "Motivo"], [], ["A", "02"]])
    with open_sheet(path) as sheet:
        head = header(sheet)
        assert 3 == head.number
        assert [(5, {"uuid": "A", "motive": "02"})] == [(row.number, row.cells) for row in rows(sheet, head)]


def test_without_any_known_column_the_first_row_is_the_header(tmp_path: Path) -> None:
    """So that what is missing can be told."""
    path = csv(tmp_path / "h.csv", [["a", "b"], ["c", "d"]])
    with open_sheet(path) as sheet:
        found = header(sheet, needed=lambda _: ("uuid",)).found
    assert ["column-missing"] == [problem.slug for problem in found.problems]


def test_invisible_letters_around_a_value_are_dropped(tmp_path: Path) -> None:
    """Copying from a PDF brings spaces that nobody sees; a row of nothing else is empty."""
    path = csv(tmp_path / "h.csv", [["uuid", "rfc"], ["\u200bA\u00a0", " \ufeffB"], ["\u00a0", "\u200b"]])
    with open_sheet(path) as sheet:
        assert [{"uuid": "A", "rfc": "B"}] == [row.cells for row in rows(sheet, header(sheet))]


def test_a_formula_in_a_column_of_ours_is_marked(tmp_path: Path) -> None:
    """In other columns it is carried along as text."""
    path = csv(tmp_path / "h.csv", [["uuid", "nota"], ["=A1", "=B1"]])
    with open_sheet(path) as sheet:
        read = next(rows(sheet, header(sheet)))
    assert ({"uuid": Odd("formula", "=A1")}, ["=A1", "=B1"]) == (read.cells, read.raw)


def test_a_short_row_has_empty_cells(tmp_path: Path) -> None:
    """Spreadsheets leave out what is empty at the end of a row."""
    path = csv(tmp_path / "h.csv", [["uuid", "rfc"], ["A"]])
    with open_sheet(path) as sheet:
        assert [{"uuid": "A"}] == [row.cells for row in rows(sheet, header(sheet))]


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    """The fingerprint is the sha256 of the bytes."""
    (path := tmp_path / "h.csv").write_bytes(b"uuid\n")
    assert hashlib.sha256(b"uuid\n").hexdigest() == fingerprint(path)
