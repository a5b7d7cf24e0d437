"""The total of a CFDI: not negative, at most 18 digits before and 6 behind the point (Annex 20, ``t_Importe``)."""

import re
from decimal import Decimal, InvalidOperation

from schemas.invalid import Invalid

_LONGEST_INPUT = 40
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(E[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)
_BEYOND = Decimal(10) ** 18
_STEP = Decimal("0.000001")


def total(given: Decimal | int | float | str) -> Decimal:
    """The amount, without trailing zeros.

    Text may be written as people in Mexico do: ``$ 1,234.50``. A decimal comma is refused, not guessed at. A float is
    taken as the digits that a spreadsheet shows of it (15 of them), because 1160.0000000000002 is nobody's total.

    Raises:
        Invalid: ``total-malformed``, ``total-negative``, ``total-too-precise``, ``total-too-large``.
    """
    amount = _number(given)
    if amount < 0:
        raise Invalid("total-negative", given)
    if amount >= _BEYOND:
        raise Invalid("total-too-large", given)
    if amount != amount.quantize(_STEP):
        raise Invalid("total-too-precise", given)
    return amount


def written(amount: Decimal) -> str:
    """Canonical text of a total: no exponent, no trailing zeros, no point without decimals."""
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _number(given: Decimal | int | float | str) -> Decimal:
    if isinstance(given, bool):
        raise Invalid("total-malformed", given)
    if isinstance(given, float):
        given = f"{given:.15g}"
    if isinstance(given, str):
        given = _ungrouped(given)
    try:
        amount = Decimal(given)
    except (InvalidOperation, TypeError, ValueError):
        raise Invalid("total-malformed", given) from None
    if not amount.is_finite():
        raise Invalid("total-malformed", given)
    return amount


def _ungrouped(given: str) -> str:
    text = given.strip().removeprefix("$").strip() if len(given) <= _LONGEST_INPUT else ""
    if _GROUPED.fullmatch(text):
        return text.replace(",", "")
    if not _PLAIN.fullmatch(text):
        raise Invalid("total-malformed", given)
    return text
