"""A sheet as a stream of rows, whatever file it came from."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Literal, Self

from schemas.columns import Found
from schemas.problem import Problem, Rejected

Plain = str | int | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that holds no value of its own: a formula, or an error. ``last`` is what it came to when it was saved,
    ``text`` the formula or the error itself where the file says it."""

    kind: Literal["formula", "error"]
    last: Plain = ""
    text: str = ""


Value = Plain | Odd


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header. ``number`` is what a spreadsheet shows at its left; ``cells`` holds our columns by our
    names, empty ones left out; ``raw`` is the whole row as it was."""

    number: int
    cells: Mapping[str, Value]
    raw: Sequence[Value] = field(default=(), repr=False)


class SheetRefused(Rejected):
    """The file as a whole cannot be taken: not readable, too big, a column missing. Nothing of it was."""

    slug = "sheet-refused"


def refuse(slug: str, **params: object) -> SheetRefused:
    """A refusal for one reason."""
    return SheetRefused([Problem(slug=slug, params=params)])


class Sheet(ABC):
    """An open sheet. Close it, or use it in a ``with``."""

    #: Cells are told apart by a character that may also stand in text, so that a line can be too wide by mistake.
    delimited: ClassVar[bool] = False

    @abstractmethod
    def lines(self) -> Iterator[tuple[int, list[Value]]]:
        """Every line of the file with its number, empty ones too.

        Raises:
            SheetRefused: what follows cannot be read.
        """

    @property
    def warnings(self) -> Sequence[Problem]:
        """What its owner should know about the file as a whole."""
        return ()

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Header:
    """The line that names the columns."""

    number: int
    names: Sequence[str]
    found: Found


def blank(line: Sequence[Value]) -> bool:
    """Whether nothing stands in a line."""
    return all(isinstance(value, str) and not tidy(value) for value in line)


def tidy(value: str) -> str:
    """Text without the invisible that copying leaves around it (spaces of any width, byte order marks)."""
    return value.strip(" \t\r\n\f\v\u00a0\u2007\u202f\u200b\u200c\u200d\u2060\ufeff")
