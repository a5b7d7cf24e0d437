"""A look at an XLSX before its reader unpacks it: sizes, extent, and the cells whose value is not their own.

The reader (calamine) gives a formula's last result and cannot say that it is one, shows an error as an empty cell, and
reserves memory for the whole rectangle between the first cell and the last. So the sheet's XML is scanned first, as a
stream.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from lxml import etree

from producers.batch.limits import Limits
from producers.batch.sheet import refuse

Kind = Literal["formula", "error"]

_CHUNK = 1 << 20
_NS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_ROW_REF = re.compile(rb"""\sr\s*=\s*["']\$?[A-Za-z]{0,4}\$?(\d{1,9})["']""")
_CELL_REF = re.compile(rb"""\sr\s*=\s*["']\$?([A-Za-z]{1,4})\$?\d""")
_ODD = re.compile(rb"""<(?:[\w.-]+:)?f[\s/>]|\st\s*=\s*["']e["']""")
_REF = re.compile(r"\$?([A-Z]+)\$?(\d+)", re.IGNORECASE)
_LARGEST_INDEX = 1 << 20


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


def check_sizes(path: Path, limits: Limits) -> None:
    """Raises ``SheetRefused`` when the file is too big, packed or unpacked, or no workbook at all."""
    if path.stat().st_size > limits.xlsx_bytes:
        raise refuse("sheet-too-large", limit=limits.xlsx_bytes // 1024**2)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise refuse("xlsx-malformed") from None
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise refuse("sheet-format-unknown")
    if len(parts) > limits.parts or sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise refuse("xlsx-unpacks-too-large", limit=limits.unpacked_bytes // 1024**2)
    if any(part.flag_bits & 1 for part in parts):
        raise refuse("sheet-locked")
    if len({part.filename.casefold() for part in parts}) < len(parts):
        raise refuse("xlsx-malformed")  # two parts of one name: which one a reader takes is anybody's guess
    _check_honest(path, parts, limits)


def _check_honest(path: Path, parts: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    """A part that unpacks to more than the directory says is made to deceive whoever trusts the directory."""
    with zipfile.ZipFile(path) as archive:
        for part in parts:
            told, part.file_size = part.file_size, limits.unpacked_bytes
            size, strings, hidden = 0, 0, False
            try:
                with archive.open(part) as stream:
                    while chunk := stream.read(_CHUNK):
                        size += len(chunk)
                        strings += chunk.count(b"<si")
                        hidden = hidden or (part.filename.endswith((".xml", ".rels")) and b"\0" in chunk)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
                raise refuse("xlsx-malformed") from None
            if size > told:
                raise refuse("xlsx-unpacks-too-large", limit=limits.unpacked_bytes // 1024**2)
            if hidden:  # UTF-16: nothing here would recognise what it says
                raise refuse("xlsx-malformed")
            if strings > limits.cells:
                raise refuse("too-many-cells", limit=limits.cells)


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


def odd_cells(path: Path, part: str) -> Iterator[tuple[int, dict[int, Kind]]]:
    """Rows that hold formulas or errors, in order, each with its odd columns (rows and columns from 1).

    Raises:
        SheetRefused: ``xlsx-malformed``.
    """
    number = 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
            for _, row in etree.iterparse(stream, tag="{*}row", resolve_entities=False, no_network=True):
                number = int(row.get("r") or number + 1)
                if odd := dict(_odd_of(row)):
                    yield number, odd
                row.clear(keep_tail=False)
                while row.getprevious() is not None:
                    del row.getparent()[0]
    except (etree.XMLSyntaxError, zipfile.BadZipFile, ValueError):
        raise refuse("xlsx-malformed") from None


def _odd_of(row: etree._Element) -> Iterator[tuple[int, Kind]]:
    column = 0
    for cell in row.iterchildren("{*}c"):
        match = _REF.match(cell.get("r") or "")
        column = column_number(match[1]) if match else column + 1
        if cell.find("{*}f") is not None:
            yield column, "formula"
        elif cell.get("t") == "e":
            yield column, "error"


def part_of(path: Path, sheet: str) -> str:
    """The name of the part inside the package that holds the named sheet.

    Raises:
        SheetRefused: ``xlsx-malformed``.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        with zipfile.ZipFile(path) as archive:
            book = etree.fromstring(_small(archive, "xl/workbook.xml"), parser)
            links = etree.fromstring(_small(archive, "xl/_rels/workbook.xml.rels"), parser)
    except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile):
        raise refuse("xlsx-malformed") from None
    wanted = next((entry for entry in book.iter("{*}sheet") if entry.get("name") == sheet), None)
    link = None if wanted is None else wanted.get(_NS + "id")
    target = next((entry.get("Target") for entry in links.iter("{*}Relationship") if entry.get("Id") == link), None)
    if not target:
        raise refuse("xlsx-malformed")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _small(archive: zipfile.ZipFile, part: str) -> bytes:
    with archive.open(part) as stream:
        content = stream.read(_LARGEST_INDEX + 1)
    if len(content) > _LARGEST_INDEX:
        raise refuse("xlsx-malformed")
    return content
