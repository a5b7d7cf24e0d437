"""The result sheet: its owner's own sheet back, with what became of every row.

It is written as it is read, row by row, and appears under its name only when it is complete.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from producers.batch.csv_sheet import CsvSheet, Dialect
from producers.batch.limits import LIMITS, Limits
from producers.batch.outlets import CsvOutlet, Outlet, XlsxOutlet
from producers.batch.reader import header, open_sheet
from producers.batch.result_columns import Added, position
from producers.batch.sheet import Odd, Sheet, Value, blank
from schemas.messages import DEFAULT_LANGUAGE
from schemas.problem import Problem
from schemas.requests import DceCancellation
from schemas.views import RowOutcome

Outcomes = Callable[[int], RowOutcome | None]
Cell = str | int | float | bool | datetime | object | None

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[\d.,\s]*\d%?")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_result(
    source: Path,
    out: Path,
    outcomes: Outcomes,
    *,
    lang: str = DEFAULT_LANGUAGE,
    zone: tzinfo = UTC,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    limits: Limits = LIMITS,
    told: Callable[[Problem], None] = lambda _: None,
) -> int:
    """Writes ``source`` with the added columns to ``out``; how many rows carry an outcome.

    ``outcomes`` is asked for each row by its number. A name that ends in ``.xlsx`` makes a workbook, any other a CSV in
    the source's own delimiter and encoding. ``sheet``, ``encoding`` and ``delimiter`` are those it was handed in with.
    ``told`` hears what of the source is not in the result (``result-one-worksheet``).

    Raises:
        SheetRefused: the source cannot be read.
        OSError: ``out`` cannot be written; nothing is left of it then.
    """
    with open_sheet(source, limits=limits, sheet=sheet, encoding=encoding, delimiter=delimiter) as opened:
        unfinished = out.with_name(f".{out.name}.part")
        try:
            with _outlet(unfinished, out.suffix, opened) as outlet:
                written = _copy(opened, outlet, outcomes, lang, zone, limits)
            unfinished.replace(out)
            for left_out in opened.warnings:
                told(replace(left_out, slug="result-one-worksheet"))
        finally:
            unfinished.unlink(missing_ok=True)
    return written


def in_order(stream: Iterable[tuple[int, RowOutcome]]) -> Outcomes:
    """Outcomes that come as a stream in the order of the sheet, as ``write_result`` asks for them."""
    coming = iter(stream)
    ahead = next(coming, None)

    def outcome(number: int) -> RowOutcome | None:
        nonlocal ahead
        while ahead is not None and ahead[0] < number:
            ahead = next(coming, None)
        return ahead[1] if ahead is not None and ahead[0] == number else None

    return outcome


def harmless(value: str) -> str:
    """Text that no spreadsheet takes for a formula. Numbers with a sign stay as they are."""
    text = _UNWRITABLE.sub("", value)
    return f"'{text}" if text.startswith(_DANGEROUS) and not _NUMBER.fullmatch(text) else text


def _outlet(path: Path, suffix: str, source: Sheet) -> Outlet:
    if suffix.lower() == ".xlsx":
        return XlsxOutlet(path)
    return CsvOutlet(path, source.dialect if isinstance(source, CsvSheet) else Dialect(encoding="utf-8-sig"))


def _copy(source: Sheet, outlet: Outlet, outcomes: Outcomes, lang: str, zone: tzinfo, limits: Limits) -> int:
    head = header(source, limits=limits)
    added = Added(dce=DceCancellation.document_field in head.found.at)
    width, places = _places(head.names, added.names)
    written = 0
    for number, line in source.lines():
        row = [_cell(value) for value in line]
        if number == head.number:
            _put(row, places, width, added.titles(lang))
        elif number > head.number and not blank(line) and (outcome := outcomes(number)) is not None:
            _put(row, places, width, [_cell(value) for value in added.cells(outcome, lang, zone)])
            written += 1
        outlet.row(row)
    return written


def _places(names: Sequence[str], added: Sequence[str]) -> tuple[int, list[int]]:
    """The width of the result and where each added column stands: behind the sheet's own, or where it already is."""
    used = [position(name, names) for name in added]
    free = iter(range(len(names), len(names) + len(used)))
    places = [next(free) if place is None else place for place in used]
    return max(len(names), max(places) + 1), places


def _put(row: list[Cell], places: Sequence[int], width: int, values: Sequence[Cell]) -> None:
    row.extend([""] * (width - len(row)))
    for place, value in zip(places, values, strict=True):
        row[place] = value


def _cell(value: Value | None) -> Cell:
    if isinstance(value, Odd):
        value = value.text if value.last == "" else value.last  # a formula nobody has calculated is shown, not run
    return harmless(value) if isinstance(value, str) else value
