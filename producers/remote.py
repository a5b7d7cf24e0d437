"""For other services: ask for a cancellation through Celery, by name, with any app of their own.

What this hop can lose: a broker holds the message only as safely as it is set up, and Redis loses what a killed worker
had just taken. Nothing tells the sender. So give every request a ``reply`` and send it again until its receipt comes:
the same document and round is one job, however often it is asked for. Where a receipt is needed before going on, use
the command, a sheet or HTTP, which answer from the ledger.
"""

from collections.abc import Mapping
from typing import Any

from celery import Celery

from schemas.requests import Cancellation, parse
from schemas.tasks import INTAKE_QUEUE, MASK, REQUEST, message

#: Seconds; a broker that is away for longer is the caller's to wait for.
_RETRY = {"max_retries": 3, "interval_start": 0, "interval_step": 0.5, "interval_max": 1.0}


def send_request(app: Celery, request: Cancellation | Mapping[str, Any], *, queue: str = INTAKE_QUEUE) -> str:
    """Validates ``request`` here, hands it to ``app``'s broker and returns the message's id (not a receipt).

    The arguments are masked in task events, so that Flower does not show them.

    Raises:
        Rejected: the request is wrong; nothing was sent.
        kombu.exceptions.OperationalError: the broker can't be reached; it may or may not have the message.
    """
    wanted = parse(request) if isinstance(request, Mapping) else request
    sent = app.send_task(
        REQUEST,
        kwargs=message(wanted),
        queue=queue,
        serializer="json",
        ignore_result=True,
        retry=True,
        retry_policy=_RETRY,
        argsrepr=MASK,
        kwargsrepr=MASK,
    )
    return str(sent.id)
