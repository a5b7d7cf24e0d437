"""The *expresión impresa*: how a CFDI is named to SAT's status service, by issuer, receiver, total and UUID.

Rules as in Annex 20 for CFDI 3.3 and 4.0 (read 2026-11). A wrong total or RFC makes SAT say "not found", which looks
like an unknown invoice: what can be checked is checked here.
"""

from schemas.mx import amount as amounts
from schemas.mx.rfc import Rfc


def total(text: str) -> str:
    """A total as the expression writes it: no trailing zeros, but one decimal at least (``2010.01``, ``1.0``, ``0.0``).

    Raises:
        Invalid: as ``schemas.mx.amount.total``.
    """
    written = amounts.written(amounts.total(text))
    return written if "." in written else f"{written}.0"


def printed(*, issuer: str, receiver: str, amount: str, uuid: str) -> str:
    """The minimal expression. An ``&`` in an RFC is written ``&amp;`` in it (and again by who puts it into XML).

    Raises:
        Invalid: as ``total`` and ``Rfc``.
    """
    return f"?re={_written(issuer)}&rr={_written(receiver)}&tt={total(amount)}&id={uuid.upper()}"


def _written(rfc: str) -> str:
    return str(Rfc(rfc)).replace("&", "&amp;")
