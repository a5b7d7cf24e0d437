"""Consult and settle: what becomes of a job that may lie at the authority."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.engine.test_submit import SAID, sent
from tests.engine.world import DAWN, World
from worker.domain.evidence import Grade
from worker.domain.job import Job
from worker.domain.lane import Lane
from worker.domain.outcome import (
    Absent,
    Blocked,
    Confirmed,
    NoAnswer,
    NotTaken,
    Outcome,
    Pending,
    Refusal,
    Refuser,
    Said,
    Scope,
)
from worker.domain.states import State
from worker.engine.consult import consult
from worker.engine.operator import CannotDo, withdraw
from worker.engine.ports import Answer, Exchange
from worker.engine.settle import Phase, settle
from worker.engine.submit import submit

LOST = NoAnswer(left=True, slug="timeout")
CANCELLED = Confirmed(Grade.SAT_STATUS, Said("sat-status", "S", "Cancelado"))


def asked(world: World, job: Job, *outcomes: Outcome | Exception) -> Job:
    """The job after one consult at its due time for each of these answers."""
    for outcome in outcomes:
        due = world.job(job.id).due_at
        assert due is not None
        world.clock.forward(seconds=max(0.0, (due - world.clock.now()).total_seconds()))
        world.rail.says(outcome)
        after = consult(world.parts, job.id)
        assert after is not None
        job = after
    return job


def test_a_waiting_job_ends_with_evidence(world: World) -> None:
    """SAT's word ends it, and the grade says whose word it was."""
    job = asked(world, sent(world, Pending(SAID)), CANCELLED)
    assert (job.state, job.grade) == (State.CANCELLED, Grade.SAT_STATUS)
    with world.ledger.unit() as unit:
        assert b"Cancelado" in unit.load(job.evidence[0])


def test_an_uncertain_job_that_arrived_is_adopted(world: World) -> None:
    """A lost answer whose request the authority knows is waited on, not sent again."""
    job = asked(world, sent(world, LOST), Pending(SAID))
    assert State.WAITING is job.state
    assert [call[0] for call in world.rail.calls] == ["submit", "consult"]


def test_absence_is_believed_twice_and_the_same_bytes_go_again(world: World) -> None:
    """One denial asks again; the second, spaced one lets the same bytes go."""
    job = asked(world, sent(world, LOST), Absent(SAID))
    assert (job.state, job.denials) == (State.UNCERTAIN, 1)
    job = asked(world, job, Absent(SAID))
    assert (job.state, job.at_risk) == (State.QUEUED, False)
    world.rail.says(Pending(SAID))
    submit(world.parts, job.id)
    assert world.rail.calls[0][2] == world.rail.calls[-1][2]
    assert world.rail.signatures == 1


def test_a_job_that_was_acknowledged_and_then_denied_becomes_uncertain(world: World) -> None:
    """An authority that forgets what it acknowledged is not believed at once."""
    job = asked(world, sent(world, Pending(SAID)), Absent(SAID))
    assert State.UNCERTAIN is job.state


def test_a_receivers_refusal_is_final(world: World) -> None:
    """The receiver may say no."""
    job = asked(world, sent(world, Pending(SAID)), Refusal(Refuser.RECEIVER, "receiver-refused", SAID))
    assert (job.state, job.refused_by) == (State.REFUSED, Refuser.RECEIVER)


def test_silence_is_asked_again_ever_more_rarely(world: World) -> None:
    """A consult without an answer changes only the next time to ask."""
    job = sent(world, LOST)
    gaps = []
    for _ in range(4):
        job = asked(world, job, LOST)
        assert job.due_at is not None
        gaps.append(job.due_at - world.clock.now())
    assert sorted(gaps) == gaps
    assert (job.state, job.unanswered) == (State.UNCERTAIN, 4)
    assert gaps[-1] > timedelta(minutes=1)


def test_a_consult_before_its_time_or_for_nobody_does_nothing(world: World) -> None:
    """Early, stray and late messages ask nobody."""
    job = sent(world, LOST)
    assert consult(world.parts, job.id) is None
    assert consult(world.parts, "6f1d0f6e-0000-0000-0000-000000000000") is None
    queued = world.accept("D-2")
    assert consult(world.parts, queued) is None
    assert [call[0] for call in world.rail.calls] == ["submit"]


