"""What a cell may hold, column by column.

Spreadsheets turn text into numbers and dates behind their owner's back: ``02`` becomes 2, a folio becomes 1.2E+30. What
was lost cannot be guessed, so such a cell is refused in a column that names something.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from producers.batch.limits import Limits
from producers.batch.sheet import Odd, Plain, Value
from schemas.columns import columns
from schemas.problem import Problem, shown

_MOST_DIGITS = 10

_FLAGS = {
    **dict.fromkeys(("si", "sí", "s", "sim", "yes", "y", "true", "verdadero", "verdadeiro", "x", "1"), True),
    **dict.fromkeys(("no", "n", "não", "nao", "false", "falso", "0"), False),
}


def field_of(name: str, value: Value, limits: Limits) -> Any | Problem:
    """The value as the request takes it, or why it cannot be that."""
    if isinstance(value, Odd):
        return Problem(slug=f"cell-is-{value.kind}", params={"value": shown(value.last)})
    kind = columns()[name].kind
    longest = limits.text if kind == "text" else limits.cell
    if isinstance(value, str) and len(value) > longest:
        return Problem(slug="cell-too-long", params={"limit": longest})
    return _READ.get(kind, _identifier)(value)


def _identifier(value: Plain) -> str | Problem:
    if isinstance(value, str):
        return value
    if isinstance(value, date | time | timedelta):
        return Problem(slug="cell-is-date", params={"value": shown(value)})
    number = f"{value:.15g}" if isinstance(value, float) else value
    return Problem(slug="cell-is-number", params={"value": shown(number)})


def _amount(value: Plain) -> Plain | Problem:
    """As it is: what makes an amount is the request's own rule."""
    if isinstance(value, date | time | timedelta):
        return Problem(slug="cell-is-date", params={"value": shown(value)})
    return value


def _moment(value: Plain) -> Plain | Problem:
    """A spreadsheet's date with its time is one: it is kept as a count of days, and nothing of it is lost."""
    return value if isinstance(value, datetime) else _identifier(value)


def _count(value: Plain) -> Plain | Problem:
    """A small whole number, which no spreadsheet spoils; what makes it good is the request's own rule."""
    text = value if isinstance(value, str) else _plain(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else _identifier(value)


def _flag(value: Plain) -> bool | Problem:
    flag = value if isinstance(value, bool) else _FLAGS.get(_plain(value))
    return Problem(slug="cell-not-a-flag", params={"value": shown(value)}) if flag is None else flag


def _plain(value: Plain) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).casefold()


_READ: Mapping[str, Callable[[Plain], Any]] = {
    "amount": _amount,
    "flag": _flag,
    "moment": _moment,
    "count": _count,
}
