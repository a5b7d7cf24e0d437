"""The access key of a DC-e: 44 characters that name the document and say who issued it, where and when.

Positions (manual of the DC-e, 2.2.4, counted from 1): UF 1-2, year and month 3-6, CNPJ 7-20, model 21-22, series 23-25,
number 26-34, form of emission 35, kind of emitter 36, site 37, code 38-43, check digit 44. From 36 on they are others
than those of an NF-e.
"""

import re
from dataclasses import dataclass
from typing import Self

from schemas.br.check_digit import check_digit
from schemas.br.cnpj import Cnpj
from schemas.br.uf import Uf, by_code
from schemas.invalid import Invalid

MODEL = "99"

LENGTH = 44
_PATTERN = re.compile(r"[0-9]{6}[A-Z0-9]{12}[0-9]{26}", re.ASCII)
_PRINTED = re.compile(r"\S{4}(?: \S{4}){10}", re.ASCII)
_LARGEST_EMITTER = 3
"""The newest authorisation schema knows 4 (ECT); the event schema of the same bundle stops here."""


@dataclass(frozen=True, slots=True, order=True)
class AccessKey:
    """A key that can exist. ``str()`` gives it, without the blanks that print between each four characters.

    Raises:
        Invalid: ``access-key-missing``, ``access-key-length``, ``access-key-uf``, ``access-key-malformed``, and those
            for which an authority would refuse it: ``access-key-check-digit`` (236), ``access-key-model`` (595, 618),
            ``access-key-month`` (593, 616), ``access-key-cnpj`` (594, 617), ``access-key-number`` (596, 619).
    """

    value: str

    def __post_init__(self) -> None:
        text = _shaped(self.value)
        object.__setattr__(self, "value", text)
        if check_digit(text[:-1]) != text[-1]:
            raise Invalid("access-key-check-digit", text)
        if text[20:22] != MODEL:
            raise Invalid("access-key-model", text[20:22])
        if not "01" <= text[4:6] <= "12":
            raise Invalid("access-key-month", text[4:6])
        if text[25:34] == "0" * 9:
            raise Invalid("access-key-number", text)
        try:
            Cnpj(text[6:20])
        except Invalid:
            raise Invalid("access-key-cnpj", text[6:20]) from None

    def __str__(self) -> str:
        return self.value

    @property
    def uf(self) -> Uf:
        """Where it was issued."""
        uf = by_code(self.value[:2])
        assert uf is not None, "checked when it was made"
        return uf

    @property
    def year(self) -> int:
        """Of its issue."""
        return 2000 + int(self.value[2:4])

    @property
    def month(self) -> int:
        """Of its issue, 1 to 12."""
        return int(self.value[4:6])

    @property
    def cnpj(self) -> Cnpj:
        """Of whoever signed the document: tax authority, marketplace, own issuer or carrier."""
        return Cnpj(self.value[6:20])

    @property
    def series(self) -> str:
        """Three digits."""
        return self.value[22:25]

    @property
    def number(self) -> str:
        """Nine digits."""
        return self.value[25:34]

    @property
    def emitter(self) -> str:
        """``tpEmit``: 0 tax authority, 1 marketplace, 2 on its own behalf, 3 carrier."""
        return self.value[35]

    @property
    def site(self) -> str:
        """``nSiteAutoriz``; 0 when there is one."""
        return self.value[36]

    def for_event(self) -> Self:
        """Itself, fit to be cancelled.

        Raises:
            Invalid: ``access-key-alphanumeric-not-yet`` and ``access-key-emitter``: the official event schema (2026-06)
                takes neither letters in the CNPJ nor a kind of emitter above 3.
        """
        if not self.value.isdigit():
            raise Invalid("access-key-alphanumeric-not-yet", self.value)
        if int(self.emitter) > _LARGEST_EMITTER:
            raise Invalid("access-key-emitter", self.emitter)
        return self


def _shaped(given: object) -> str:
    text = given.strip() if isinstance(given, str) else ""
    if not text:
        raise Invalid("access-key-missing", given)
    if _PRINTED.fullmatch(text):
        text = text.replace(" ", "")
    if len(text) != LENGTH:
        raise Invalid("access-key-length", len(text))
    if by_code(text[:2]) is None:
        raise Invalid("access-key-uf", text[:2])
    if not _PATTERN.fullmatch(text):
        raise Invalid("access-key-malformed", text)
    return text
