"""A private copy of a sheet: what is read twice must be the same twice, whoever saves it meanwhile."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from producers.batch.limits import LIMITS
from producers.cli.ends import Exit, Stopped

_CHUNK = 1 << 20


@contextlib.contextmanager
def snapshot(file: Path, *, limit: int = LIMITS.csv_bytes) -> Iterator[Path]:
    """A copy under the same name, of at most ``limit`` bytes. Devices and pipes have no end and are not read.

    Raises:
        Stopped: ``file-unreadable``, ``file-not-regular``, ``file-too-large``.
    """
    with tempfile.TemporaryDirectory(prefix="cancela-") as folder:
        copy = Path(folder) / (file.name or "sheet")
        try:
            _copy(file, copy, limit)
        except OSError as fault:
            raise Stopped("file-unreadable", Exit.WRONG, file=str(file), why=fault.strerror) from None
        yield copy


def _copy(file: Path, copy: Path, limit: int) -> None:
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)  # opening a pipe would wait for its writer
    with open(descriptor, "rb") as source, copy.open("wb") as target:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Stopped("file-not-regular", Exit.WRONG, file=str(file))
        left = limit
        while chunk := source.read(min(_CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise Stopped("file-too-large", Exit.WRONG, file=str(file), limit=limit)
            target.write(chunk)
