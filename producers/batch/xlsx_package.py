"""An XLSX as a package, looked at before anybody unpacks it: is it what it says, and no bigger?"""

import copy
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from producers.batch.limits import Limits
from producers.batch.sheet import refuse

#: What a damaged or deceitful package makes its readers raise.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)

_CHUNK = 1 << 20
_NS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_LARGEST_INDEX = 1 << 20


def check_sizes(path: Path, limits: Limits) -> None:
    """Raises ``SheetRefused`` when the file is too big, packed or unpacked, or no workbook at all."""
    if path.stat().st_size > limits.xlsx_bytes:
        raise refuse("sheet-too-large", limit=limits.xlsx_bytes // 1024**2)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except BROKEN:
        raise refuse("xlsx-malformed") from None
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise refuse("sheet-format-unknown", kind="ZIP")
    if len(parts) > limits.parts or sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise refuse("xlsx-unpacks-too-large", limit=limits.unpacked_bytes // 1024**2)
    if any(part.flag_bits & 1 for part in parts):
        raise refuse("sheet-locked")
    if len({part.filename.casefold() for part in parts}) < len(parts):
        raise refuse("xlsx-malformed")  # two parts of one name: which one a reader takes is anybody's guess
    with zipfile.ZipFile(path) as archive:
        for part in parts:
            _check_honest(archive, part, limits)


def _check_honest(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: Limits) -> None:
    """A part that unpacks to more than the directory says is made to deceive whoever trusts the directory."""
    size = strings = 0
    for chunk in _unpacked(archive, part, limits):
        size += len(chunk)
        strings += chunk.count(b"<si")
        if size > part.file_size:
            raise refuse("xlsx-unpacks-too-large", limit=limits.unpacked_bytes // 1024**2)
        if strings > limits.cells:
            raise refuse("too-many-cells", limit=limits.cells)
        if part.filename.endswith((".xml", ".rels")) and b"\0" in chunk:
            raise refuse("xlsx-malformed")  # UTF-16: our scan would not recognise what it says


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: Limits) -> Iterator[bytes]:
    """All that is really in a part, whatever length the directory gives it."""
    whole = copy.copy(part)
    whole.file_size = limits.unpacked_bytes + 1
    try:
        with archive.open(whole) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except BROKEN:
        raise refuse("xlsx-malformed") from None


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
    except (KeyError, etree.XMLSyntaxError, *BROKEN):
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