def test_a_fault_of_ours_while_asking_is_no_answer(world: World) -> None:
    """It is asked again later; the text of the fault, which may hold secrets, is not kept."""
    job = asked(world, sent(world, LOST), RuntimeError("hunter2"))
    assert (job.state, job.slug) == (State.UNCERTAIN, "internal-fault")


def test_a_late_answer_to_a_submit_is_written_down_and_moves_nothing(world: World) -> None:
    """A worker that lost its claim adds evidence; the open job is asked about at once."""
    zombie: list[Job] = []

    def overtaken(job: Job) -> Outcome:
        zombie.append(job)
        return LOST

    world.rail.says(overtaken)
    job_id = world.accept()
    submit(world.parts, job_id)
    after = settle(world.parts, zombie[0], Answer(Pending(SAID)), Phase.SUBMIT)
    assert (State.UNCERTAIN, world.clock.now()) == (after.state, after.due_at)
    assert world.journal(job_id)[-1] == "heard-late"


def test_a_late_answer_after_the_end_changes_nothing(world: World) -> None:
    """Final is final, also for a zombie's refusal."""
    claimed: list[Job] = []

    def remember(job: Job) -> Outcome:
        claimed.append(job)
        return CANCELLED

    world.rail.says(remember)
    job_id = world.accept()
    submit(world.parts, job_id)
    settle(world.parts, claimed[0], Answer(Refusal(Refuser.AUTHORITY, "no", SAID)), Phase.SUBMIT)
    job = world.job(job_id)
    assert (job.state, job.grade) == (State.CANCELLED, Grade.SAT_STATUS)


def test_a_late_answer_to_a_consult_is_old_news(world: World) -> None:
    """Two consults at once: the second to come back finds the job moved and says nothing."""
    waiting = sent(world, Pending(SAID))
    asked(world, waiting, CANCELLED)
    before = world.journal(waiting.id)
    after = settle(world.parts, waiting, Answer(Absent(SAID)), Phase.CONSULT)
    assert State.CANCELLED is after.state
    assert before == world.journal(waiting.id)


def test_an_answer_for_nobody_is_our_fault(world: World) -> None:
    """Settling a job that the ledger does not know cannot pass silently."""
    stranger = replace(sent(world, Pending(SAID)), id="6f1d0f6e-0000-0000-0000-000000000000")
    with pytest.raises(KeyError):
        settle(world.parts, stranger, Answer(Pending(SAID)), Phase.CONSULT)


def test_the_ending_is_told_to_the_caller(world: World) -> None:
    """The service that asked hears the ending with its own key."""
    world.rail.says(CANCELLED)
    submit(world.parts, world.accept(reply={"task": "erp.told", "queue": "erp", "key": "K-1"}))
    with world.ledger.unit() as unit:
        ended = unit.posted(world.clock.now(), 10)[-1]
    assert (
        ended.task,
        ended.queue,
        ended.payload["event"],
        ended.payload["state"],
        ended.payload["grade"],
        ended.payload["key"],
    ) == ("erp.told", "erp", "ended", "cancelled", "sat-status", "K-1")


def test_not_now_of_a_request_that_the_authority_has_is_one_more_wait(world: World) -> None:
    """Whoever holds the request may still push it through: it is neither sent again nor taken back."""
    later = NotTaken("sat-document-unknown", Said("sat-uuid", "205"), within=timedelta(hours=72))
    job = asked(world, sent(world, Pending(SAID)), later)
    assert (State.WAITING, True, "sat-document-unknown") == (job.state, job.at_risk, job.slug)
    with pytest.raises(CannotDo):
        withdraw(world.parts, job.id, why="-", actor="operator:ana")
    world.clock.forward(hours=73)
    assert State.REFUSED is asked(world, world.job(job.id), later).state


def test_a_refused_login_does_not_hide_behind_good_news(world: World) -> None:
    """The PAC refused the login while SAT says cancelled: the job ends, and the account stops."""
    job = sent(world, Pending(SAID))
    refused = Blocked(Scope.ACCOUNT, "pac-login-refused", Said("sf-status", "601"))
    evidence = Exchange(kind="x", url="-", started_at=DAWN, ended_at=DAWN, sent=b"", received=b"Cancelado")
    after = settle(world.parts, job, Answer(CANCELLED, (evidence,), refused), Phase.CONSULT)
    assert State.CANCELLED is after.state
    with world.ledger.unit() as unit:
        assert ["pac-login-refused"] == [hold.slug for hold in unit.holds(Lane("mx", "test", "pac"), DAWN)]
