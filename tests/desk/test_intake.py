"""Handing requests in."""

from typing import Any

import pytest

from schemas.problem import Problem, Rejected
from schemas.requests import parse
from schemas.views import ReceiptView
from tests.story.town import RFC, Town

UUID = "11111111-2222-4333-8444-000000000001"


def wanted(**more: Any) -> dict[str, Any]:
    return {"rfc": RFC, "uuid": UUID, "motive": "02", **more}


def handed_in(town: Town, **more: Any) -> ReceiptView | Problem:
    return town.desk.intake.accept([parse(wanted(**more))], actor="operator:ana")[0]


def letters(town: Town) -> list[dict[str, Any]]:
    """What waits to be told to other services."""
    with town.house.ledger.unit() as unit:
        return [dict(letter.payload) for letter in unit.posted(town.house.clock.now(), 10)]


def test_a_request_gets_a_receipt_once(town: Town) -> None:
    """The second time it is the first one's job."""
    first, second = handed_in(town), handed_in(town)
    assert isinstance(first, ReceiptView)
    assert isinstance(second, ReceiptView)
    assert (True, False, first.job_id) == (first.created, second.created, second.job_id)


def test_other_content_is_a_conflict_that_says_what_differs(town: Town) -> None:
    """Nothing is changed by it."""
    handed_in(town)
    receipt = handed_in(town, motive="03")
    assert isinstance(receipt, ReceiptView)
    assert receipt.conflict
    assert receipt.differs == {"motive": ("02", "03")}


@pytest.mark.parametrize("stranger", [{"rfc": "XIA190128J61"}, {"tenant": "other"}, {"environment": "production"}])
def test_a_stranger_cannot_cancel(town: Town, stranger: dict[str, str]) -> None:
    """An RFC, tenant or environment that nobody registered is refused; test is never taken for production."""
    problem = handed_in(town, **stranger)
    assert isinstance(problem, Problem)
    assert problem.slug == "issuer-unknown"


def test_an_issuer_may_demand_what_sat_needs(town: Town) -> None:
    """Without receiver and total SAT cannot be asked, and such an issuer does without nobody's word but SAT's."""
    town.add_issuer(options={"require_sat_status": True})
    problem = handed_in(town)
    assert isinstance(problem, Problem)
    assert problem.slug == "receiver-and-total-required"
    assert isinstance(handed_in(town, receiver="XAXX010101000", total="1.00"), ReceiptView)


def test_production_that_nobody_confirmed_is_refused(town: Town) -> None:
    """An issuer row that came into being without the confirmation cancels nothing."""
    issuer = town.house.ledger.issuer(town.add_issuer(production=True, confirmed=RFC))
    with town.house.ledger.unit() as unit:
        unit.issuers.put(type(issuer)(**{**_fields(issuer), "options": {}}))
    problem = handed_in(town, environment="production")
    assert isinstance(problem, Problem)
    assert problem.slug == "production-not-confirmed"


def _fields(issuer: Any) -> dict[str, Any]:
    return {name: getattr(issuer, name) for name in issuer.__slots__}


def test_a_message_by_name_is_taken_and_answered(town: Town) -> None:
    """The caller that named a task and a queue hears of its receipt there."""
    reply = {"task": "erp.cancelled", "queue": "erp"}
    town.desk.intake.take_request(wanted(reply=reply, key="K-1"))
    assert [("receipt", "K-1")] == [(one["event"], one["key"]) for one in letters(town)]


@pytest.mark.parametrize(
    ("wrong", "slug"), [({"motive": "07"}, "motive-unknown"), ({"rfc": "XIA190128J61"}, "issuer-unknown")]
)
def test_a_wrong_message_is_told_to_its_sender(town: Town, wrong: dict[str, str], slug: str) -> None:
    """Rejected, with the reason, to the place that it named."""
    reply = {"task": "erp.cancelled", "queue": "erp"}
    town.desk.intake.take_request(wanted(**wrong, reply=reply, key="K-1"))
    (told,) = letters(town)
    assert ("rejected", "K-1", slug) == (told["event"], told["key"], told["problems"][0]["slug"])


def test_a_wrong_message_without_a_sender_is_a_failed_task(town: Town) -> None:
    """Somebody has to see it: the worker's log and Flower do."""
    with pytest.raises(Rejected):
        town.desk.intake.take_request(wanted(motive="07"))
