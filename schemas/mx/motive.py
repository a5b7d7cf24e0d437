"""Why a CFDI is cancelled: SAT's closed list of 2022 (Annex 20, cancellation scheme)."""

from dataclasses import dataclass
from typing import Self

from schemas.invalid import Invalid
from schemas.mx.fiscal_uuid import FiscalUuid

REPLACED = "01"
WITHOUT_RELATION = "02"
NOT_EXECUTED = "03"
GLOBAL_NAMED = "04"
CODES = (REPLACED, WITHOUT_RELATION, NOT_EXECUTED, GLOBAL_NAMED)


@dataclass(frozen=True, slots=True)
class Motive:
    """One of the four motives; made by a named constructor, or ``from_code``.

    Raises:
        Invalid: ``motive-unknown``; ``replacement-missing`` for 01 without one; ``replacement-forbidden`` for the
            others with one (SAT 209).
    """

    code: str
    replaced_by: FiscalUuid | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise Invalid("motive-unknown", self.code)
        if self.code == REPLACED and self.replaced_by is None:
            raise Invalid("replacement-missing", self.code)
        if self.code != REPLACED and self.replaced_by is not None:
            raise Invalid("replacement-forbidden", self.code)

    @classmethod
    def replaced(cls, by: FiscalUuid) -> Self:
        """01: issued with errors; ``by`` takes its place and is related to it (type 04)."""
        return cls(REPLACED, by)

    @classmethod
    def without_relation(cls) -> Self:
        """02: issued with errors; nothing takes its place."""
        return cls(WITHOUT_RELATION)

    @classmethod
    def not_executed(cls) -> Self:
        """03: the operation did not take place."""
        return cls(NOT_EXECUTED)

    @classmethod
    def global_named(cls) -> Self:
        """04: the operation was part of a global invoice and its customer then asked for one by name."""
        return cls(GLOBAL_NAMED)

    @classmethod
    def from_code(cls, code: str, replaced_by: FiscalUuid | str | None = None) -> Self:
        """The motive of SAT's code, as sheets and commands give it. Empty text is no replacement; ``1`` is no code.

        Raises:
            Invalid: as the class, and ``uuid-malformed`` for the replacement.
        """
        if isinstance(replaced_by, str):
            replaced_by = FiscalUuid(replaced_by) if replaced_by.strip() else None
        return cls(code.strip(), replaced_by)

    def for_document(self, uuid: FiscalUuid) -> Self:
        """Itself, fit to cancel ``uuid``.

        Raises:
            Invalid: ``replacement-is-itself``; no document takes its own place.
        """
        if self.replaced_by == uuid:
            raise Invalid("replacement-is-itself", uuid)
        return self
