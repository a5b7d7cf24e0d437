"""Where a result sheet is written to, row by row: CSV or XLSX."""

import csv
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Self

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from producers.batch.csv_sheet import Dialect

_LONGEST_CELL = 32_767
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

    def row(self, cells: Sequence[object]) -> None:
        """Numbers, truths and times keep their kind."""
        self._sheet.append([self._cell(cell) for cell in cells])

    def close(self, *, complete: bool) -> None:
        """Write the package; openpyxl has streamed the rows to a temporary file until now."""
        if complete:
            self._book.save(self._path)
        else:
            self._sheet.close()
        self._book.close()

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
