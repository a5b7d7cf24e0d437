"""The columns of a sheet, found by what people call them in Spanish, Portuguese and English.

The names are data (``columns.toml``). A header that nobody knows is kept and ignored; one that is nearly a known name
is told, because a misspelt column would otherwise be lost without a word.
"""

import difflib
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

from schemas.messages import DEFAULT_LANGUAGE
from schemas.problem import Problem, shown

Kind = Literal["identifier", "text", "amount", "flag", "moment", "count"]

_ALIKE = 0.84
_LONGEST_HEADER = 80
#: As many names of a column as a message holds.
_NAMES = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A column that we know. ``rail`` is whose documents it describes, ``told`` its name per language, ``names`` what
    people call it."""

    name: str
    rail: str
    kind: Kind
    told: Mapping[str, str]
    names: tuple[str, ...]

    @property
    def aliases(self) -> tuple[str, ...]:
        """Its names as they are compared."""
        return tuple(_folded(name) for name in self.names)


@dataclass(frozen=True, slots=True)
class Found:
    """Which column of a sheet holds what. ``at`` maps our names to positions, ``headers`` to their owner's names."""

    at: Mapping[str, int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def header(self, name: str) -> str:
        """What the sheet's owner calls our column; our own name of it where there is none."""
        return self.headers.get(name) or told(name)


@cache
def columns() -> Mapping[str, Column]:
    """All columns that we know, by our name."""
    text = resources.files("schemas").joinpath("columns.toml").read_text(encoding="utf-8")
    return {
        name: Column(name, entry["rail"], entry["kind"], entry["told"], tuple(entry["aliases"]))
        for name, entry in tomllib.loads(text).items()
    }


def told(name: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """What we call a column of ours."""
    return columns()[name].told[lang]


def known(header: object) -> str | None:
    """Our name for a header, or None."""
    return _aliases().get(_folded(header))


def find(headers: Sequence[object], *, needed: Sequence[str] = ()) -> Found:
    """Our columns among ``headers``. Missing needed ones and repeated ones are problems; look-alikes are warnings."""
    at: dict[str, int] = {}
    names: dict[str, str] = {}
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for position, header in enumerate(headers):
        name = known(header)
        if name is None:
            warnings += _alike(header)
        elif name in at:
            params = {"first": names[name], "second": shown(header)}
            problems.append(Problem(slug="column-repeated", column=shown(header), params=params))
        else:
            at[name], names[name] = position, shown(header)
    there = shown(", ".join(filter(None, (str(header).strip() for header in headers))))
    missing = [
        Problem(slug="column-missing", column=told(name), params={"found": there, "names": _names(name)})
        for name in needed
        if name not in at
    ]
    alike = [warning for warning in warnings if warning.params["name"] not in at]
    return Found(at, names, tuple(problems + missing), tuple(alike))


def _names(name: str) -> str:
    """Some of the names that a column goes by."""
    return ", ".join(columns()[name].names[:_NAMES])


def _alike(header: object) -> list[Problem]:
    folded = _folded(header)
    close = difflib.get_close_matches(folded, _aliases(), n=1, cutoff=_ALIKE) if len(folded) > 2 else []
    return [
        Problem(
            slug="column-looks-like",
            column=shown(header),
            params={"name": _aliases()[match], "known": told(_aliases()[match])},
        )
        for match in close
    ]


@cache
def _aliases() -> dict[str, str]:
    return {alias: column.name for column in columns().values() for alias in column.aliases}


def _folded(header: object) -> str:
    """Without accents, case, spaces and punctuation."""
    letters = unicodedata.normalize("NFKD", str(header)[:_LONGEST_HEADER]).casefold()
    return "".join(letter for letter in letters if letter.isalnum())
