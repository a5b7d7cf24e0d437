"""Codes with which authorities answer, keyed by who speaks: the same number means different things.

The tables are data (``codes/*.toml`` of each country), each entry with a source and a date.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal

Language = Literal["es", "pt", "en"]

#: What an entry may be read as: the class of the code. ``worker.rails.reading`` turns each into an outcome.
READINGS = (
    "pending", "already-known", "refusal", "curable", "not-taken", "absent", "blocked", "no-answer",
    "ended", "receipt", "registered", "cancelled", "unknown-document", "operating",
)  # fmt: skip

#: Readings that are only half an answer: what stands beside the code decides.
HALF = frozenset({"ended", "receipt", "registered", "cancelled", "unknown-document", "operating"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One code at one level.

    ``by`` says who refuses, ``scope`` how far a blockage reaches; ``after_minutes`` and ``within_hours`` bound a *not
    now*, ``pause_minutes`` how long all others in ``pause`` (``authority`` or ``account``) wait as well. ``warning``
    goes with a cancellation that deserves one. ``family`` tells numberings apart that one authority mixes, ``alias`` is
    the same answer in the other one, ``rule`` the authority's own name of its rule. ``meaning`` is in three languages.
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
    pause: str | None = None
    pause_minutes: int | None = None
    warning: str | None = None
    alias: str | None = None
    family: str | None = None
    rule: str | None = None
    note: str | None = None

    def says(self, language: Language) -> str:
        """What the code means."""
        return self.meaning[language]


class CodeTable:
    """All tables of one country's schemas package."""

    def __init__(self, package: str) -> None:
        self._package = package

    def lookup(self, level: str, code: str) -> Entry | None:
        """The entry of a code as ``level`` says it; None when it is in no table. ``0205`` and ``205`` differ."""
        return self._table.get((level, code.strip()))

    def find(self, code: str) -> tuple[Entry, ...]:
        """Every level's entry of a code, for a person who has read it somewhere."""
        return tuple(entry for entry in self.entries() if entry.code == code.strip())

    def entries(self) -> tuple[Entry, ...]:
        """All entries, by level."""
        return tuple(self._table.values())

    @cached_property
    def _table(self) -> dict[tuple[str, str], Entry]:
        table: dict[tuple[str, str], Entry] = {}
        for file in sorted((files(self._package) / "codes").iterdir(), key=lambda file: file.name):
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
