"""What users of the common DLL for DC-e get back from it, under the names that they know."""

from collections.abc import Iterable
from typing import Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from schemas.br.dll_numbers import numbers
from schemas.br.registration import Registration


class SaidLike(Protocol):
    """The authority's words, or ours about it."""

    @property
    def code(self) -> str | None: ...
    @property
    def text(self) -> str: ...


class DceResult(BaseModel):
    """The DLL's four results. ``resultado`` is SEFAZ's code (135: homologated), or a number of the DLL's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    resultado: str | None = None
    msgResultado: str | None = None  # noqa: N815 - the field knows it so
    nProtocoloCanc: str | None = Field(None, description="Protocol of the cancellation.")  # noqa: N815
    dProtocoloCanc: str | None = Field(None, description="Its date, as SEFAZ wrote it.")  # noqa: N815

    @classmethod
    def of_said(cls, said: SaidLike | None, slug: str | None) -> Self:
        """Of a job: the last words about it, and the registration that they tell of."""
        if said is None:
            return cls.of_slugs([slug] if slug else [])
        registered = Registration.within(said.text)
        return cls(
            resultado=said.code or cls.of_slugs([slug] if slug else []).resultado,
            msgResultado=said.text or None,
            nProtocoloCanc=registered.protocol if registered else None,
            dProtocoloCanc=registered.at if registered else None,
        )

    @classmethod
    def of_slugs(cls, slugs: Iterable[str]) -> Self:
        """Of what was not taken: the DLL's number for it, where it has one; like the DLL, the lowest of several."""
        known = min((number for slug in slugs for number in numbers(slug)), default=None)
        return cls(resultado=None if known is None else str(known))
