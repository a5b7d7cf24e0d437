"""Opens a sheet, finds its header, and gives its rows as a stream."""

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from producers.batch.csv_sheet import CsvSheet
from producers.batch.limits import LIMITS, Limits
from producers.batch.sheet import Header, Odd, Row, Sheet, Value, blank, refuse, tidy
from producers.batch.xlsx_sheet import XlsxSheet
from schemas.columns import find, known
from schemas.problem import shown

Needed = Callable[[Collection[str]], Sequence[str]]

_ZIP = b"PK\x03\x04"
#: How files begin that people hand in by mistake.
_NO_SHEETS = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"<": "XML / HTML",
    b"{": "JSON",
    b"\x1f\x8b": "GZIP",
}
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_sheet(
    path: Path,
    *,
    limits: Limits = LIMITS,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Sheet:
    """The sheet in a file; what it is follows from its content, not from its name.

    Raises:
        SheetRefused: not there, not readable, of no known format, too big, locked, or a deceit.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError:
        raise refuse("sheet-unreadable", name=path.name) from None
    if head.startswith(_OLD_EXCEL):
        raise refuse("sheet-old-excel")
    if head.startswith(_ZIP):
        return XlsxSheet(path, limits, sheet=sheet)
    if not head:
        raise refuse("sheet-empty")
    for start, kind in _NO_SHEETS.items():
        if head.removeprefix(b"\xef\xbb\xbf").startswith(start):
            raise refuse("sheet-format-unknown", kind=kind)
    return CsvSheet(path, limits, encoding=encoding, delimiter=delimiter)


def header(sheet: Sheet, *, needed: Needed = lambda _: (), limits: Limits = LIMITS) -> Header:
    """The line that names the columns: among the first ones, the one in which most of our columns are found.

    ``needed`` says, of the columns that are there, which ones there must be.

    Raises:
        SheetRefused: the sheet is empty.
    """
    lines = ((number, line) for number, line in sheet.lines() if not blank(line))
    first = list(itertools.islice(lines, limits.preamble + 1))
    if not first:
        raise refuse("sheet-empty")
    number, line = max(first, key=lambda candidate: sum(known(name) is not None for name in candidate[1]))
    there = {name for name in map(known, line) if name is not None}
    return Header(number, [shown(name) for name in line], find(line, needed=needed(there)))


def rows(sheet: Sheet, header: Header, *, limits: Limits = LIMITS) -> Iterator[Row]:
    """The rows below the header. Empty ones are skipped; the numbers stay those of the file.

    Raises:
        SheetRefused: too many rows, or the file breaks off.
    """
    count = 0
    for number, line in sheet.lines():
        if number <= header.number or blank(line):
            continue
        count += 1
        if count > limits.rows:
            raise refuse("too-many-rows", limit=limits.rows)
        yield Row(number, _cells(line, header), line)


def fingerprint(path: Path) -> str:
    """sha256 of the file, in hex: the same file handed in twice is the same batch."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cells(line: Sequence[Value], header: Header) -> dict[str, Value]:
    cells: dict[str, Value] = {}
    for name, position in header.found.at.items():
        value = line[position] if position < len(line) else ""
        if isinstance(value, str):
            value = tidy(value)
            if value.startswith("="):
                value = Odd("formula", value)
        if value != "":
            cells[name] = value
    return cells
