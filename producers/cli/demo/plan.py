"""What the demo's sheet holds: every kind of ending, and what is to become of each row. All of it is data."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

REJECTED = "rejected"
"""What the result sheet says of a row that did not become a job."""

REPEATED = "repeated-row"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """A row of the sheet: its cells by our names of the columns, and what the authorities are told of its document."""

    kind: str
    document: str
    ending: str
    cells: Mapping[str, Any]
    told: Mapping[str, Any] | None = None


Draft = dict[str, Any]
"""Cells of a row that may still be changed."""

Facts = Callable[[Draft, str], Mapping[str, Any]]
"""What the authorities are told of a document with these cells, which goes by this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """So many parts of the sheet go this way. ``life`` None: the authorities are told nothing of the document.

    ``change`` changes a row's cells before the authorities are told of its document, ``spoil`` after that.
    """

    name: str
    parts: int
    ending: str = "cancelled"
    life: str | None = None
    faults: Sequence[Mapping[str, Any]] = ()
    change: Callable[[Draft], Draft] = field(default=lambda cells: cells)
    spoil: Callable[[Draft], Draft] = field(default=lambda cells: cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """Its kinds of rows, how a good one is made by chance, and which column names its document."""

    kinds: Sequence[Kind]
    column: str
    draft: Callable[[random.Random], Draft]
    facts: Facts

    def row(self, kind: Kind, chance: random.Random) -> PlannedRow:
        """A row of this kind."""
        cells = kind.change(self.draft(chance))
        document = cells[self.column]
        told = None
        if kind.life is not None:
            told = {**self.facts(cells, document), "life": kind.life, "faults": [dict(each) for each in kind.faults]}
        return PlannedRow(kind=kind.name, document=document, ending=kind.ending, cells=kind.spoil(cells), told=told)


def rows(count: int, countries: Sequence[Country], seed: int = 2026) -> list[PlannedRow]:
    """``count`` rows, all kinds among them in their proportion, mixed; at the end some that repeat one above."""
    chance = random.Random(seed)  # noqa: S311 - a sheet that is alike every time, no secret
    shares = _shares(count, [kind for country in countries for kind in country.kinds])
    made = [
        country.row(kind, chance) for country in countries for kind in country.kinds for _ in range(shares[kind.name])
    ]
    chance.shuffle(made)
    firsts = [row for row in made if row.kind in {country.kinds[0].name for country in countries}]
    again = [chance.choice(firsts) for _ in range(count - len(made))]
    return made + [PlannedRow(kind=REPEATED, document=row.document, ending=REJECTED, cells=row.cells) for row in again]


def announcements(sheet: Sequence[PlannedRow]) -> list[dict[str, Any]]:
    """What the sandbox is told of the documents: whose they are, how they live, what goes wrong."""
    return [dict(row.told) for row in sheet if row.told is not None]


_REPEATED_PARTS = 6


def least(countries: Sequence[Country]) -> int:
    """Rows of the smallest sheet: one of each kind."""
    return sum(len(country.kinds) for country in countries) + 1


def _shares(count: int, kinds: Sequence[Kind]) -> dict[str, int]:
    """By proportion, one of each kind at least: row after row goes to, or comes from, whoever is furthest off."""
    parts = {kind.name: kind.parts for kind in kinds} | {REPEATED: _REPEATED_PARTS}
    fair = {name: part * count / sum(parts.values()) for name, part in parts.items()}
    shares = {name: max(1, int(share)) for name, share in fair.items()}
    while missing := count - sum(shares.values()):
        step = 1 if missing > 0 else -1
        open_to = [name for name in shares if step > 0 or shares[name] > 1]
        shares[max(open_to, key=lambda name: step * (fair[name] - shares[name]))] += step
    return shares
