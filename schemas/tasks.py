"""The Celery contract, as data: names of tasks and queues, and what their messages carry.

``REQUEST`` is for other services; its keyword arguments are the fields of a request (``schemas.requests``) and, if the
caller likes, ``version``. The other tasks are ours and carry job ids, nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NotRequired, TypedDict

from pydantic import ValidationError

from schemas.problem import Problem, Rejected, shown
from schemas.requests import Cancellation, Reply, parse

REQUEST: Final = "cancela.request"
"""Public: take in one cancellation."""

SUBMIT: Final = "cancela.submit"
"""Send what is queued of these jobs."""

CONSULT: Final = "cancela.consult"
"""Ask about what is uncertain or waiting of these jobs."""

PULSE: Final = "cancela.pulse"
"""Say that a worker is there; carries nothing."""

INTAKE_QUEUE: Final = "cancela.intake"
WORK_QUEUE: Final = "cancela.work"

VERSION: Final = 1
"""Of the public message. A message without one is of this version."""

MASK: Final = "-"
"""What events, and so Flower, show instead of the arguments of ``REQUEST``."""


class Ids(TypedDict):
    """Keyword arguments of ``SUBMIT`` and ``CONSULT``."""

    job_ids: Sequence[str]


class Letter(TypedDict):
    """Keyword arguments of the task that a caller named in ``reply``; sent at least once, so it may come twice.

    ``receipt``: the job is in the ledger. ``conflict``: the document is asked for already, with other content.
    ``ended``: the job is final. ``rejected``: nothing was taken; ``problems`` says why. Times are ISO 8601 with zone.
    """

    event: Literal["receipt", "conflict", "ended", "rejected"]
    key: str | None
    job_id: NotRequired[str]
    rail: NotRequired[str]
    environment: NotRequired[str]
    document: NotRequired[str]
    round: NotRequired[int]
    state: NotRequired[str]
    grade: NotRequired[str | None]
    note: NotRequired[str | None]
    slug: NotRequired[str | None]
    level: NotRequired[str | None]
    code: NotRequired[str | None]
    text: NotRequired[str | None]
    at: NotRequired[str]
    differs: NotRequired[dict[str, list[Any]]]
    problems: NotRequired[list[dict[str, Any]]]


def message(request: Cancellation) -> dict[str, Any]:
    """The keyword arguments that carry a request."""
    return {"version": VERSION, **request.payload()}


def requested(wanted: Mapping[str, Any]) -> Cancellation:
    """The request that a message carries.

    Raises:
        Rejected: with every problem found.
    """
    fields = dict(wanted)
    version = fields.pop("version", VERSION)
    if version != VERSION:
        raise Rejected([Problem(slug="version-unknown", column="version", params={"value": shown(version)})])
    return parse(fields)


def answer_to(wanted: Mapping[str, Any]) -> dict[str, str] | None:
    """Where the sender of a message that was rejected can be told so; None when it named no usable place."""
    try:
        reply = Reply.model_validate(wanted.get("reply"))
    except ValidationError:
        return None
    return {"task": reply.task, "queue": reply.queue}


def rejection(wanted: Mapping[str, Any], rejected: Rejected) -> Letter:
    """What the sender of a rejected message is told."""
    key = wanted.get("key")
    return Letter(
        event="rejected",
        key=shown(key) if isinstance(key, str) else None,
        problems=[problem.payload() for problem in rejected.problems],
    )
