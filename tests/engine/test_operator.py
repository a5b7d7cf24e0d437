"""What a person may do to a job."""

import pytest

from tests.engine.test_submit import SAID, sent
from tests.engine.world import ACME, World
from worker.domain.outcome import Blocked, NoAnswer, Pending, Refusal, Refuser, Said, Scope, Unknown
from worker.domain.states import State
from worker.engine.operator import CannotDo, again, release, retry, withdraw

NOBODY = "6f1d0f6e-0000-0000-0000-000000000000"
BLOCKED = Blocked(Scope.ACCOUNT, "pac-login-refused", Said("sf", "601"))


def test_a_parked_job_that_never_arrived_is_queued_again(world: World) -> None:
    """After the password was mended, the job goes on where it was."""
    job = retry(world.parts, sent(world, BLOCKED).id, why="password mended", actor="operator:ana")
    assert (State.QUEUED, world.clock.now()) == (job.state, job.due_at)


def test_a_parked_job_that_may_have_arrived_is_asked_about(world: World) -> None:
    """A retry never sends blindly."""
    job = retry(world.parts, sent(world, Unknown(Said("sf", "999"))).id, why="looked it up", actor="operator:ana")
    assert State.UNCERTAIN is job.state


def test_a_waiting_job_can_be_asked_about_now(world: World) -> None:
    """Retrying what waits means: ask now."""
    job = retry(world.parts, sent(world, Pending(SAID)).id, why="customer calls", actor="operator:ana")
    assert (State.WAITING, world.clock.now()) == (job.state, job.due_at)


def test_an_ended_job_cannot_be_retried(world: World) -> None:
    """Final is final, and the refusal says where the job is."""
    job = sent(world, Refusal(Refuser.AUTHORITY, "no", SAID))
    with pytest.raises(CannotDo) as refused:
        retry(world.parts, job.id, why="hope", actor="operator:ana")
    assert (refused.value.slug, refused.value.state) == ("cannot-retry", State.REFUSED)


def test_a_queued_job_can_be_withdrawn(world: World) -> None:
    """Nothing has left: it can be taken back."""
    assert State.WITHDRAWN is withdraw(world.parts, world.accept(), why="mistake", actor="operator:ana").state


def test_what_may_have_arrived_cannot_be_withdrawn(world: World) -> None:
    """A sent request can't be taken back by forgetting it."""
    job = sent(world, NoAnswer(left=True, slug="timeout"))
    with pytest.raises(CannotDo, match="cannot-withdraw-sent"):
        withdraw(world.parts, job.id, why="mistake", actor="operator:ana")


def test_a_held_job_is_released(world: World) -> None:
    """An approval lets it go; a second one is told so."""
    job_id = world.accept(held="needs-approval")
    assert State.QUEUED is release(world.parts, job_id, actor="operator:ana").state
    with pytest.raises(CannotDo, match="cannot-release"):
        release(world.parts, job_id, actor="operator:ana")


def test_a_new_round_after_a_refusal(world: World) -> None:
    """After the receiver's no, a new request is legal and is a new job with the same content."""
    job = sent(world, Refusal(Refuser.RECEIVER, "receiver-refused", SAID))
    receipt = again(world.parts, job.id, ACME, why="receiver agreed", actor="operator:ana")
    fresh = world.job(receipt.job_id)
    assert (2, State.QUEUED, job.request) == (fresh.round, fresh.state, fresh.request)
    with pytest.raises(CannotDo, match="cannot-open-round"):
        again(world.parts, job.id, ACME, why="once more", actor="operator:ana")


def test_a_new_round_may_ask_for_something_else(world: World) -> None:
    """What was refused for its motive is asked for with another one."""
    job = sent(world, Refusal(Refuser.AUTHORITY, "sat-motive-refused", SAID))
    wanted = {**job.request, "motive": "03"}
    receipt = again(world.parts, job.id, ACME, why="wrong motive", actor="operator:ana", request=wanted)
    assert (2, wanted) == (world.job(receipt.job_id).round, world.job(receipt.job_id).request)


def test_no_new_round_while_one_is_open(world: World) -> None:
    """Two rounds at once would be two requests for one document."""
    with pytest.raises(CannotDo, match="cannot-open-round"):
        again(world.parts, world.accept(), ACME, why="impatient", actor="operator:ana")


def test_a_stranger_is_told_so(world: World) -> None:
    """An id of no job is an error for every command."""
    for command in (
        lambda: retry(world.parts, NOBODY, why="-", actor="operator:ana"),
        lambda: again(world.parts, NOBODY, ACME, why="-", actor="operator:ana"),
    ):
        with pytest.raises(CannotDo, match="job-unknown"):
            command()
