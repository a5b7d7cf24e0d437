"""One thing that is wrong with what a producer handed in: where, what, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.messages import DEFAULT_LANGUAGE, Message, explain

_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """``slug`` is explained in ``schemas/messages`` with ``params`` filled in.

    ``row`` is the row's number as a spreadsheet shows it, ``column`` the column as its owner calls it (or the field of
    a request); None where the whole file or request is meant. Nothing secret may be put in ``params``.
    """

    slug: str
    column: str | None = None
    row: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    def text(self, lang: str = DEFAULT_LANGUAGE) -> Message:
        """What is wrong and what to do, in one of the languages."""
        return explain(self.slug, lang, {"column": self.column or "", "row": self.row or "", **self.params})

    def at(self, *, row: int | None = None, column: str | None = None) -> "Problem":
        """The same problem, at this place."""
        return replace(self, row=row or self.row, column=column or self.column)

    def payload(self, lang: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
        """Plain JSON, with the text in it."""
        text = self.text(lang)
        return {
            "slug": self.slug,
            "row": self.row,
            "column": self.column,
            "params": dict(self.params),
            "what": text.what,
            "next": text.next,
        }


class Rejected(ValueError):
    """What was handed in cannot be taken; nothing of it was. ``problems`` says why, and is never empty."""

    slug = "request-rejected"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.slug} ({problem.column or 'all'})" for problem in self.problems))


def shown(value: object) -> str:
    """A value from outside as it may stand in a message: one short line without control characters."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(value)[: _SHOWN + 1]).strip()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
