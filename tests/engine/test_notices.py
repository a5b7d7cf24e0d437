"""Notices: a hint makes a job due, once, and does nothing else."""

from tests.engine.test_consult import CANCELLED, LOST, asked
from tests.engine.test_submit import SAID, sent
from tests.engine.world import World
from worker.domain.job import Job
from worker.domain.outcome import Outcome, Pending
from worker.domain.states import State
from worker.engine.notices import take
from worker.engine.submit import submit


def test_a_notice_makes_a_waiting_job_due_at_once(world: World) -> None:
    """Nothing but the time to ask changes, whatever the notice claims."""
    job = sent(world, Pending(SAID))
    assert take(world.parts, world.notice())
    after = world.job(job.id)
    assert (State.WAITING, world.clock.now(), "notice-ok") == (after.state, after.due_at, after.slug)


def test_an_error_notice_does_not_fail_the_job(world: World) -> None:
    """Anybody can write ERROR into a mail."""
    job = sent(world, Pending(SAID))
    take(world.parts, world.notice(positive=False))
    assert (world.job(job.id).state, world.job(job.id).slug) == (State.WAITING, "notice-error")
    assert State.CANCELLED is asked(world, world.job(job.id), CANCELLED).state


def test_the_same_letter_twice_counts_once(world: World) -> None:
    """Redelivery and a rescan after a new UIDVALIDITY change nothing."""
    job = sent(world, Pending(SAID))
    assert take(world.parts, world.notice(uid=7))
    assert not take(world.parts, world.notice(uid=7))
    assert not take(world.parts, world.notice(uid=1, uidvalidity=2, message_id="<7@pac.example>", digest=f"{7:064d}"))
    assert world.journal(job.id) == ["accepted", "claimed", "acknowledged", "noticed"]


def test_a_flood_costs_one_question(world: World) -> None:
    """After a consult the next one waits for the notice gap, however many notices come."""
    job = asked(world, sent(world, Pending(SAID)), Pending(SAID))
    for _ in range(3):
        take(world.parts, world.notice())
    due = world.job(job.id).due_at
    assert world.clock.now() + world.rail.rule.notice_gap == due


def test_a_notice_without_a_job_is_kept(world: World) -> None:
    """Strangers and malformed mails are remembered and harmless."""
    assert take(world.parts, world.notice("NOBODY"))
    assert take(world.parts, world.notice(None, slug="notice-malformed"))


def test_a_notice_for_an_ended_job_is_harmless(world: World) -> None:
    """Final is final."""
    job = sent(world, CANCELLED)
    assert take(world.parts, world.notice(positive=False))
    assert State.CANCELLED is world.job(job.id).state


def test_a_notice_faster_than_the_answer_counts_afterwards(world: World) -> None:
    """A notice that comes while the request travels makes the job due as soon as it waits."""

    def notice_first(job: Job) -> Outcome:
        take(world.parts, world.notice(job.document))
        return Pending(SAID)

    world.rail.says(notice_first)
    job = submit(world.parts, world.accept())
    assert job is not None
    assert (State.WAITING, world.clock.now(), "notice-early") == (job.state, job.due_at, job.slug)


def test_a_notice_before_its_job_counts_when_the_answer_is_lost(world: World) -> None:
    """A kept notice is matched by an uncertain job, too."""
    take(world.parts, world.notice())
    job = sent(world, LOST)
    assert (State.UNCERTAIN, world.clock.now()) == (job.state, job.due_at)
