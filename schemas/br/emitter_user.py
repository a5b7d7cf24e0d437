"""On whose behalf a DC-e was issued: fields C02, C02a and C02b of the document, exactly one of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from schemas.br.cnpj import Cnpj
from schemas.br.cpf import Cpf
from schemas.invalid import Invalid

Kind = Literal["cnpj", "cpf", "other"]

TAGS: Mapping[Kind, str] = {"cnpj": "CNPJUsEmit", "cpf": "CPFUsEmit", "other": "IdOutrosUsEmit"}
"""The element of an event for each. The capital I is the schema's, whatever the manual writes."""

_OTHER = re.compile(r"[!-ÿ]{2,20}")


@dataclass(frozen=True, slots=True)
class EmitterUser:
    """One identification, canonical. ``value`` of kind ``other`` is 2 to 20 characters of Latin-1 without a blank.

    Raises:
        Invalid: ``user-other-malformed``, and those of ``Cnpj`` (``cnpj-alphanumeric-not-yet`` included) and ``Cpf``.
    """

    kind: Kind
    value: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _canonical(self.kind, self.value))

    @property
    def tag(self) -> str:
        """Its element in an event."""
        return TAGS[self.kind]

    @classmethod
    def of(cls, *, cnpj: str | None = None, cpf: str | None = None, other: str | None = None) -> Self:
        """The one that is given; None and empty text are not.

        Raises:
            Invalid: ``user-missing``, ``user-twice``, or as the class.
        """
        pairs: tuple[tuple[Kind, str | None], ...] = (("cnpj", cnpj), ("cpf", cpf), ("other", other))
        given = [(kind, value) for kind, value in pairs if value]
        if len(given) != 1:
            raise Invalid("user-twice" if given else "user-missing", ", ".join(kind for kind, _ in given))
        return cls(*given[0])


def _canonical(kind: Kind, value: str) -> str:
    if kind == "cnpj":
        return str(Cnpj(value).for_event())
    if kind == "cpf":
        return str(Cpf(value))
    if not isinstance(value, str) or not _OTHER.fullmatch(value):
        raise Invalid("user-other-malformed", value)
    return value
