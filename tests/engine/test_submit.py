"""Submit: prepared, claimed, sent once, settled."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.engine.world import DAWN, World
from worker.domain.evidence import Grade
from worker.domain.job import Job
from worker.domain.outcome import (
    AlreadyKnown,
    Blocked,
    Confirmed,
    Curable,
    NoAnswer,
    NotTaken,
    Outcome,
    Pending,
    Refusal,
    Refuser,
    Said,
    Scope,
    Unknown,
)
from worker.domain.states import State
from worker.domain.window import Window
from worker.engine.ports import CannotPrepare
from worker.engine.submit import submit

SAID = Said("sf", "200", "registered")


def sent(world: World, *outcomes: Outcome | Exception) -> Job:
    """The job after being sent once with these answers."""
    world.rail.says(*outcomes)
    job = submit(world.parts, world.accept())
    assert job is not None
    return job


def test_a_receipt_is_waited_on_and_never_called_cancelled(world: World) -> None:
    """The PAC's 200 to a submit is a receipt."""
    job = sent(world, Pending(SAID))
    assert (job.state, job.at_risk, job.fence) == (State.WAITING, True, 1)
    assert world.journal(job.id) == ["accepted", "claimed", "acknowledged"]


def test_the_claim_and_the_signed_bytes_are_committed_before_they_leave(world: World) -> None:
    """While the request travels, the ledger already says sending and holds the very bytes."""
    seen: list[tuple[State, bytes]] = []

    def look(job: Job) -> Outcome:
        stored = world.job(job.id)
        with world.ledger.unit() as unit:
            seen.append((stored.state, unit.load(str(stored.request_hash))))
        return Pending(SAID)

    world.rail.says(look)
    submit(world.parts, world.accept())
    assert [(State.SENDING, world.rail.calls[0][2])] == seen


def test_a_synchronous_authority_ends_the_job(world: World) -> None:
    """Evidence in the very answer cancels at once, with its grade."""
    job = sent(world, Confirmed(Grade.AUTHORITY_EVENT, SAID))
    assert (job.state, job.grade, len(job.evidence)) == (State.CANCELLED, Grade.AUTHORITY_EVENT, 1)


def test_already_known_is_adopted_through_a_consult(world: World) -> None:
    """701 is no failure: the job waits and is due for a consult at once."""
    job = sent(world, AlreadyKnown(Said("sf", "701")))
    assert (State.WAITING, world.clock.now()) == (job.state, job.due_at)


def test_a_definite_no_refuses(world: World) -> None:
    """A refusal is final and says by whom."""
    job = sent(world, Refusal(Refuser.AUTHORITY, "not-cancellable", Said("sf", "204")))
    assert (job.state, job.refused_by, job.slug) == (State.REFUSED, Refuser.AUTHORITY, "not-cancellable")


def test_an_unknown_code_parks(world: World) -> None:
    """A code in no table goes to a person; the job may lie at the authority."""
    job = sent(world, Unknown(Said("sf", "999")))
    assert (job.state, job.slug, job.at_risk) == (State.PARKED, "unknown-code", True)


def test_wrong_credentials_park_with_nothing_at_the_authority(world: World) -> None:
    """A blocked account took nothing in."""
    job = sent(world, Blocked(Scope.ACCOUNT, "pac-login-refused", Said("sf", "601")))
    assert (job.state, job.slug, job.at_risk) == (State.PARKED, "pac-login-refused", False)


def test_a_lost_answer_is_uncertain_and_never_sent_again(world: World) -> None:
    """After a request without an answer, a second submit message does nothing."""
    job = sent(world, NoAnswer(left=True, slug="timeout"))
    world.clock.forward(hours=1)
    assert submit(world.parts, job.id) is None
    assert State.UNCERTAIN is world.job(job.id).state
    assert [call[0] for call in world.rail.calls] == ["submit"]


def test_nothing_left_the_house_goes_back_to_the_queue(world: World) -> None:
    """A refused connection is tried again later with the same bytes."""
    job = sent(world, NoAnswer(left=False, slug="refused"), Pending(SAID))
    assert (job.state, job.at_risk) == (State.QUEUED, False)
    world.clock.forward(minutes=1)
    again = submit(world.parts, job.id)
    assert again is not None
    assert (again.state, again.fence) == (State.WAITING, 2)
    assert world.rail.calls[0][2] == world.rail.calls[1][2]
    assert world.rail.signatures == 1


