"""How long to wait before what: each answer in each state amounts to exactly one fact that the state allows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.domain.samples import MINUTE, NOON, SAID, fact, job_in
from worker.domain import facts, outcome, patience
from worker.domain.evidence import Grade
from worker.domain.job import Job
from worker.domain.outcome import Outcome, Refuser, Scope
from worker.domain.patience import Patience
from worker.domain.states import State

RULE = Patience()
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
NOW = NOON + 2 * MINUTE
ASKED = (State.SENDING, State.UNCERTAIN, State.WAITING)

EVERY_OUTCOME: tuple[Outcome, ...] = (
    outcome.Confirmed(Grade.PAC_STATUS, SAID),
    outcome.Pending(SAID),
    outcome.AlreadyKnown(SAID),
    outcome.Refusal(Refuser.AUTHORITY, "refused-slug", SAID),
    outcome.Curable("clock", SAID),
    outcome.NotTaken("busy", SAID),
    outcome.Absent(SAID),
    outcome.Blocked(Scope.CREDENTIAL, "csd-revoked", SAID),
    outcome.Unknown(SAID),
    outcome.NoAnswer(left=True, slug="timeout"),
    outcome.NoAnswer(left=False, slug="refused-connection"),
)


def _answered(job: Job, said: Outcome, **options: Any) -> facts.Fact:
    values: dict[str, Any] = {"at": NOW, "actor": "worker-1", "evidence": ("e" * 64,)}
    return patience.answered(job, said, options.pop("rule", RULE), **(values | options))


@pytest.mark.parametrize("state", ASKED)
@pytest.mark.parametrize("said", EVERY_OUTCOME, ids=lambda said: type(said).__name__)
def test_every_answer_has_its_fact(state: State, said: Outcome) -> None:
    """No answer is impossible while one is awaited; the fact keeps time, actor, words and evidence."""
    job = job_in(state)
    told = _answered(job, said)
    after = job.apply(told)
    assert (NOW, "worker-1", said.said, ("e" * 64,)) == (told.at, told.actor, told.said, told.evidence)
    assert after.state.final or after.state is State.PARKED or (after.due_at is not None and after.due_at >= NOW)


def test_what_is_no_outcome_is_a_fault_of_ours() -> None:
    """A rail that returns something else is found at once; nothing falls into a default arm."""
    with pytest.raises(AssertionError):
        _answered(job_in(State.SENDING), SAID)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "said", "after"),
    [
        (State.SENDING, outcome.NoAnswer(left=True, slug="timeout"), State.UNCERTAIN),
        (State.SENDING, outcome.NoAnswer(left=False, slug="no-route"), State.QUEUED),
        (State.SENDING, outcome.AlreadyKnown(SAID), State.WAITING),
        (State.UNCERTAIN, outcome.AlreadyKnown(SAID), State.WAITING),
        (State.SENDING, outcome.Unknown(SAID), State.PARKED),
        (State.SENDING, outcome.Absent(SAID), State.PARKED),
        (State.UNCERTAIN, outcome.Absent(SAID), State.UNCERTAIN),
        (State.WAITING, outcome.Absent(SAID), State.UNCERTAIN),
        (State.WAITING, outcome.NoAnswer(left=True, slug="timeout"), State.WAITING),
        (State.UNCERTAIN, outcome.NoAnswer(left=False, slug="no-route"), State.UNCERTAIN),
    ],
)
def test_where_an_answer_leads(state: State, said: Outcome, after: State) -> None:
    """A lost answer is asked about, never sent again; a known request is adopted; an unknown word parks."""
    job = job_in(state)
    assert job.apply(_answered(job, said)).state is after


def test_a_blockage_of_a_submit_leaves_nothing_there() -> None:
    """A submit that was blocked may be sent again after the mending; a blocked consult proves nothing."""
    blocked = outcome.Blocked(Scope.ACCOUNT, "password", SAID)
    for state, at_risk in ((State.SENDING, False), (State.UNCERTAIN, True), (State.WAITING, True)):
        job = job_in(state)
        assert job.apply(_answered(job, blocked)).at_risk is at_risk


def test_curing_has_a_budget() -> None:
    """Fresh signatures are made a few times; then a person has to look, and nothing lies at the authority."""
    curable, sending = outcome.Curable("clock", SAID), job_in(State.SENDING)
    assert isinstance(_answered(sending, curable), facts.Voided)
    spent = _answered(sending, curable, rule=Patience(signings=1))
    assert isinstance(spent, facts.Parked)
    assert spent.absent


def test_absence_needs_two_denials_far_apart() -> None:
    """The first denial and one that comes too soon prove nothing; the second one in time does."""
    job = job_in(State.UNCERTAIN)
    first = _answered(job, outcome.Absent(SAID))
    job = job.apply(first)
    assert (facts.Denied, True) == (type(first), getattr(first, "counted", None))
    assert job.due_at == NOW + RULE.absence_spacing

    soon = _answered(job, outcome.Absent(SAID), at=NOW + 29 * SECOND)
    assert (facts.Denied, False) == (type(soon), getattr(soon, "counted", None))
    job = job.apply(soon)
    assert job.due_at == NOW + RULE.absence_spacing

    proven = _answered(job, outcome.Absent(SAID), at=NOW + 30 * SECOND)
    assert isinstance(proven, facts.AbsenceProven)
    assert job.apply(proven).state is State.QUEUED


def test_an_answer_between_two_denials_starts_anew() -> None:
    """Denials count only in a row: an acknowledgement between them makes the next one the first."""
    job = job_in(State.UNCERTAIN)
    for said, minutes in ((outcome.Absent(SAID), 2), (outcome.Pending(SAID), 3), (outcome.Absent(SAID), 4)):
        job = job.apply(_answered(job, said, at=NOON + minutes * MINUTE))
    assert (State.UNCERTAIN, 1) == (job.state, job.denials)


def test_sending_again_has_a_budget() -> None:
    """After too many attempts proven absence parks the job instead of sending it once more."""
    job = job_in(State.UNCERTAIN).apply(fact("denied", at=NOON))
    parked = _answered(job, outcome.Absent(SAID), rule=Patience(claims=1))
    assert (facts.Parked, "too-many-attempts") == (type(parked), parked.slug)
    assert job.apply(parked).at_risk  # an authority that contradicts itself so often has proven nothing


def test_not_now_waits_as_told() -> None:
    """The authority's own waiting time counts, else the plan's; it grows with the attempts."""
    job = job_in(State.SENDING)
    told = _answered(job, outcome.NotTaken("busy", SAID, after=7 * MINUTE))
    assert job.apply(told).due_at == NOW + 7 * MINUTE
    planned = _answered(job, outcome.NotTaken("busy", SAID))
    assert job.apply(planned).due_at == NOW + RULE.resend[1]


def test_not_now_for_too_long_is_a_refusal() -> None:
    """A code that means "not yet" for some days means "no" afterwards; without a limit it never does."""
    job = job_in(State.SENDING)
    late = NOON + 3 * DAY + SECOND
    limited, unlimited = outcome.NotTaken("not-yet", SAID, within=3 * DAY), outcome.NotTaken("not-yet", SAID)
    refused = _answered(job, limited, at=late)
    assert (facts.Refused, "not-yet") == (type(refused), refused.slug)
    assert isinstance(_answered(job, limited, at=NOON + 3 * DAY), facts.Postponed)
    assert isinstance(_answered(job, unlimited, at=late), facts.Postponed)


def test_uncertainty_has_an_end() -> None:
    """Silence for days brings a person; waiting has no such end."""
    silence = outcome.NoAnswer(left=True, slug="timeout")
    late = NOON + RULE.uncertain + 2 * MINUTE
    parked = _answered(job_in(State.UNCERTAIN), silence, at=late)
    assert (facts.Parked, "uncertain-too-long") == (type(parked), parked.slug)
    assert isinstance(_answered(job_in(State.WAITING), silence, at=late + 60 * DAY), facts.NotAnswered)


def test_unanswered_consults_become_rarer() -> None:
    """Each consult without an answer waits at least as long as the one before, and the last step for ever."""
    job, waits = job_in(State.UNCERTAIN), []
    for _ in range(len(RULE.consult) + 2):
        told = _answered(job, outcome.NoAnswer(left=True, slug="timeout"))
        job = job.apply(told)
        assert job.due_at is not None
        waits.append(job.due_at - NOW)
    assert [*RULE.consult, RULE.consult[-1], RULE.consult[-1]] == waits


def test_polling_follows_the_age_of_the_request() -> None:
    """The marks of the plan count from the first acknowledgement, however often was asked in between."""
    rule = Patience(poll=(MINUTE, 2 * MINUTE, 5 * MINUTE))
    since = job_in(State.WAITING).acknowledged_at
    assert since is not None
    marks = {0: 1, 1: 3, 2: 3, 3: 8, 7: 8, 8: 13, 12: 13, 13: 18, 60: 63}
    for age, mark in marks.items():
        job = job_in(State.WAITING)
        assert since + mark * MINUTE == patience.next_poll(job, rule, since + age * MINUTE)


def test_the_first_poll_counts_from_the_answer() -> None:
    """A job that was never acknowledged is polled one step after its first answer."""
    assert patience.next_poll(job_in(State.SENDING), RULE, NOW) == NOW + RULE.poll[0]


def test_a_silent_worker_makes_its_job_uncertain() -> None:
    """A claim that ran out may have been sent; the third time over the same job a person has to look."""
    job = job_in(State.SENDING)
    (expired,) = patience.silent(job, RULE, at=NOW, actor="sweep")
    assert job.apply(expired).state is State.UNCERTAIN

    told = patience.silent(job, Patience(crashes=1), at=NOW, actor="sweep")
    for one in told:
        job = job.apply(one)
    assert (State.PARKED, "poison", True) == (job.state, job.slug, job.at_risk)


def test_a_notice_makes_the_job_due() -> None:
    """At once; but not sooner than the gap after the last question, so that a flood costs one question."""
    asked = job_in(State.UNCERTAIN).apply(fact("not-answered", at=NOW))
    assert patience.noticed(job_in(State.WAITING), RULE, at=NOW, actor="mail").due_at == NOW
    assert patience.noticed(asked, RULE, at=NOW, actor="mail").due_at == NOW + RULE.notice_gap
    assert patience.noticed(asked, RULE, at=NOW + MINUTE, actor="mail").due_at == NOW + MINUTE


def _closing(state: State, minutes: float, *, hard: bool = True) -> Job:
    """A job in this state whose window closes so many minutes from now."""
    return replace(job_in(state), closes_at=NOW + minutes * MINUTE, hard_window=hard)


def test_near_the_end_of_a_window_silence_brings_a_person() -> None:
    """After a few unanswered questions; sooner, with a soft window, or with time left, it is asked again."""
    silence = outcome.NoAnswer(left=True, slug="timeout")
    nagged = replace(_closing(State.UNCERTAIN, 60), unanswered=RULE.pressing - 1)
    parked = _answered(nagged, silence)
    assert (facts.Parked, "window-closing") == (type(parked), parked.slug)
    assert nagged.apply(parked).at_risk
    for other in (
        replace(nagged, unanswered=RULE.pressing - 2),
        replace(nagged, hard_window=False),
        replace(nagged, closes_at=NOW + 120 * MINUTE),
        replace(nagged, closes_at=NOW),
        replace(nagged, closes_at=None),
        replace(nagged, state=State.WAITING),
    ):
        assert isinstance(_answered(other, silence), facts.NotAnswered)


def test_the_next_question_must_not_leave_a_person_without_time() -> None:
    """What counts is how much time is left when it would be asked again."""
    silence = outcome.NoAnswer(left=True, slug="timeout")
    job = replace(_closing(State.UNCERTAIN, 115), unanswered=99)
    assert RULE.consult[-1] == 60 * MINUTE
    assert isinstance(_answered(job, silence), facts.Parked)


@pytest.mark.parametrize(
    "said", [outcome.NotTaken("busy", SAID, after=20 * MINUTE), outcome.NoAnswer(left=False, slug="no-route")]
)
def test_what_could_only_be_sent_too_late_brings_a_person(said: Outcome) -> None:
    """The next try would find the window closed: nothing lies there, and a person may still hurry it."""
    slow = replace(RULE, resend=(20 * MINUTE,))
    late = _closing(State.SENDING, 20)
    parked = _answered(late, said, rule=slow)
    assert (facts.Parked, "window-closing") == (type(parked), parked.slug)
    assert not late.apply(parked).at_risk
    for other in (_closing(State.SENDING, 21), _closing(State.SENDING, 20, hard=False), _closing(State.SENDING, 0)):
        assert other.apply(_answered(other, said, rule=slow)).state is State.QUEUED


def test_an_uncertain_job_that_nobody_asks_about_is_parked_in_time() -> None:
    """A stopped lane or dead workers ask nothing; the sweep parks it, but leaves a fresh question its time."""
    job = replace(_closing(State.UNCERTAIN, 60), due_at=NOW - 15 * MINUTE)
    parked = patience.neglected(job, RULE, at=NOW, actor="sweep")
    assert parked is not None
    assert (State.PARKED, "window-closing", True) == (job.apply(parked).state, parked.slug, job.apply(parked).at_risk)
    for other in (
        replace(job, due_at=NOW - 14 * MINUTE),
        replace(job, closes_at=NOW + 61 * MINUTE),
        replace(job, closes_at=NOW),
        replace(job, hard_window=False),
        replace(job, state=State.QUEUED),
        replace(job, due_at=None),
    ):
        assert patience.neglected(other, RULE, at=NOW, actor="sweep") is None


def test_a_margin_lies_before_the_end() -> None:
    """A negative one is refused when it is made."""
    with pytest.raises(ValueError, match="margin"):
        Patience(margin=-MINUTE)


@pytest.mark.parametrize("steps", [(), (2 * MINUTE, MINUTE)])
def test_a_plan_has_steps_that_never_narrow(steps: tuple[timedelta, ...]) -> None:
    """An empty plan, or one that asks more often with time, is refused when it is made."""
    with pytest.raises(ValueError, match="plan"):
        Patience(poll=steps)
    with pytest.raises(ValueError, match="plan"):
        Patience(consult=steps)
    with pytest.raises(ValueError, match="plan"):
        Patience(resend=steps)


def test_polling_takes_time() -> None:
    """A plan that polls without pause is refused: it would never find its next mark."""
    with pytest.raises(ValueError, match="polling"):
        Patience(poll=(timedelta(0),))
