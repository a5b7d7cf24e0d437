"""RFC, the Mexican taxpayer's number.

Pattern, exceptions and arithmetic as in SAT's CFDI schema (``t_RFC``) and the public RFC libraries, read 2026-11;
the arithmetic was tried on 17 RFCs of SAT's test set.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Self

from schemas.invalid import Invalid

PUBLIC = "XAXX010101000"
"""The general public."""

FOREIGN = "XEXX010101000"
"""Any receiver abroad."""

_LONGEST_INPUT = 64
_PATTERN = re.compile(
    r"([A-Z&Ñ]{3,4})([0-9]{2})(0[1-9]|1[012])(0[1-9]|[12][0-9]|3[01])([A-Z0-9]{2}[0-9A])", re.IGNORECASE | re.ASCII
)
_VALUES = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ")}
_COMPANY_SUMMAND = 481


@dataclass(frozen=True, slots=True, order=True)
class Rfc:
    """A well-formed RFC in canonical form: NFC, upper case, no space around. ``str()`` gives it.

    Raises:
        Invalid: ``rfc-malformed``, or ``rfc-impossible-date`` when its six digits name no day.
    """

    value: str

    def __post_init__(self) -> None:
        given = self.value
        if not isinstance(given, str) or len(given) > _LONGEST_INPUT:
            raise Invalid("rfc-malformed", given)
        text = unicodedata.normalize("NFC", given.strip()).replace("ñ", "Ñ")
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise Invalid("rfc-malformed", given)
        try:
            # Two digits do not tell the century. 2000 is the more generous one: it alone of 1900 and 2000 has a
            # 29 February, and in every other year the two calendars agree.
            date(2000 + int(match[2]), int(match[3]), int(match[4]))
        except ValueError:
            raise Invalid("rfc-impossible-date", given) from None
        object.__setattr__(self, "value", text.upper())

    def __str__(self) -> str:
        return self.value

    @property
    def company(self) -> bool:
        """Whether it belongs to a company (12 characters) and not to a person (13)."""
        return len(self.value) == 12

    @property
    def generic(self) -> bool:
        """Whether it stands for anybody (general public, foreigners). Only a receiver can be that."""
        return self.value in (PUBLIC, FOREIGN)

    @property
    def warning(self) -> str | None:
        """``rfc-check-digit`` when the last character does not follow from the others, else None.

        No reason to refuse: RFCs with a wrong check digit are said to be in use.
        """
        if self.value == PUBLIC:  # SAT made it up; it fails its own arithmetic
            return None
        weighted = sum(weight * _VALUES[letter] for weight, letter in enumerate(reversed(self.value), start=1))
        return "rfc-check-digit" if (weighted + _COMPANY_SUMMAND * self.company) % 11 else None

    def as_issuer(self) -> Self:
        """Itself, fit to issue and to cancel.

        Raises:
            Invalid: ``rfc-generic-issuer``; a generic RFC has no certificate and issues nothing.
        """
        if self.generic:
            raise Invalid("rfc-generic-issuer", self.value)
        return self
