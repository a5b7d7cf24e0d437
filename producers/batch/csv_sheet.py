"""CSV as people save it: UTF-8 with or without BOM, UTF-16, Windows' Western; comma, semicolon or tab."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from producers.batch.limits import Limits
from producers.batch.sheet import Sheet, Value, refuse
from schemas.columns import known

_CHUNK = 1 << 20
_SAMPLE = 64 * 1024
_SAMPLE_ROWS = 25
_DELIMITERS = ",;\t|"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV is written, so that its result can be written alike. ``announced`` is Excel's ``sep=`` line."""

    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\r\n"
    announced: bool = False


class CsvSheet(Sheet):
    """A CSV file, read line by line."""

    delimited = True

    def __init__(
        self, path: Path, limits: Limits, *, encoding: str | None = None, delimiter: str | None = None
    ) -> None:
        if path.stat().st_size > limits.csv_bytes:
            raise refuse("sheet-too-large", limit=limits.csv_bytes // 1024**2)
        self._path, self._limits = path, limits
        self.dialect = _sniff(path, encoding or _encoding(path), delimiter)

    def lines(self) -> Iterator[tuple[int, list[Value]]]:
        """Every record with its number; a quoted field may span several lines of text and is still one record."""
        number = 0
        try:
            with self._path.open(encoding=self.dialect.encoding, newline="") as text:
                if self.dialect.announced:
                    text.readline()
                # strict: a stray quote would swallow the rows that follow it
                for number, record in enumerate(csv.reader(text, delimiter=self.dialect.delimiter, strict=True), 1):
                    if len(record) > self._limits.columns:
                        raise refuse("too-many-columns", limit=self._limits.columns)
                    yield number, list(record)
        except csv.Error as wrong:
            raise refuse("csv-malformed", line=number + 1, why=str(wrong)) from None
        except UnicodeError:
            raise refuse("csv-not-text", encoding=self.dialect.encoding) from None

    def close(self) -> None:
        """Nothing is held open between two readings."""


def _encoding(path: Path) -> str:
    """UTF-8 if the whole file is that, else what Windows writes in the West.

    Raises:
        SheetRefused: it holds zero bytes, so it is no text.
    """
    with path.open("rb") as file:
        head = file.read(4)
        for bom, encoding in _BOMS:
            if head.startswith(bom):
                return encoding
        file.seek(0)
        decoder, windows = codecs.getincrementaldecoder("utf-8")(), True
        utf8 = True
        while chunk := file.read(_CHUNK):
            if b"\0" in chunk:
                raise refuse("sheet-format-unknown", kind="BIN")
            windows = windows and not any(hole in chunk for hole in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))
            utf8 = utf8 and _decodes(decoder, chunk)
        if utf8 and _decodes(decoder, b"", final=True):
            return "utf-8"
    return "cp1252" if windows else "latin-1"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _sniff(path: Path, encoding: str, delimiter: str | None) -> Dialect:
    try:
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(_SAMPLE)
    except (UnicodeError, LookupError):
        raise refuse("csv-not-text", encoding=encoding) from None
    newline = "\r\n" if "\r\n" in sample or "\n" not in sample else "\n"
    first = sample.split("\n", 1)[0].strip().strip('"').lower()
    if announced := first.startswith("sep=") and len(first) in (4, 5):
        delimiter = delimiter or first[4:] or "\t"
        sample = sample.partition("\n")[2]
    return Dialect(encoding, delimiter or _delimiter(sample), newline, announced)


def _delimiter(sample: str) -> str:
    """The one under which most columns are known; then the one that splits most."""

    def score(candidate: str) -> tuple[int, int]:
        rows = _sample_rows(sample, candidate)
        return max((sum(known(cell) is not None for cell in row), len(row)) for row in rows) if rows else (0, 0)

    return max(_DELIMITERS, key=score)


def _sample_rows(sample: str, delimiter: str) -> Sequence[Sequence[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # the sample may end inside a quoted field; the real reading will tell
    return rows
