"""The public message."""

from typing import Any

import pytest

from schemas.problem import Rejected
from schemas.requests import parse
from schemas.tasks import VERSION, answer_to, message, rejection, requested

GOOD = {"rfc": "EKU9003173C9", "uuid": "11111111-2222-4333-8444-00000000000A", "motive": "02"}


def test_a_message_carries_the_request_and_its_version() -> None:
    """What was packed is unpacked."""
    assert {"version": VERSION, "rail": "mx", **GOOD} == message(parse(GOOD))
    assert parse(GOOD) == requested(message(parse(GOOD)))


def test_a_message_without_version_is_of_the_first() -> None:
    """A service that sends by name need not know of versions."""
    assert parse(GOOD) == requested(GOOD)


def test_a_message_of_another_version_is_rejected() -> None:
    """It may mean something else."""
    with pytest.raises(Rejected) as rejected:
        requested(GOOD | {"version": 2})
    assert ["version-unknown"] == [problem.slug for problem in rejected.value.problems]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"task": "erp.told", "queue": "erp"}, {"task": "erp.told", "queue": "erp"}),
        ({"task": "cancela.request", "queue": "erp"}, None),
        ("erp", None),
        (None, None),
    ],
)
def test_the_sender_of_a_rejected_message_is_told_where_it_can_be(reply: Any, expected: Any) -> None:
    """Only at a usable address, never at our own."""
    assert expected == answer_to(GOOD | {"reply": reply})


def test_a_rejection_says_why() -> None:
    """With the caller's key and every problem in words."""
    wanted: dict[str, Any] = GOOD | {"motive": "2", "key": "k-1"}
    with pytest.raises(Rejected) as rejected:
        requested(wanted)
    told = rejection(wanted, rejected.value)
    assert ("rejected", "k-1") == (told["event"], told["key"])
    assert ["motive-unknown"] == [problem["slug"] for problem in told["problems"]]
