"""Intake: a durable receipt, once."""

from dataclasses import replace

import pytest

from tests.engine.world import ACME, DAWN, World
from worker.domain.states import State
from worker.domain.window import Window
from worker.engine.intake import accept, foresee
from worker.engine.operator import withdraw
from worker.engine.ports import AlreadyThere


def test_a_request_becomes_a_queued_job(world: World) -> None:
    """A new request is queued and due at once."""
    receipt = world.receipt()
    assert (receipt.state, receipt.created, receipt.conflict) == (State.QUEUED, True, False)
    job = world.job(receipt.job_id)
    assert (job.state, job.due_at, job.issuer) == (State.QUEUED, DAWN, "acme")


def test_the_same_request_twice_is_one_job(world: World) -> None:
    """The second asker gets the first receipt."""
    first, second = world.receipt(), world.receipt()
    assert first.job_id == second.job_id
    assert (first.created, second.created) == (True, False)
    assert world.journal(first.job_id) == ["accepted"]


def test_other_content_is_a_conflict_that_names_the_difference(world: World) -> None:
    """The same document with another motive changes nothing and says what differs."""
    first = world.receipt()
    second = world.receipt(request={"uuid": "D-1", "motive": "03"})
    assert second.conflict
    assert second.differs == {"motive": ("02", "03")}
    assert world.job(first.job_id).request == {"uuid": "D-1", "motive": "02"}


def test_a_document_twice_in_one_call_is_one_job(world: World) -> None:
    """Twins in one call get one job, and their receipts say who came first."""
    receipts = accept(world.parts, [world.wanted(), world.wanted(), world.wanted("D-2")])
    assert [receipt.created for receipt in receipts] == [True, False, True]
    assert receipts[0].job_id == receipts[1].job_id != receipts[2].job_id


def test_another_tenant_or_environment_is_another_job(world: World) -> None:
    """Identity includes tenant and environment."""
    other = replace(ACME, id="other", tenant="other")
    binding = replace(ACME, id="acme-p", environment="production")
    ids = {world.accept(), world.accept(issuer=other), world.accept(issuer=binding)}
    assert len(ids) == 3


def test_what_would_become_of_a_request_is_known_before(world: World) -> None:
    """A new one meets nothing, a known one its job, another content and a premature round what is in their way."""
    job_id = world.accept()
    other = world.wanted(request={"uuid": "D-1", "motive": "03"})
    with world.parts.ledger.unit() as unit:
        new, known, differing, early = foresee(
            unit, [world.wanted("D-2"), world.wanted(), other, world.wanted("D-1", round=2)]
        )
    assert (None, (job_id, False)) == (new, known and (known.job_id, known.conflict))
    assert [{"motive": ("02", "03")}, {"round": (1, 2)}] == [each.differs for each in (differing, early) if each]
    assert ["accepted"] == world.journal(job_id)


def test_a_held_request_waits(world: World) -> None:
    """A held job is not due."""
    job = world.job(world.accept(held="needs-approval"))
    assert (job.state, job.due_at, job.slug) == (State.HELD, None, "needs-approval")


def test_the_window_comes_from_the_rail(world: World) -> None:
    """When cancelling ends is the rail's knowledge, kept in the job."""
    world.rail.closes = Window(DAWN, hard=True)
    job = world.job(world.accept())
    assert Window(DAWN, hard=True) == job.window


def test_a_faster_twin_is_adopted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another process adds the job between look and insert, its job is the receipt."""
    unit_type = type(world.ledger.unit().__enter__())
    add, raced = unit_type.add, list[int]()

    def race(unit: object, jobs: list, accounts: dict) -> None:  # type: ignore[type-arg]
        if not raced:
            raced.append(1)
            raise AlreadyThere
        add(unit, jobs, accounts)  # type: ignore[arg-type]

    monkeypatch.setattr(unit_type, "add", race)
    assert world.receipt().created


def test_the_caller_hears_of_its_receipt(world: World) -> None:
    """A request that names a task and a queue is answered there: receipt, then conflict."""
    reply = {"task": "erp.told", "queue": "erp", "key": "K-1"}
    world.accept(reply=reply)
    world.accept(reply=reply, request={"uuid": "D-1", "motive": "04"})
    with world.ledger.unit() as unit:
        letters = unit.posted(world.clock.now(), 10)
    assert [(one.payload["event"], one.payload["key"]) for one in letters] == [("receipt", "K-1"), ("conflict", "K-1")]
    assert [one.payload.get("differs") for one in letters] == [None, {"motive": ["02", "04"]}]


def test_a_later_round_needs_an_earlier_one_that_failed(world: World) -> None:
    """No second request while the first is open, after a cancellation, or out of the blue."""
    assert world.receipt(round=2).conflict
    first = world.accept()
    refused = world.receipt(round=2)
    assert (first, {"round": (1, 2)}, False) == (refused.job_id, refused.differs, refused.created)
    withdraw(world.parts, first, why="mistake", actor="operator:ana")
    assert world.receipt(round=3).conflict
    assert world.receipt(round=2).created
    assert not world.receipt(round=2).created
