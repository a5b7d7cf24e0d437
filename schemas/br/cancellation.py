"""What is asked for in Brazil: the cancellation of one DC-e."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import combinations
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from schemas.asked import Asked, rule, text
from schemas.br.access_key import AccessKey
from schemas.br.cnpj import Cnpj
from schemas.br.emitter_user import EmitterUser
from schemas.br.event_time import EventTime
from schemas.br.justification import LONGEST, SHORTEST, justification
from schemas.br.prediction import Prediction, predicted
from schemas.br.protocol import Protocol
from schemas.invalid import Invalid
from schemas.problem import Problem

_OWN = "2"
"""``tpEmit`` of a company that issues on its own behalf: it is its own user."""

_MOST_SEQUENCE = 999
_USERS = ("user_cnpj", "user_cpf", "user_other")
_ONE_USER: JsonDict = {"not": {"anyOf": [{"required": list(pair)} for pair in combinations(_USERS, 2)]}}
_MOMENT = {
    "type": "string",
    "examples": ["2026-11-20T18:30:00-03:00"],
    "description": "Without an offset it is local time in the state of the access key.",
}


def _sequence(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= _MOST_SEQUENCE:
        raise Invalid("sequence-malformed", given)
    return given


def _read(make: Callable[[str], object], slug: str) -> BeforeValidator:
    """A value is what ``make`` makes of it; what is no text at all is ``slug``."""
    return BeforeValidator(rule(lambda given: str(make(text(given, slug)))))


def _user(kind: Literal["cnpj", "cpf", "other"]) -> Callable[[str], str]:
    return lambda given: EmitterUser(kind, given).value


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


def _key(given: str) -> AccessKey:
    return AccessKey(given).for_event()


def _cnpj(given: str) -> Cnpj:
    return Cnpj(given).for_event()


_AccessKey = Annotated[str, _read(_key, "access-key-malformed"), _schema("^[0-9]{44}$")]
_Protocol = Annotated[str, _read(Protocol, "protocol-malformed"), _schema("^[0-9]{16}$")]
_Reason = Annotated[
    str,
    _read(justification, "justification-missing"),
    WithJsonSchema({"type": "string", "minLength": SHORTEST, "maxLength": LONGEST}),
]
_Cnpj = Annotated[str, _read(_cnpj, "cnpj-malformed"), _schema("^[0-9]{14}$")]
_UserCnpj = Annotated[str, _read(_user("cnpj"), "cnpj-malformed"), _schema("^[0-9]{14}$")]
_UserCpf = Annotated[str, _read(_user("cpf"), "cpf-malformed"), _schema("^[0-9]{11}$")]
_UserOther = Annotated[str, _read(_user("other"), "user-other-malformed"), _schema("^[!-ÿ]{2,20}$")]
_Moment = Annotated[str, WithJsonSchema(_MOMENT)]


class DceCancellation(Asked):
    """Cancel one Brazilian DC-e by an event of its issuer.

    One of the three ``user_…`` says on whose behalf the DC-e was issued; an issuer on its own behalf may leave it out.
    ``author_cnpj`` follows from the key. Numbers may be punctuated as they print.
    """

    model_config = ConfigDict(json_schema_extra=_ONE_USER)

    document_field: ClassVar[str] = "access_key"
    issuer_field: ClassVar[str] = "author_cnpj"

    rail: Literal["br"] = "br"
    access_key: _AccessKey = Field(description="chDCe, 44 digits.")
    protocol: _Protocol = Field(description="nProt of the authorisation.")
    justification: _Reason = Field(description="xJust.")
    author_cnpj: _Cnpj | None = Field(None, description="CNPJAutor; the CNPJ of the key if left out.")
    user_cnpj: _UserCnpj | None = Field(None, description="CNPJUsEmit.")
    user_cpf: _UserCpf | None = Field(None, description="CPFUsEmit.")
    user_other: _UserOther | None = Field(None, description="IdOutrosUsEmit.")
    event_at: _Moment | None = Field(None, description="dhEvento; the moment of sending if left out.")
    authorised_at: _Moment | None = Field(None, description="dhRecbto of the authorisation: begins the 24 hours.")
    sequence: Annotated[StrictInt, BeforeValidator(rule(_sequence))] = Field(
        1, ge=1, le=_MOST_SEQUENCE, description="nSeqEvento."
    )

    @field_validator("event_at", "authorised_at", mode="before")
    @classmethod
    def _dated(cls, given: object, info: ValidationInfo) -> object:
        key = info.data.get("access_key")
        if given is None or key is None:  # a wrong key is told by itself, and without it there is no zone
            return None
        return rule(lambda moment: _moment(moment, AccessKey(key), exact=info.field_name == "event_at"))(given)

    @model_validator(mode="before")
    @classmethod
    def _derived(cls, given: Any) -> Any:
        """Fill in what follows from the key."""
        if not isinstance(given, dict):
            return given
        try:
            key = AccessKey(given["access_key"]).for_event()
        except (KeyError, Invalid):
            return given
        made = given if given.get("author_cnpj") is not None else given | {"author_cnpj": str(key.cnpj)}
        if key.emitter == _OWN and all(given.get(name) is None for name in _USERS):
            made = made | {"user_cnpj": str(key.cnpj)}
        return made

    @model_validator(mode="after")
    def _one_user(self) -> Self:
        given = [name for name in _USERS if getattr(self, name) is not None]
        if len(given) != 1:
            slug = "user-twice" if given else "user-missing"
            raise PydanticCustomError(
                slug, "{value}", {"value": ", ".join(given), "missing": given[-1] if given else _USERS[0]}
            )
        return self

    @property
    def family(self) -> str:
        """The base of the CNPJ: a certificate of head office or branch serves them all."""
        return Cnpj(self.tax_id).base

    def content(self) -> dict[str, Any]:
        """See ``Asked.content``."""
        content: dict[str, Any] = {
            "key": self.access_key,
            "protocol": self.protocol,
            "justification": self.justification,
            "author_cnpj": self.author_cnpj,
        }
        for name in (*_USERS, "event_at", "authorised_at"):
            if (value := getattr(self, name)) is not None:
                content[name] = value
        return content | ({"sequence": self.sequence} if self.sequence != 1 else {})

    def objections(self, now: datetime) -> Iterator[Problem]:
        """Rejections that are certain."""
        return (_told(each) for each in predicted(self.content(), now) if each.certain)

    def doubts(self, now: datetime) -> Iterator[Problem]:
        """Rejections that are likely."""
        return (_told(each) for each in predicted(self.content(), now) if not each.certain)


def _moment(given: object, key: AccessKey, *, exact: bool) -> str:
    """The moment with its offset. ``exact``: it is written into the event, so only in the form that SEFAZ takes."""
    slug = "event-time-malformed" if exact else "authorisation-time-malformed"
    try:
        moment = given if isinstance(given, datetime) else datetime.fromisoformat(text(given, slug).strip())
    except ValueError as wrong:
        raise (wrong if isinstance(wrong, Invalid) else Invalid(slug, given)) from None
    if exact and isinstance(given, str) and moment.tzinfo is not None:
        return str(EventTime(given))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=key.uf.clock())
    return str(EventTime.of(aware)) if exact else aware.isoformat(timespec="seconds")


#: The field that a person has to look at.
_FIELDS = {"author-not-emitter": "author_cnpj", "sequence-above-one": "sequence", "window-over": "authorised_at"}


def _told(rejection: Prediction) -> Problem:
    """A rejection to come, as a problem of ours (``origin`` local) with the codes that it would have."""
    family = "event_at" if rejection.slug.startswith("event-time") else "access_key"
    params = {"value": rejection.value, "origin": rejection.origin, "codes": ", ".join(rejection.codes)}
    return Problem(slug=rejection.slug, column=_FIELDS.get(rejection.slug, family), params=params)
