"""Reads an event's fields as JSON names them by the elements of the event itself, for ``cancela sign br``."""

import json
from collections.abc import Mapping
from typing import Any

from schemas.br.access_key import AccessKey
from schemas.br.cnpj import Cnpj
from schemas.br.emitter_user import EmitterUser
from schemas.br.event_time import EventTime
from schemas.br.protocol import Protocol
from schemas.invalid import Invalid
from worker.rails.br.event import KIND, VERSION, EventFields

KNOWN = frozenset(
    (
        "chDCe", "tpEvento", "nSeqEvento", "cOrgao", "tpAmb", "tpEmit", "CNPJAutor", "CNPJUsEmit", "CPFUsEmit",
        "IdOutrosUsEmit", "dhEvento", "nProt", "xJust", "versao",
    )
)  # fmt: skip


def read_input(given: str | bytes | Mapping[str, Any]) -> tuple[EventFields, EventTime | None]:
    """The fields, and the moment of the event where it is given (else it is the moment of signing).

    ``chDCe``, ``tpAmb``, ``nProt``, ``xJust`` and one of the three ``…UsEmit`` are needed; what is left out or null
    follows from the key. Numbers may be numbers or text.

    Raises:
        Invalid: ``event-input-malformed``, ``environment-missing``, ``event-kind-unknown``, ``event-version-unknown``
            and ``event-version-missing`` (an empty one), and those of every value.
    """
    values = {name: value for name, value in _mapping(given).items() if value is not None}
    fields = EventFields(
        key=_key(values),
        protocol=Protocol(_text(values, "nProt")),
        justification=_text(values, "xJust"),
        user=EmitterUser.of(
            cnpj=_text(values, "CNPJUsEmit"), cpf=_text(values, "CPFUsEmit"), other=_text(values, "IdOutrosUsEmit")
        ),
        environment=_environment(values),
        author=Cnpj(_text(values, "CNPJAutor")) if _text(values, "CNPJAutor") else None,
        organ=_text(values, "cOrgao") or None,
        sequence=_sequence(_text(values, "nSeqEvento")),
    )
    return fields, EventTime(_text(values, "dhEvento")) if _text(values, "dhEvento") else None


def _mapping(given: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        values = json.loads(given) if isinstance(given, str | bytes) else given
    except (ValueError, RecursionError):
        raise Invalid("event-input-malformed", "JSON") from None
    if not isinstance(values, Mapping):
        raise Invalid("event-input-malformed", "JSON")
    unknown = sorted(set(values) - KNOWN)
    if unknown:
        raise Invalid("event-input-malformed", unknown[0])
    _fixed(values)
    return values


def _fixed(values: Mapping[str, Any]) -> None:
    """What has one value only may be said, and must be right."""
    if "versao" in values and values["versao"] != VERSION:
        raise Invalid("event-version-unknown" if values["versao"] else "event-version-missing", values["versao"])
    if _text(values, "tpEvento") not in ("", KIND):
        raise Invalid("event-kind-unknown", values["tpEvento"])


def _key(values: Mapping[str, Any]) -> AccessKey:
    key = AccessKey(_text(values, "chDCe"))
    if _text(values, "tpEmit") not in ("", key.emitter):
        raise Invalid("access-key-emitter-differs", values["tpEmit"])
    return key


def _environment(values: Mapping[str, Any]) -> str:
    environment = _text(values, "tpAmb")
    if environment in ("", "0"):
        raise Invalid("environment-missing", environment)
    return environment


def _sequence(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise Invalid("sequence-malformed", text)
    return int(text)


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Invalid("event-input-malformed", name)
    return str(value)
