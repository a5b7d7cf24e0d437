"""The numbers under which users of the common DLL for DC-e know what can go wrong (``dll_numbers.toml``)."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.code_table import Entry
from schemas.messages import LANGUAGES, explain


def numbers(slug: str) -> tuple[int, ...]:
    """The DLL's numbers of what we call ``slug``, ascending; mostly one, often none."""
    return tuple(number for number, slugs in table().items() if slug in slugs)


def slugs(number: int) -> tuple[str, ...]:
    """What we call a number of the DLL; empty when we have no such thing."""
    return table().get(number, ())


@cache
def table() -> dict[int, tuple[str, ...]]:
    """Every number with our slugs."""
    document = _document()
    return {int(number): tuple(names) for number, names in sorted(document["numbers"].items())}


def reserved() -> frozenset[int]:
    """Numbers that mean the DLL's own licence, which we never raise."""
    return frozenset(_document()["reserved"])


def entries() -> tuple[Entry, ...]:
    """Every number as an entry of a code table, said by ``dll``; it is read as our slug."""
    document = _document()
    return tuple(
        Entry(
            level="dll",
            code=str(number),
            reading=slug,
            slug=slug,
            meaning={language: explain(slug, language).what for language in LANGUAGES},
            source=document["source"],
            date=document["date"],
        )
        for number, slugs in table().items()
        for slug in slugs
    )


def _document() -> dict[str, Any]:
    read: dict[str, Any] = tomllib.loads(files("schemas.br").joinpath("dll_numbers.toml").read_text("utf-8"))
    return read
