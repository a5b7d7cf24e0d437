"""What a producer may ask for. One model per rail; every door (sheet, command, Celery, HTTP) goes through ``parse``."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import ErrorDetails, PydanticCustomError

from schemas.invalid import Invalid
from schemas.mx import amount
from schemas.mx.fiscal_uuid import FiscalUuid
from schemas.mx.motive import Motive
from schemas.mx.rfc import Rfc
from schemas.problem import Problem, Rejected, shown

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


def _rule(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``check`` as a validator of pydantic: a refusal keeps its slug and shows what was given."""

    def checked(given: Any) -> Any:
        try:
            return check(given)
        except Invalid as wrong:
            raise PydanticCustomError(wrong.slug, "{value}", {"value": shown(wrong.value)}) from None

    return checked


def _issuer(given: object) -> str:
    return _canonical(_text(given, "rfc-malformed"), issuer=True)


def _receiver(given: object) -> str:
    return _canonical(_text(given, "rfc-malformed"), issuer=False)


@lru_cache(4096)  # a sheet names the same few taxpayers in all its rows
def _canonical(given: str, *, issuer: bool) -> str:
    rfc = Rfc(given)
    return str(rfc.as_issuer() if issuer else rfc)


def _uuid(given: object) -> str:
    return str(FiscalUuid(_text(given, "uuid-malformed")))


def _motive(given: object) -> str:
    code = _text(given, "motive-unknown").strip()
    if code not in ("01", "02", "03", "04"):
        raise Invalid("motive-unknown", given)
    return code


def _total(given: object) -> Decimal:
    if not isinstance(given, Decimal | int | float | str):
        raise Invalid("total-malformed", given)
    return amount.total(given)


def _text(given: object, slug: str) -> str:
    if not isinstance(given, str):
        raise Invalid(slug, given)
    return given


_Issuer = Annotated[str, BeforeValidator(_rule(_issuer)), WithJsonSchema(_RFC)]
_Receiver = Annotated[str, BeforeValidator(_rule(_receiver)), WithJsonSchema(_RFC)]
_FiscalUuid = Annotated[str, BeforeValidator(_rule(_uuid)), WithJsonSchema(_UUID)]
_MotiveCode = Annotated[Literal["01", "02", "03", "04"], BeforeValidator(_rule(_motive))]
_Total = Annotated[
    Decimal,
    BeforeValidator(_rule(_total)),
    PlainSerializer(amount.written, return_type=str),
    WithJsonSchema(_TOTAL),
]
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
_Address = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:-]*$", max_length=200)]
_Key = Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=200)]


class Reply(BaseModel):
    """Where a calling service wants its receipt and the ending: a Celery task and a queue of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: _Address
    queue: _Address

    @model_validator(mode="after")
    def _not_ourselves(self) -> Self:
        if self.task.startswith("cancela.") or self.queue.startswith("cancela."):
            raise PydanticCustomError("reply-to-ourselves", "{value}", {"value": f"{self.task} @ {self.queue}"})
        return self


class CfdiCancellation(BaseModel):
    """Cancel one Mexican CFDI (or one certificate of retentions).

    Identifiers are normalised: RFC to NFC and upper case, UUID to upper case. ``receiver`` and ``total`` are both given
    or both left out: with them SAT itself is asked whether the document is cancelled.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_TOGETHER)

    rail: Literal["mx"] = "mx"
    tenant: _Name = "default"
    environment: Literal["test", "production"] = "test"
    rfc: _Issuer = Field(description="Issuer of the CFDI, who cancels it.")
    uuid: _FiscalUuid = Field(description="Folio fiscal.")
    motive: _MotiveCode = Field(description="SAT's code: 01 replaced, 02 no relation, 03 not executed, 04 named.")
    replaced_by: _FiscalUuid | None = Field(None, description="The substitute; with motive 01 and only then.")
    receiver: _Receiver | None = Field(None, description="Receiver's RFC.")
    total: _Total | None = None
    retention: StrictBool = Field(False, description="The document is a certificate of retentions.")
    round: Annotated[StrictInt, Field(ge=1, le=1000)] = 1
    key: _Key | None = Field(None, description="The caller's own idempotency key.")
    reply: Reply | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        _rule(self._motive_fits)(None)
        if (self.receiver is None) != (self.total is None):
            missing = "receiver" if self.receiver is None else "total"
            raise PydanticCustomError("receiver-and-total-together", "{missing}", {"missing": missing})
        return self

    def _motive_fits(self, _: None) -> None:
        motive = Motive.from_code(self.motive, self.replaced_by)
        if motive.replaced_by is not None:
            motive.for_document(FiscalUuid(self.uuid))

    @property
    def document(self) -> str:
        """What makes it the same document: the canonical UUID."""
        return self.uuid

    def content(self) -> dict[str, Any]:
        """What the ledger keeps and compares: canonical values only, absent ones left out."""
        content: dict[str, Any] = {"rfc": self.rfc, "uuid": self.uuid, "motive": self.motive}
        if self.replaced_by is not None:
            content["replaced_by"] = self.replaced_by
        if self.receiver is not None and self.total is not None:
            content |= {"receiver": self.receiver, "total": amount.written(self.total)}
        if self.retention:
            content["retention"] = True
        return content

    def answer_to(self) -> dict[str, str] | None:
        """Task, queue and key of the service that wants to be told, as the ledger keeps it."""
        if self.reply is None:
            return None
        address = {"task": self.reply.task, "queue": self.reply.queue}
        return address if self.key is None else address | {"key": self.key}

    def payload(self) -> dict[str, Any]:
        """Plain JSON that ``parse`` takes back; defaults and absent values are left out, the rail never."""
        return {"rail": self.rail} | self.model_dump(mode="json", exclude_defaults=True)


Cancellation = CfdiCancellation
"""Whatever may be asked for. A second rail makes this a union, told apart by ``rail``."""

RAILS: Mapping[str, type[Cancellation]] = {"mx": CfdiCancellation}


def parse(given: Mapping[str, Any]) -> Cancellation:
    """The request that ``given`` makes.

    Raises:
        Rejected: with every problem found, each under the name of its field.
    """
    rail = given.get("rail", "mx")
    model = RAILS.get(rail) if isinstance(rail, str) else None
    if model is None:
        raise Rejected([Problem(slug="rail-unknown", column="rail", params={"value": shown(rail)})])
    try:
        return model.model_validate(dict(given))
    except ValidationError as wrong:
        raise Rejected(_problem(error) for error in wrong.errors(include_url=False)) from None


#: pydantic's own kinds of error that a person may see, and what we call them.
_SLUGS = {
    "missing": "field-missing",
    "extra_forbidden": "field-unknown",
    "bool_type": "field-not-a-flag",
    "string_too_long": "field-too-long",
}

#: Rules over the whole request, and the field that a person has to look at.
_FIELDS = {
    "replacement-missing": "replaced_by",
    "replacement-forbidden": "replaced_by",
    "replacement-is-itself": "replaced_by",
}


def _problem(error: ErrorDetails) -> Problem:
    kind, context = error["type"], error.get("ctx") or {}
    field = ".".join(str(part) for part in error["loc"]) or context.get("missing") or _FIELDS.get(kind)
    if "-" in kind:  # ours: pydantic's own have underscores
        return Problem(slug=kind, column=field, params={name: shown(value) for name, value in context.items()})
    slug = _SLUGS.get(kind, "field-malformed")
    given = "" if kind == "missing" else shown(error["input"])
    return Problem(slug=slug, column=field, params={"value": given})
