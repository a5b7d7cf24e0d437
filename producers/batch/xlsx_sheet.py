"""XLSX through calamine, with formulas and errors marked as what they are."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import python_calamine as calamine

from producers.batch import xlsx_package, xlsx_scan
from producers.batch.limits import Limits
from producers.batch.sheet import Odd, Sheet, Value, refuse
from schemas.problem import Problem, shown

_Odds = Iterator[tuple[int, dict[int, Odd]]]
_NO_MORE: tuple[int, dict[int, Odd]] = (0, {})


class XlsxSheet(Sheet):
    """One worksheet of a workbook: the one named, or the first visible one."""

    def __init__(self, path: Path, limits: Limits, *, sheet: str | None = None) -> None:
        xlsx_package.check_sizes(path, limits)
        self._path = path
        try:
            self._book = calamine.CalamineWorkbook.from_path(path)
        except calamine.PasswordError:
            raise refuse("sheet-locked") from None
        except (calamine.CalamineError, OSError):
            raise refuse("xlsx-malformed") from None
        self._names = [
            entry.name
            for entry in self._book.sheets_metadata
            if entry.typ == calamine.SheetTypeEnum.WorkSheet
            and (entry.name == sheet or entry.visible == calamine.SheetVisibleEnum.Visible)
        ]
        self.name = _chosen(self._names, sheet)
        self._part = xlsx_package.part_of(path, self.name)
        self._scan = xlsx_scan.scan(path, self._part, limits)

    @property
    def warnings(self) -> Sequence[Problem]:
        """Other worksheets are not read; their owner should know."""
        others = [name for name in self._names if name != self.name]
        if not others:
            return ()
        params = {"read": shown(self.name), "others": shown(", ".join(others))}
        return (Problem(slug="other-worksheets", params=params),)

    def lines(self) -> Iterator[tuple[int, list[Value]]]:
        """Every line from row 1 to the last that holds something; columns from A on."""
        odds: _Odds = xlsx_scan.odd_cells(self._path, self._part) if self._scan.oddities else iter(())
        marked, marks = next(odds, _NO_MORE)
        for number, line in self._plain():
            if number == marked:
                _mark(line, marks)
                marked, marks = next(odds, _NO_MORE)
            yield number, line
        while marked:  # rows of nothing but formulas that were never calculated: calamine does not see them
            below: list[Value] = []
            _mark(below, marks)
            yield marked, below
            marked, marks = next(odds, _NO_MORE)

    def _plain(self) -> Iterator[tuple[int, list[Value]]]:
        try:
            table = self._book.get_sheet_by_name(self.name)
            left: list[Value] = [""] * (table.start[1] if table.start else 0)  # calamine leaves out empty columns
            for number, cells in enumerate(table.iter_rows(), 1):
                yield number, [*left, *cells]
        except calamine.CalamineError:
            raise refuse("xlsx-malformed") from None

    def close(self) -> None:
        """Drop what calamine holds."""
        self._book.close()


def _chosen(names: Sequence[str], wanted: str | None) -> str:
    if wanted is not None and wanted not in names:
        raise refuse("worksheet-unknown", name=shown(wanted), names=shown(", ".join(names)))
    if not names:
        raise refuse("sheet-empty")
    return wanted if wanted is not None else names[0]


def _mark(line: list[Value], marks: dict[int, Odd]) -> None:
    line.extend([""] * (max(marks) - len(line)))
    for column, odd in marks.items():
        last = line[column - 1]
        line[column - 1] = last if isinstance(last, Odd) else replace(odd, last=last)
