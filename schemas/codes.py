"""The codes of every country, for a person who has read one somewhere."""

from schemas.br.code_table import CODES as BR
from schemas.code_table import Entry
from schemas.mx.code_table import CODES as MX

#: By rail id.
TABLES = {"br": BR, "mx": MX}


def entries() -> tuple[Entry, ...]:
    """All entries of all countries, by level."""
    return tuple(entry for table in (MX, BR) for entry in table.entries())


def find(code: str) -> tuple[Entry, ...]:
    """Every entry of a code, whoever says it."""
    return tuple(entry for entry in entries() if entry.code == code.strip())
