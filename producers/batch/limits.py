"""How big a sheet may be. Beyond that the answer is no, with what to do; never a machine that runs out of memory."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, counts in rows, columns, characters.

    A CSV is read as a stream. An XLSX is held in memory by its reader, about 90 bytes per cell: ``cells`` bounds that.
    """

    csv_bytes: int = 512 * _MIB
    xlsx_bytes: int = 128 * _MIB
    #: Sum of all parts of an XLSX when unpacked: a "zip bomb" is refused before anything is unpacked.
    unpacked_bytes: int = 1024 * _MIB
    parts: int = 2_000
    rows: int = 1_000_000
    columns: int = 256
    cells: int = 12_000_000
    #: In a column that we read; other columns are carried along up to the csv module's own 128 KiB.
    cell: int = 200
    #: In a column of prose, whose own rule says how long it may be.
    text: int = 1_000
    #: Rows above the header (a title, a logo) that are looked through for it.
    preamble: int = 20


LIMITS = Limits()
