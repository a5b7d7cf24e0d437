"""What a command says: JSON for programs or text for people, on stdout; what is wrong, on stderr."""

import json
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from schemas.messages import explain, language
from schemas.problem import Problem

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: What somebody may want to copy: UUIDs and access keys.
_IDENTIFIER = re.compile(r"[0-9A-Fa-f-]{36}|\d{44}")
#: Columns of a terminal that holds two identifiers and something to read beside them.
_COMFORTABLE = 140
#: Columns of a table that goes into a file or a pipe: nothing is cut off there.
_WIDE = 400


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks one language, in one of two manners."""

    lang: str
    json: bool = False

    def tell(self, data: Any, lines: Iterable[str] = ()) -> None:
        """``data`` (plain JSON) to a program, or ``lines`` to a person."""
        if self.json:
            sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
        else:
            sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()

    def table(
        self, data: Any, columns: Sequence[str], rows: Iterable[Sequence[object]], *, spare: str | None = None
    ) -> None:
        """``data`` to a program, or a table to a person. ``columns`` are our words, see ``words.toml``.

        Identifiers are never broken over lines, for whoever copies one; on a terminal where that leaves too little for
        the others, the column ``spare`` is left out.
        """
        if self.json:
            self.tell(data)
            return
        cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
        lines = console(sys.stdout)
        narrow = spare is not None and lines.width < _COMFORTABLE
        kept = [place for place, column in enumerate(columns) if not (narrow and column == spare)]
        with lines.capture() as text:
            lines.print(
                _drawn([self.word(columns[place]) for place in kept], [[row[p] for p in kept] for row in cells])
            )
        self.tell(None, (line.rstrip() for line in text.get().splitlines()))

    def complain(self, problems: Iterable[Problem]) -> None:
        """What is wrong, on stderr: slug, what happened, what to do."""
        found = list(problems)
        if self.json:
            told = {"problems": [problem.payload(self.lang) for problem in found]}
            sys.stderr.write(json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n")
            return
        for problem in found:
            text = problem.text(self.lang)
            sys.stderr.write(f"{problem.slug}{self._place(problem)}: {text.what}\n")
            if text.next:
                sys.stderr.write(f"  → {text.next}\n")

    def say(self, slug: str, **params: object) -> None:
        """A message for a person, on stdout; nothing for a program, which gets data."""
        if not self.json:
            text = explain(slug, self.lang, params)
            self.tell(None, (line for line in (text.what, text.next) if line))

    def note(self, slug: str, **params: object) -> None:
        """A message for a person, on stderr; nothing for a program."""
        if not self.json:
            text = explain(slug, self.lang, params)
            sys.stderr.write(f"{text.what} {text.next}".strip() + "\n")

    def word(self, name: str) -> str:
        """A word of ours in this language; an unknown one as it is."""
        known = _words().get(name)
        return name if known is None else known[self.lang]

    def _place(self, problem: Problem) -> str:
        row = f"{self.word('row')} {problem.row}" if problem.row else ""
        place = ", ".join(part for part in (row, problem.column or "") if part)
        return f" ({place})" if place else ""


def voice(lang: str | None, *, as_json: bool) -> Voice:
    """The voice that was asked for: ``--lang``, else ``CANCELA_LANGUAGE`` from the environment or ``.env``."""
    return Voice(language(lang or _set_language()), as_json)


def console(file: Any) -> "Console":
    """A console that takes nothing in the text for a command: authorities write brackets, too."""
    from rich.console import Console

    wide = None if file.isatty() else _WIDE
    return Console(file=file, markup=False, highlight=False, emoji=False, soft_wrap=False, width=wide)


def _drawn(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False)
    for place, title in enumerate(titles):
        widest = max((len(row[place]) for row in rows if _IDENTIFIER.fullmatch(row[place])), default=None)
        drawn.add_column(title, overflow="fold", min_width=widest)
    for row in rows:
        drawn.add_row(*row)
    return drawn


def _set_language() -> str | None:
    """As settings do, without demanding that all the others be right: what is wrong with them must be sayable."""
    if told := os.environ.get("CANCELA_LANGUAGE"):
        return told
    if not os.path.exists(".env"):
        return None
    from dotenv import dotenv_values

    try:
        return dotenv_values(".env").get("CANCELA_LANGUAGE")
    except (OSError, UnicodeDecodeError):
        return None


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("producers.cli").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
