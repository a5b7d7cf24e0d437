"""What every request has, whatever country it is for, and how rules of ours become rules of pydantic."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from schemas.invalid import Invalid
from schemas.problem import Problem, shown

_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
_Address = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:-]*$", max_length=200)]
_Key = Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=200)]


def rule(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``check`` as a validator of pydantic: a refusal keeps its slug and shows what was given."""

    def checked(given: Any) -> Any:
        try:
            return check(given)
        except Invalid as wrong:
            raise PydanticCustomError(wrong.slug, "{value}", {"value": shown(wrong.value)}) from None

    return checked


def text(given: object, slug: str) -> str:
    """``given``, which must be text.

    Raises:
        Invalid: ``slug``.
    """
    if not isinstance(given, str):
        raise Invalid(slug, given)
    return given


#: Names that are ours, or that brokers and Celery keep their own things under.
_RESERVED = ("cancela.", "celery", "_kombu", "unacked", "amq.", "pidbox", "reply.")


class Reply(BaseModel):
    """Where a calling service wants its receipt and the ending: a Celery task and a queue of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: _Address
    queue: _Address

    @model_validator(mode="after")
    def _not_ourselves(self) -> Self:
        if self.task.startswith(_RESERVED) or self.queue.startswith(_RESERVED):
            raise PydanticCustomError("reply-to-ourselves", "{value}", {"value": f"{self.task} @ {self.queue}"})
        return self


class Asked(BaseModel):
    """One cancellation that somebody asks for. Countries add what their documents need."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Fields that name the document, and the taxpayer in whose name it is cancelled.
    document_field: ClassVar[str]
    issuer_field: ClassVar[str]

    rail: str
    tenant: _Name = "default"
    environment: Literal["test", "production"] = "test"
    round: Annotated[StrictInt, Field(ge=1, le=1000)] = 1
    key: _Key | None = Field(None, description="The caller's own idempotency key.")
    reply: Reply | None = None

    @property
    def document(self) -> str:
        """What makes it the same document: its canonical number."""
        return str(getattr(self, self.document_field))

    @property
    def tax_id(self) -> str:
        """In whose name it is cancelled."""
        return str(getattr(self, self.issuer_field))

    @property
    def family(self) -> str | None:
        """How the numbers begin of those whose certificate serves as well; None when it must be their own."""
        return None

    def content(self) -> dict[str, Any]:
        """What the ledger keeps and compares: canonical values only, absent ones left out."""
        raise NotImplementedError

    def objections(self, now: datetime) -> Iterable[Problem]:
        """What is certain to be refused at ``now``, beyond what the values themselves show."""
        return ()

    def doubts(self, now: datetime) -> Iterable[Problem]:
        """What may be refused, or mistyped, and is worth a word."""
        return ()

    def unmet(self, options: Mapping[str, Any]) -> Problem | None:
        """What an issuer with these ``options`` demands of its requests and is missing here."""
        return None

    def answer_to(self) -> dict[str, str] | None:
        """Task, queue and key of the service that wants to be told, as the ledger keeps it."""
        if self.reply is None:
            return None
        address = {"task": self.reply.task, "queue": self.reply.queue}
        return address if self.key is None else address | {"key": self.key}

    def payload(self) -> dict[str, Any]:
        """Plain JSON that ``schemas.requests.parse`` takes back; defaults and absent values are left out, the rail
        never."""
        return {"rail": self.rail} | self.model_dump(mode="json", exclude_defaults=True)
