"""Another service asks through its own Celery app."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from producers.remote import send_request
from schemas.problem import Rejected
from schemas.requests import parse
from schemas.tasks import INTAKE_QUEUE, MASK, REQUEST, requested

GOOD = {"rfc": "EKU9003173C9", "uuid": "11111111-2222-4333-8444-00000000000A", "motive": "02"}


@pytest.fixture
def app() -> Iterator[Celery]:
    """A service with a broker in memory."""
    made = Celery("erp", broker="memory://", set_as_current=False)
    yield made
    made.close()


def received(app: Celery, queue: str) -> list[Any]:
    """All messages that wait in a queue."""
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as waiting:
        messages = []
        while waiting.qsize():
            message = waiting.get_nowait()
            message.ack()
            messages.append(message)
        return messages


def test_a_request_travels_by_name(app: Celery) -> None:
    """As JSON, to the intake queue, with what was asked for and nothing else."""
    sent = send_request(app, GOOD)
    (message,) = received(app, INTAKE_QUEUE)
    args, kwargs, _ = json.loads(message.body)
    assert (REQUEST, sent, "application/json") == (
        message.headers["task"],
        message.headers["id"],
        message.content_type,
    )
    assert ([], parse(GOOD)) == (args, requested(kwargs))


def test_arguments_are_masked_in_events(app: Celery) -> None:
    """Flower shows neither folio nor taxpayer."""
    send_request(app, parse(GOOD))
    (message,) = received(app, INTAKE_QUEUE)
    assert (MASK, MASK) == (message.headers["argsrepr"], message.headers["kwargsrepr"])
    assert "EKU9003173C9" not in json.dumps(message.headers)


def test_another_queue_can_be_named(app: Celery) -> None:
    """For set-ups that keep their tenants apart."""
    send_request(app, GOOD, queue="cancela.intake.norte")
    assert 1 == len(received(app, "cancela.intake.norte"))


def test_a_wrong_request_is_not_sent(app: Celery) -> None:
    """The sender learns at once what the intake would say later."""
    with pytest.raises(Rejected):
        send_request(app, GOOD | {"motive": "2"})
    assert [] == received(app, INTAKE_QUEUE)
