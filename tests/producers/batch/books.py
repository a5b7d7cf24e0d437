"""Workbooks and folios for these tests, made when they are needed."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook

HEAD = ("UUID", "RFC emisor", "Motivo", "RFC receptor", "Total")


def folio(number: int) -> str:
    """The ``number``-th document."""
    return f"11111111-2222-4333-8444-{number:012X}"


def row(number: int, **changes: object) -> list[object]:
    """A good row of ``HEAD``."""
    values: dict[str, object] = {
        "uuid": folio(number),
        "rfc": "EKU9003173C9",
        "motive": "02",
        "receiver": "XAXX010101000",
        "total": 1160.5,
    }
    return list((values | changes).values())


def book(path: Path, rows: Sequence[Sequence[object]], *, others: Sequence[str] = ()) -> Path:
    """A workbook with these rows on its first sheet."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "Datos"
    for cells in rows:
        sheet.append(list(cells))
    for name in others:
        made.create_sheet(name)
    made.save(path)
    made.close()
    return path


def csv(path: Path, rows: Sequence[Sequence[object]], *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """A CSV without any quoting."""
    text = "".join(delimiter.join(str(cell) for cell in cells) + "\r\n" for cells in rows)
    path.write_bytes(text.encode(encoding))
    return path


def repacked(path: Path, change: Mapping[str, Callable[[bytes], bytes]], **added: bytes) -> Path:
    """The workbook with some of its parts changed, as a hand that means no good would."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part.filename, change[part.filename](content) if part.filename in change else content)
        for name, content in added.items():
            new.writestr(name, content)
    path.write_bytes(packed.getvalue())
    return path
