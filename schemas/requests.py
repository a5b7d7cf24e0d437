"""What a producer may ask for. One model per rail; every door (sheet, command, Celery, HTTP) goes through ``parse``."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.asked import Reply
from schemas.br.cancellation import DceCancellation
from schemas.mx.cancellation import CfdiCancellation
from schemas.problem import Problem, Rejected, shown

__all__ = ["RAILS", "Cancellation", "CfdiCancellation", "DceCancellation", "Reply", "parse"]

Cancellation = CfdiCancellation | DceCancellation
"""Whatever may be asked for, told apart by ``rail``."""

RAILS: Mapping[str, type[Cancellation]] = {"mx": CfdiCancellation, "br": DceCancellation}


def parse(given: Mapping[str, Any]) -> Cancellation:
    """The request that ``given`` makes; it is Mexican where it names no ``rail``.

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
