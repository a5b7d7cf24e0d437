"""The result sheet of a batch, out of the ledger's own copy of what was handed in."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from producers.batch.sheet import SheetRefused
from producers.batch.writer import Outcomes, write_result
from producers.cli.ends import Exit, Stopped
from schemas.problem import Problem

if TYPE_CHECKING:
    from schemas.views import RowOutcome
    from worker.desk import Desk


SUFFIXES = (".xlsx", ".csv")


def check(out: Path, source: Path | None = None) -> None:
    """Whether a result could be written to ``out``: known before anything is asked for, not after hours of waiting.

    Raises:
        Stopped: ``out-suffix-unknown``, ``out-is-source``, ``file-unwritable``.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise Stopped("out-suffix-unknown", Exit.WRONG, file=str(out))
    if source is not None and out.exists() and source.exists() and out.samefile(source):
        raise Stopped("out-is-source", Exit.WRONG, file=str(out))
    try:
        if out.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as fault:
        raise Stopped("file-unwritable", Exit.WRONG, file=str(out), why=fault.strerror) from None


def write(
    desk: "Desk", batch: str, out: Path, *, lang: str, zone: tzinfo, told: Callable[[Problem], None] = lambda _: None
) -> int:
    """Writes it; how many rows carry an ending. ``told`` hears what of the sheet is not in it.

    Raises:
        Stopped: ``out-is-source`` (the sheet itself lies there and is not written over), ``out-suffix-unknown``,
            ``file-unwritable``.
    """
    check(out)
    name, content, options = desk.batches.source(batch)
    if _is_source(out, content):
        raise Stopped("out-is-source", Exit.WRONG, file=str(out))
    with tempfile.TemporaryDirectory(prefix="cancela-") as folder:
        source = Path(folder) / (Path(name).name or "sheet")
        source.write_bytes(content)
        outcomes = in_order(desk.batches.outcomes(batch, lang))
        try:
            return write_result(source, out, outcomes, lang=lang, zone=zone, sheet=options.get("sheet"), told=told)
        except SheetRefused:
            raise
        except OSError as fault:
            raise Stopped("file-unwritable", Exit.WRONG, file=str(out), why=fault.strerror) from None


def in_order(coming: "Iterator[tuple[int, RowOutcome]]") -> Outcomes:
    """A stream of endings, asked by rising row numbers: memory stays flat."""
    current = next(coming, None)

    def of(number: int) -> "RowOutcome | None":
        nonlocal current
        while current is not None and current[0] < number:
            current = next(coming, None)
        return current[1] if current is not None and current[0] == number else None

    return of


def _is_source(out: Path, content: bytes) -> bool:
    if not out.is_file() or out.stat().st_size != len(content):
        return False
    with out.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest() == hashlib.sha256(content).digest()
