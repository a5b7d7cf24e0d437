"""The *expresión impresa*: how a CFDI is named to SAT's status service, by issuer, receiver, total and UUID.

Rules as in Annex 20 for CFDI 3.3 and 4.0 (read 2026-11). A wrong total or RFC makes SAT say "not found", which looks
like an unknown invoice: what can be checked is checked here.
"""

import re
from decimal import Decimal, InvalidOperation

from schemas.mx.invalid import Invalid
from schemas.mx.rfc import Rfc

_TOTAL = re.compile(r"[0-9]{1,18}(\.[0-9]{1,40})?", re.ASCII)
_DECIMALS = 6


def total(text: str) -> str:
    """A total as the expression writes it: no trailing zeros, but one decimal at least (``2010.01``, ``1.0``, ``0.0``).

    Raises:
        Invalid: ``total-malformed``; not a plain decimal number of at most 18 and 6 digits.
    """
    given = str(text).strip()
    if not _TOTAL.fullmatch(given):
        raise Invalid("total-malformed", text)
    try:
        number = Decimal(given)
    except InvalidOperation:
        raise Invalid("total-malformed", text) from None
    whole, _, decimals = f"{number:f}".partition(".")
    decimals = decimals.rstrip("0")
    if len(decimals) > _DECIMALS:
        raise Invalid("total-malformed", text)
    return f"{int(whole)}.{decimals or '0'}"


def printed(*, issuer: str, receiver: str, amount: str, uuid: str) -> str:
    """The minimal expression. An ``&`` in an RFC is written ``&amp;`` in it (and again by who puts it into XML).

    Raises:
        Invalid: ``total-malformed``, or as ``Rfc``.
    """
    return f"?re={_written(issuer)}&rr={_written(receiver)}&tt={total(amount)}&id={uuid.upper()}"


def _written(rfc: str) -> str:
    return str(Rfc(rfc)).replace("&", "&amp;")
