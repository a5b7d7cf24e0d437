"""CPF, the number of a person in Brazil: nine digits and two check digits."""

import re
from dataclasses import dataclass

from schemas.br.check_digit import check_digit
from schemas.invalid import Invalid

_PLAIN = re.compile(r"[0-9]{11}", re.ASCII)
_PRINTED = re.compile(r"([0-9]{3})\.([0-9]{3})\.([0-9]{3})-([0-9]{2})", re.ASCII)
_HEAVIEST = 11


@dataclass(frozen=True, slots=True, order=True)
class Cpf:
    """A CPF whose check digits fit, without punctuation. ``str()`` gives it.

    Raises:
        Invalid: ``cpf-malformed``, ``cpf-check-digit``; one digit eleven times passes the arithmetic and is nobody's.
    """

    value: str

    def __post_init__(self) -> None:
        given = self.value
        text = given.strip() if isinstance(given, str) else ""
        printed = _PRINTED.fullmatch(text)
        text = "".join(printed.groups()) if printed else text
        if not _PLAIN.fullmatch(text):
            raise Invalid("cpf-malformed", given)
        first = check_digit(text[:9], heaviest=_HEAVIEST)
        if text[9:] != first + check_digit(text[:9] + first, heaviest=_HEAVIEST) or len(set(text)) == 1:
            raise Invalid("cpf-check-digit", given)
        object.__setattr__(self, "value", text)

    def __str__(self) -> str:
        return self.value
