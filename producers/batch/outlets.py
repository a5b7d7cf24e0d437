"""Where a result sheet is written to, row by row: CSV or XLSX."""

import csv
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any, Self

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from producers.batch.csv_sheet import Dialect

_LONGEST_CELL = 32_767
#: Rows by which a column's width is measured, and the least and the most of it in characters.
_MEASURED, _NARROW, _WIDE = 200, 8, 60
#: openpyxl takes text that begins so for a formula or an error.
_NOT_TEXT = ("=", "#")


class Outlet(ABC):
    """A file that takes rows. Leaving its ``with`` completes it."""

    @abstractmethod
    def row(self, cells: Sequence[object]) -> None:
        """Write one row."""

    @abstractmethod
    def close(self, *, complete: bool) -> None:
        """Finish the file, or drop it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, fault: object, *_: object) -> None:
        self.close(complete=fault is None)


class CsvOutlet(Outlet):
    """CSV, written the way the source was. What its encoding cannot say is written with a question mark."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._file = path.open("w", encoding=dialect.encoding, newline="", errors="replace")
        if dialect.announced:
            self._file.write(f"sep={dialect.delimiter}{dialect.newline}")
        self._writer = csv.writer(self._file, delimiter=dialect.delimiter, lineterminator=dialect.newline)

    def row(self, cells: Sequence[object]) -> None:
        """Numbers as short as they are exact, times as ISO with a space."""
        self._writer.writerow([_text(cell) for cell in cells])

    def close(self, *, complete: bool) -> None:
        """The file is complete with its last row."""
        self._file.close()


class XlsxOutlet(Outlet):
    """A workbook of one sheet. Text is always a text cell: no identifier turns into a number and no formula runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet("Cancela")
        self._first: list[Sequence[object]] | None = []

    def row(self, cells: Sequence[object]) -> None:
        """Numbers, truths and times keep their kind."""
        if self._first is None:
            self._sheet.append([self._cell(cell) for cell in cells])
            return
        self._first.append(cells)
        if len(self._first) == _MEASURED:
            self._begin()

    def close(self, *, complete: bool) -> None:
        """Write the package; openpyxl has streamed the rows to a temporary file until now."""
        self._begin()
        if complete:
            self._book.save(self._path)
        else:
            self._sheet.close()
        self._book.close()

    def _begin(self) -> None:
        """Columns as wide as their first rows ask for, so that identifiers can be read; then these rows."""
        first, self._first = self._first or [], None
        for place, column in enumerate(zip_longest(*first), 1):
            longest = max(len(_text(cell)) for cell in column)
            self._sheet.column_dimensions[get_column_letter(place)].width = min(max(longest, _NARROW), _WIDE) + 2
        for cells in first:
            self.row(cells)

    def _cell(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not value.startswith(_NOT_TEXT):
            return value[:_LONGEST_CELL] or None
        cell = WriteOnlyCell(self._sheet, value[:_LONGEST_CELL])
        cell.data_type = "s"
        return cell


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return f"{cell:.15g}"
        case datetime():
            return cell.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)
