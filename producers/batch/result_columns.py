"""The columns that a result sheet adds to its owner's."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cache
from importlib import resources
from typing import Any

from schemas.messages import language
from schemas.views import RowOutcome


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = resources.files("schemas").joinpath("result_columns.toml").read_text(encoding="utf-8")
    tables: dict[str, Any] = tomllib.loads(text)
    return tables


def names() -> Sequence[str]:
    """Our names of the added columns, in order."""
    return tuple(_words()["columns"])


def titles(lang: str) -> list[str]:
    """The headers of the added columns."""
    return [_words()["columns"][name][language(lang)] for name in names()]


def position(name: str, headers: Sequence[object]) -> int | None:
    """Where a result sheet that was handed in again already has the column, in whatever language."""
    known = set(_words()["columns"][name].values())
    return next((place for place, header in enumerate(headers) if str(header).strip() in known), None)


def cells(outcome: RowOutcome, lang: str, zone: tzinfo) -> list[str | datetime | None]:
    """What is written of one row: words, and the time as its reader's clock showed it."""
    word = _words()["states"].get(outcome.state, {}).get(language(lang), outcome.state)
    at = None if outcome.at is None else outcome.at.astimezone(zone).replace(tzinfo=None, microsecond=0)
    return [word, at, outcome.code, outcome.meaning, outcome.next_step]
