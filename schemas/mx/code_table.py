"""Codes that answer a Mexican cancellation request, keyed by who speaks: the same number means different things.

The tables are data (``codes/*.toml``), each entry with a source and a date.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["es", "pt", "en"]

#: What an entry may be read as; ``worker.rails.mx.codes`` turns each into an outcome.
READINGS = (
    "pending", "already-known", "ended", "receipt", "refusal", "curable", "not-taken", "absent", "blocked", "no-answer",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One code at one level.

    ``ended`` and ``receipt`` are half-answers that need the acuse beside them. ``by`` says who refuses, ``scope`` how
    far a blockage reaches; ``after_minutes`` and ``within_hours`` bound a *not now*. ``meaning`` is in three languages.
    """

    level: str
    code: str
    reading: str
    meaning: dict[str, str]
    source: str
    date: date
    slug: str | None = None
    by: str | None = None
    scope: str | None = None
    after_minutes: int | None = None
    within_hours: int | None = None
    note: str | None = None

    def says(self, language: Language) -> str:
        """What the code means."""
        return self.meaning[language]


def lookup(level: str, code: str) -> Entry | None:
    """The entry of a code as ``level`` says it; None when it is in no table. ``0205`` and ``205`` are not the same."""
    return _table().get((level, code.strip()))


def find(code: str) -> tuple[Entry, ...]:
    """Every level's entry of a code, for a person who has read it somewhere."""
    return tuple(entry for entry in entries() if entry.code == code.strip())


def entries() -> tuple[Entry, ...]:
    """All entries, by level."""
    return tuple(_table().values())


@cache
def _table() -> dict[tuple[str, str], Entry]:
    table: dict[tuple[str, str], Entry] = {}
    for file in sorted((files("schemas.mx") / "codes").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            for entry in _read(tomllib.loads(file.read_text("utf-8"))):
                if (entry.level, entry.code) in table:
                    raise ValueError(f"{file.name}: {entry.level} {entry.code} is there twice")
                table[entry.level, entry.code] = entry
    return dict(sorted(table.items(), key=lambda item: item[0][0]))


def _read(document: dict[str, Any]) -> list[Entry]:
    made = []
    for level in document["levels"]:
        for given in document["code"]:
            row = {"source": document["source"], "date": document["date"]} | given
            meaning = {language: row.pop(language) for language in ("es", "pt", "en")}
            made.append(Entry(level=level, meaning=meaning, **row))
    return made
