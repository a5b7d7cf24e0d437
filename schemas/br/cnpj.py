"""CNPJ, the number of a Brazilian company: eight characters of its base, four of the branch, two check digits."""

import re
from dataclasses import dataclass
from typing import Self

from schemas.br.check_digit import check_digit
from schemas.invalid import Invalid

_PLAIN = re.compile(r"[A-Z0-9]{12}[0-9]{2}", re.ASCII)
_PRINTED = re.compile(r"([A-Z0-9]{2})\.([A-Z0-9]{3})\.([A-Z0-9]{3})/([A-Z0-9]{4})-([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Cnpj:
    """A CNPJ whose check digits fit, without punctuation. ``str()`` gives it.

    Letters are upper case and are never made so: since July 2026 they belong to the number. The punctuated form is
    taken where it is complete; nothing else is stripped.

    Raises:
        Invalid: ``cnpj-malformed``, ``cnpj-check-digit``.
    """

    value: str

    def __post_init__(self) -> None:
        given = self.value
        text = given.strip() if isinstance(given, str) else ""
        printed = _PRINTED.fullmatch(text)
        text = "".join(printed.groups()) if printed else text
        if not _PLAIN.fullmatch(text):
            raise Invalid("cnpj-malformed", given)
        first = check_digit(text[:12])
        if text[12:] != first + check_digit(text[:12] + first) or not text.strip("0"):
            raise Invalid("cnpj-check-digit", given)
        object.__setattr__(self, "value", text)

    def __str__(self) -> str:
        return self.value

    @property
    def base(self) -> str:
        """What head office and branches share, and what certificates are compared by."""
        return self.value[:8]

    @property
    def numeric(self) -> bool:
        """Whether it has no letters."""
        return self.value.isdigit()

    def for_event(self) -> Self:
        """Itself, fit for an event.

        Raises:
            Invalid: ``cnpj-alphanumeric-not-yet``; the official DC-e schema (2026-06) takes digits only.
        """
        if not self.numeric:
            raise Invalid("cnpj-alphanumeric-not-yet", self.value)
        return self
