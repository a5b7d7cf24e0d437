"""CSV as people save it."""

from pathlib import Path

import pytest

from producers.batch.csv_sheet import CsvSheet, Dialect
from producers.batch.limits import Limits
from producers.batch.reader import header, open_sheet, rows
from producers.batch.sheet import SheetRefused

LIMITS = Limits()
TEXT = "Folio fiscal{0}RFC{0}Motivo{0}Señas\r\nA{0}ZUÑ920208KL4{0}02{0}café\r\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_however_it_was_saved(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """Delimiter and encoding are found by looking."""
    path = tmp_path / "hoja.csv"
    path.write_bytes(TEXT.format(delimiter).encode(encoding))
    with open_sheet(path) as sheet:
        read = list(rows(sheet, header(sheet)))
    assert [{"uuid": "A", "rfc": "ZUÑ920208KL4", "motive": "02"}] == [row.cells for row in read]
    assert read[0].raw[3] == "café"
    assert isinstance(sheet, CsvSheet)
    assert Dialect(encoding, delimiter, "\r\n") == sheet.dialect


def test_bytes_that_windows_does_not_know_are_latin_1(tmp_path: Path) -> None:
    """Five bytes have no meaning in Windows' Western; the file is read all the same."""
    (path := tmp_path / "h.csv").write_bytes(b"uuid,rfc,nota\nA,\xd1,\x81\n")
    with open_sheet(path) as sheet:
        assert ["A", "Ñ", "\x81"] == list(sheet.lines())[1][1]


def test_a_given_encoding_and_delimiter_are_taken(tmp_path: Path) -> None:
    """Whoever knows better may say so."""
    (path := tmp_path / "h.csv").write_bytes("uuid;nota,x\nA;é\n".encode("cp850"))
    with open_sheet(path, encoding="cp850", delimiter=";") as sheet:
        assert ["A", "é"] == list(sheet.lines())[1][1]


@pytest.mark.parametrize("encoding", ["ascii", "no-such-encoding"])
def test_an_encoding_that_does_not_fit_is_told(tmp_path: Path, encoding: str) -> None:
    """Wrong letters would be worse than none."""
    (path := tmp_path / "h.csv").write_bytes("uuid\nÑñé\n".encode())
    with pytest.raises(SheetRefused) as refused, open_sheet(path, encoding=encoding) as sheet:
        list(sheet.lines())
    assert ["csv-not-text"] == [problem.slug for problem in refused.value.problems]


def test_excel_s_announcement_of_the_delimiter_is_no_row(tmp_path: Path) -> None:
    """Excel hides the line ``sep=;`` and numbers the rows without it."""
    (path := tmp_path / "h.csv").write_bytes(b"sep=;\r\nuuid;rfc\r\nA;B\r\n")
    with open_sheet(path) as sheet:
        assert [(1, ["uuid", "rfc"]), (2, ["A", "B"])] == list(sheet.lines())


def test_a_quoted_field_may_hold_anything(tmp_path: Path) -> None:
    """Delimiters and line ends in quotes are text; a record that spans lines is one row."""
    (path := tmp_path / "h.csv").write_bytes(b'uuid,nota\nA,"x, y\nz ""q"""\nB,\n')
    with open_sheet(path) as sheet:
        assert [(2, ["A", 'x, y\nz "q"']), (3, ["B", ""])] == list(sheet.lines())[1:]


@pytest.mark.parametrize("text", [b'uuid,n\nA,"x\nB,y\n', b'uuid,n\nA,"x"y\nB,z\n'])
def test_a_stray_quote_refuses_the_file(tmp_path: Path, text: bytes) -> None:
    """It would swallow the rows that follow: lost jobs."""
    (path := tmp_path / "h.csv").write_bytes(text)
    with pytest.raises(SheetRefused) as refused, open_sheet(path) as sheet:
        list(sheet.lines())
    assert [("csv-malformed", 2)] == [(problem.slug, problem.params["line"]) for problem in refused.value.problems]


def test_an_endless_field_is_refused(tmp_path: Path) -> None:
    """Cells have an end, quoted or not."""
    (path := tmp_path / "h.csv").write_bytes(b"uuid,n\nA," + b"x" * 200_000)
    with pytest.raises(SheetRefused) as refused, open_sheet(path) as sheet:
        list(sheet.lines())
    assert ["csv-malformed"] == [problem.slug for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("content", "limits", "slug"),
    [
        (b"uuid\n" * 9, Limits(csv_bytes=10), "sheet-too-large"),
        (b"a,b,c\n", Limits(columns=2), "too-many-columns"),
        (b"uuid\nA\nB\nC\n", Limits(rows=2), "too-many-rows"),
        (b"\x7fELF\0\0\0", LIMITS, "sheet-format-unknown"),
        (b"", LIMITS, "sheet-empty"),
        (b"\n ,, \n\n", LIMITS, "sheet-empty"),
    ],
)
def test_bounds_are_kept(tmp_path: Path, content: bytes, limits: Limits, slug: str) -> None:
    """What is too big or is no text is refused with a reason."""
    (path := tmp_path / "h.csv").write_bytes(content)
    with pytest.raises(SheetRefused) as refused, open_sheet(path, limits=limits) as sheet:
        list(rows(sheet, header(sheet, limits=limits), limits=limits))
    assert [slug] == [problem.slug for problem in refused.value.problems]
