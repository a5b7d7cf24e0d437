"""The numbers under which users of the common DLL for DC-e know what can go wrong (``dll_numbers.toml``)."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


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


def _document() -> dict[str, Any]:
    read: dict[str, Any] = tomllib.loads(files("schemas.br").joinpath("dll_numbers.toml").read_text("utf-8"))
    return read