def test_not_now_keeps_the_bytes(world: World) -> None:
    """An authority that took nothing and wants to be asked later gets the same bytes."""
    job = sent(world, NotTaken("fair-use", Said("sf", "632")), Pending(SAID))
    world.clock.forward(hours=2)
    submit(world.parts, job.id)
    assert world.rail.signatures == 1


def test_curable_bytes_are_signed_anew(world: World) -> None:
    """A definite refusal that new bytes can cure leads to new bytes."""
    job = sent(world, Curable("clock-ahead", Said("sefaz", "635")), Pending(SAID))
    assert job.request_hash is None
    world.clock.forward(minutes=1)
    submit(world.parts, job.id)
    assert world.rail.calls[0][2] != world.rail.calls[1][2]
    assert world.rail.signatures == 2


def test_what_cannot_be_prepared_parks_before_anything_is_sent(world: World) -> None:
    """An expired certificate is a person's work, and no call is made."""
    world.rail.obstacle = CannotPrepare("csd-expired")
    job = submit(world.parts, world.accept())
    assert job is not None
    assert (job.state, job.slug, job.at_risk) == (State.PARKED, "csd-expired", False)
    assert world.rail.calls == []


def test_a_closed_window_expires(world: World) -> None:
    """What can't be cancelled any more is not sent."""
    world.rail.closes = Window(DAWN, hard=True)
    job = submit(world.parts, world.accept())
    assert job is not None
    assert State.EXPIRED is job.state
    assert world.rail.calls == []


def test_messages_that_come_twice_early_or_for_nobody_do_nothing(world: World) -> None:
    """A duplicate, a premature and a stray message change nothing."""
    job = sent(world, Pending(SAID))
    assert submit(world.parts, job.id) is None
    assert submit(world.parts, "6f1d0f6e-0000-0000-0000-000000000000") is None
    assert len(world.rail.calls) == 1


def test_only_one_of_two_claims(world: World) -> None:
    """Two workers with the same message: the slower one finds the fence moved and sends nothing."""
    job_id = world.accept()
    prepare = world.rail.prepare

    def overtaken(job: Job, now: object) -> bytes:
        world.rail.prepare = prepare  # type: ignore[method-assign]
        submit(world.parts, job_id)
        return prepare(job, DAWN)

    world.rail.prepare = overtaken  # type: ignore[method-assign]
    assert submit(world.parts, job_id) is None
    assert len(world.rail.calls) == 1


def test_a_claim_that_grew_old_is_not_used(world: World) -> None:
    """A worker that was stopped between claim and call sends nothing that could outlive its lease."""
    job_id = world.accept()
    stopped = replace(world.parts, lease=world.parts.call - timedelta(seconds=1))
    job = submit(stopped, job_id)
    assert job is not None
    assert (job.state, job.slug, job.at_risk) == (State.QUEUED, "lease-too-short", False)
    assert world.rail.calls == []


def test_a_fault_of_ours_in_mid_call_is_a_lost_answer(world: World) -> None:
    """Whatever breaks after the claim may have happened after the request left; its text is not kept."""
    job = sent(world, RuntimeError("password hunter2"))
    assert (job.state, job.slug) == (State.UNCERTAIN, "internal-fault")
    assert job.said == Said("cancela", text="RuntimeError")


def test_a_fault_of_ours_while_signing_parks(world: World) -> None:
    """It would meet the job again at every message; a person has to look, and nothing was sent."""
    world.rail.obstacle = RuntimeError("password hunter2")
    job = submit(world.parts, world.accept())
    assert job is not None
    assert (State.PARKED, "internal-fault", Said("cancela", text="RuntimeError")) == (job.state, job.slug, job.said)


def test_signed_bytes_that_are_gone_park(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """New bytes would be a second identity of the same request, so a person decides."""
    job = sent(world, NoAnswer(left=False, slug="refused"))
    world.clock.forward(minutes=1)
    with world.ledger.unit() as unit:
        unit_type = type(unit)

    def lost(*_: object) -> bytes:
        raise KeyError("gone")

    monkeypatch.setattr(unit_type, "load", lost)
    parked = submit(world.parts, job.id)
    assert parked is not None
    assert (State.PARKED, "internal-fault") == (parked.state, parked.slug)
