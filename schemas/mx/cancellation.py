"""What is asked for in Mexico: the cancellation of one CFDI."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, StrictBool, WithJsonSchema, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from schemas.asked import Asked, rule, text
from schemas.invalid import Invalid
from schemas.mx import amount
from schemas.mx.fiscal_uuid import FiscalUuid
from schemas.mx.motive import Motive
from schemas.mx.rfc import Rfc
from schemas.problem import Problem

_RFC = {"type": "string", "minLength": 12, "maxLength": 13, "examples": ["EKU9003173C9"]}
_UUID = {"type": "string", "format": "uuid", "examples": ["11111111-2222-4333-8444-000000000001"]}
_TOTAL = {
    "type": ["string", "number"],
    "minimum": 0,
    "pattern": r"^\d{1,18}(\.\d{1,6})?$",
    "description": "As printed on the CFDI. Text is better than a number.",
}
_TOGETHER: JsonDict = {
    "dependentRequired": {"receiver": ["total"], "total": ["receiver"]},
    "if": {"properties": {"motive": {"const": "01"}}},
    "then": {"required": ["replaced_by"]},
    "else": {"properties": {"replaced_by": {"type": "null"}}},
}


def _issuer(given: object) -> str:
    return _canonical(text(given, "rfc-malformed"), issuer=True)


def _receiver(given: object) -> str:
    return _canonical(text(given, "rfc-malformed"), issuer=False)


@lru_cache(4096)  # a sheet names the same few taxpayers in all its rows
def _canonical(given: str, *, issuer: bool) -> str:
    rfc = Rfc(given)
    return str(rfc.as_issuer() if issuer else rfc)


@lru_cache(4096)
def _doubt(rfc: str) -> str | None:
    return Rfc(rfc).warning


def _uuid(given: object) -> str:
    return str(FiscalUuid(text(given, "uuid-malformed")))


def _motive(given: object) -> str:
    code = text(given, "motive-unknown").strip()
    if code not in ("01", "02", "03", "04"):
        raise Invalid("motive-unknown", given)
    return code


def _total(given: object) -> Decimal:
    if not isinstance(given, Decimal | int | float | str):
        raise Invalid("total-malformed", given)
    return amount.total(given)


_Issuer = Annotated[str, BeforeValidator(rule(_issuer)), WithJsonSchema(_RFC)]
_Receiver = Annotated[str, BeforeValidator(rule(_receiver)), WithJsonSchema(_RFC)]
_FiscalUuid = Annotated[str, BeforeValidator(rule(_uuid)), WithJsonSchema(_UUID)]
_MotiveCode = Annotated[Literal["01", "02", "03", "04"], BeforeValidator(rule(_motive))]
_Total = Annotated[
    Decimal,
    BeforeValidator(rule(_total)),
    PlainSerializer(amount.written, return_type=str),
    WithJsonSchema(_TOTAL),
]


class CfdiCancellation(Asked):
    """Cancel one Mexican CFDI (or one certificate of retentions).

    Identifiers are normalised: RFC to NFC and upper case, UUID to upper case. ``receiver`` and ``total`` are both given
    or both left out: with them SAT itself is asked whether the document is cancelled.
    """

    model_config = ConfigDict(json_schema_extra=_TOGETHER)

    document_field: ClassVar[str] = "uuid"
    issuer_field: ClassVar[str] = "rfc"

    rail: Literal["mx"] = "mx"
    rfc: _Issuer = Field(description="Issuer of the CFDI, who cancels it.")
    uuid: _FiscalUuid = Field(description="Folio fiscal.")
    motive: _MotiveCode = Field(description="SAT's code: 01 replaced, 02 no relation, 03 not executed, 04 named.")
    replaced_by: _FiscalUuid | None = Field(None, description="The substitute; with motive 01 and only then.")
    receiver: _Receiver | None = Field(None, description="Receiver's RFC.")
    total: _Total | None = None
    retention: StrictBool = Field(False, description="The document is a certificate of retentions.")

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        rule(self._motive_fits)(None)
        if (self.receiver is None) != (self.total is None):
            missing = "receiver" if self.receiver is None else "total"
            raise PydanticCustomError("receiver-and-total-together", "{missing}", {"missing": missing})
        return self

    def _motive_fits(self, _: None) -> None:
        motive = Motive.from_code(self.motive, self.replaced_by)
        if motive.replaced_by is not None:
            motive.for_document(FiscalUuid(self.uuid))

    def content(self) -> dict[str, Any]:
        """See ``Asked.content``."""
        content: dict[str, Any] = {"rfc": self.rfc, "uuid": self.uuid, "motive": self.motive}
        if self.replaced_by is not None:
            content["replaced_by"] = self.replaced_by
        if self.receiver is not None and self.total is not None:
            content |= {"receiver": self.receiver, "total": amount.written(self.total)}
        if self.retention:
            content["retention"] = True
        return content

    def doubts(self, now: datetime) -> Iterator[Problem]:
        """An RFC whose check digit does not fit: a slip of the pen, or a taxpayer's real number."""
        for name, rfc in (("rfc", self.rfc), ("receiver", self.receiver)):
            if rfc is not None and (slug := _doubt(rfc)):
                yield Problem(slug=slug, column=name, params={"value": rfc})

    def unmet(self, options: Mapping[str, Any]) -> Problem | None:
        """Receiver and total, where only SAT's word ends a job."""
        if options.get("require_sat_status") and self.receiver is None:
            return Problem(slug="receiver-and-total-required", column="receiver")
        return None
