"""The columns that a result sheet adds to its owner's."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib import resources
from typing import Any

from schemas.messages import language
from schemas.views import RowOutcome


@cache
def _words() -> Mapping[str, dict[str, Mapping[str, str]]]:
    text = resources.files("schemas").joinpath("result_columns.toml").read_text(encoding="utf-8")
    tables: dict[str, Any] = tomllib.loads(text)
    return tables


@dataclass(frozen=True, slots=True)
class Added:
    """The columns that one sheet gets; ``dce`` when it may hold rows of DC-e."""

    dce: bool

    @property
    def names(self) -> Sequence[str]:
        """Our names of them, in order."""
        return (*_words()["columns"], *(_words()["dce"] if self.dce else ()))

    def titles(self, lang: str) -> list[str]:
        """Their headers."""
        return [_titles(name)[language(lang)] for name in self.names]

    def cells(self, outcome: RowOutcome, lang: str, zone: tzinfo) -> list[str | datetime | None]:
        """What is written of one row: words, and the time as its reader's clock showed it."""
        word = _words()["states"].get(outcome.state, {}).get(language(lang), outcome.state)
        at = None if outcome.at is None else outcome.at.astimezone(zone).replace(tzinfo=None, microsecond=0)
        told = [getattr(outcome.dce, name, None) for name in _words()["dce"]] if self.dce else []
        return [word, at, outcome.code, outcome.meaning, outcome.next_step, *told]


def position(name: str, headers: Sequence[object]) -> int | None:
    """Where a result sheet that was handed in again already has the column, in whatever language."""
    known = set(_titles(name).values())
    return next((place for place, header in enumerate(headers) if str(header).strip() in known), None)


def _titles(name: str) -> Mapping[str, str]:
    return (_words()["columns"] | _words()["dce"])[name]
