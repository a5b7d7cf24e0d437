"""A look at a worksheet before its reader unpacks it: its extent, and the cells whose value is not their own.

The reader (calamine) gives a formula's last result and cannot say that it is one, shows an error as an empty cell, and
reserves memory for the whole rectangle between the first cell and the last. So the sheet's XML is scanned first, as a
stream.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lxml import etree

from producers.batch.limits import Limits
from producers.batch.sheet import Odd, refuse
from producers.batch.xlsx_package import BROKEN

_CHUNK = 1 << 20
_ROW_REF = re.compile(rb"""\sr\s*=\s*["']\$?[A-Za-z]{0,4}\$?(\d{1,9})["']""")
_CELL_REF = re.compile(rb"""\sr\s*=\s*["']\$?([A-Za-z]{1,4})\$?\d""")
_ODD = re.compile(rb"""<(?:[\w.-]+:)?f[\s/>]|\st\s*=\s*["']e["']""")
_REF = re.compile(r"\$?([A-Z]+)\$?(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Scan:
    """What the scan of one sheet found. ``odd`` maps (row, column), both from 1, to what the cell holds."""

    rows: int = 0
    cells: int = 0
    columns: set[bytes] = field(default_factory=set)
    oddities: bool = False

    @property
    def width(self) -> int:
        """Number of the last column."""
        return max((column_number(letters.decode()) for letters in self.columns), default=0)


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def scan(path: Path, part: str, limits: Limits) -> Scan:
    """How far the sheet reaches and whether it holds formulas or errors.

    Raises:
        SheetRefused: too many rows, columns or cells; or it unpacks to more than its directory says.
    """
    found = Scan()
    with zipfile.ZipFile(path) as archive, archive.open(_member(archive, part)) as stream:
        for block in _blocks(stream, limits.unpacked_bytes):
            found.cells += block.count(b"<c") + block.count(b":c")
            found.columns |= set(_CELL_REF.findall(block))
            found.rows = max(found.rows, *map(int, set(_ROW_REF.findall(block))), 0)
            found.oddities = found.oddities or _ODD.search(block) is not None
            _check_extent(found, limits)
    return found


def _member(archive: zipfile.ZipFile, part: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(part)
    except KeyError:
        raise refuse("xlsx-malformed") from None


def _check_extent(found: Scan, limits: Limits) -> None:
    if found.width > limits.columns:
        raise refuse("too-many-columns", limit=limits.columns)
    if found.rows > limits.rows + limits.preamble + 1:
        raise refuse("too-many-rows", limit=limits.rows)
    if max(found.cells, found.rows * found.width) > limits.cells:
        raise refuse("too-many-cells", limit=limits.cells)


def _blocks(stream: IO[bytes], limit: int) -> Iterator[bytes]:
    """The stream in blocks that end where a tag begins, so that no mark is cut in two."""
    rest, total = b"", 0
    while chunk := stream.read(_CHUNK):
        total += len(chunk)
        if total > limit or len(rest) > 4 * _CHUNK:
            raise refuse("xlsx-unpacks-too-large", limit=limit // 1024**2)
        block = rest + chunk
        cut = block.rfind(b"<")
        rest = block[cut:] if cut >= 0 else b""
        yield block[:cut] if cut >= 0 else block
    yield rest


def odd_cells(path: Path, part: str) -> Iterator[tuple[int, dict[int, Odd]]]:
    """Rows that hold formulas or errors, in order, each with its odd columns (rows and columns from 1).

    Raises:
        SheetRefused: ``xlsx-malformed``.
    """
    number = 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
            for _, row in etree.iterparse(stream, tag="{*}row", resolve_entities=False, no_network=True):
                before, number = number, int(row.get("r") or number + 1)
                if number <= before:
                    raise refuse("xlsx-malformed")  # rows out of order: a mark would fall on the wrong one
                if odd := dict(_odd_of(row)):
                    yield number, odd
                row.clear(keep_tail=False)
                while row.getprevious() is not None:
                    del row.getparent()[0]
    except (etree.XMLSyntaxError, *BROKEN):
        raise refuse("xlsx-malformed") from None


def _odd_of(row: etree._Element) -> Iterator[tuple[int, Odd]]:
    column = 0
    for cell in row.iterchildren("{*}c"):
        match = _REF.match(cell.get("r") or "")
        column = column_number(match[1]) if match else column + 1
        formula = cell.find("{*}f")
        error = (cell.findtext("{*}v") or "") if cell.get("t") == "e" else ""
        if formula is not None:
            yield column, Odd("formula", text=error or (f"={formula.text}" if formula.text else ""))
        elif cell.get("t") == "e":
            yield column, Odd("error", text=error)
