"""A job changes only by facts that its state allows."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from tests.domain.samples import MINUTE, NOON, SAID, accepted, fact, job_in
from worker.domain import facts
from worker.domain.facts import FACTS, Fact
from worker.domain.issuer import PRODUCTION, TEST, Issuer
from worker.domain.job import Identity, Impossible, Job, accept
from worker.domain.outcome import KNOWN_BEFORE, Said
from worker.domain.states import FINAL, TRANSITIONS, State


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("name", [name for name in FACTS if name != "accepted"])
def test_a_fact_moves_a_job_as_the_table_says(state: State, name: str) -> None:
    """Each pair of state and fact either leads where the table allows, or is impossible and changes nothing."""
    job = job_in(state)
    allowed = {to for before, known, to in TRANSITIONS if (before, known) == (state, name)}
    if job.at_risk and name in ("withdrawn", "expired"):
        allowed = set()  # what may lie at the authority cannot be taken back, though the table knows the pair
    if allowed:
        assert job.apply(fact(name)).state in allowed
    else:
        with pytest.raises(Impossible) as impossible:
            job.apply(fact(name))
        assert (job.id, state, name) == (
            impossible.value.job_id,
            impossible.value.state,
            impossible.value.fact.name,
        )


@pytest.mark.parametrize("state", list(State))
def test_a_job_is_accepted_once(state: State) -> None:
    """A second receipt for the same job has no arm."""
    with pytest.raises(Impossible, match="accepted"):
        job_in(state).apply(accepted())


def test_a_fact_without_an_arm_is_impossible() -> None:
    """Nothing falls into a default arm."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Dreamt(Fact):
        name: ClassVar[str] = "dreamt"

    with pytest.raises(Impossible, match="dreamt"):
        job_in(State.QUEUED).apply(Dreamt(at=NOON, actor="nobody"))


def test_a_job_begins_queued_or_held() -> None:
    """A queued job is due at once; a held one is not due by itself; it begins in no other state."""
    assert accept(accepted()).due_at == NOON
    assert accept(accepted(to=State.HELD)).due_at is None
    with pytest.raises(Impossible, match="accepted"):
        accept(accepted(to=State.WAITING))


def test_the_id_follows_from_the_identity() -> None:
    """Asking twice names the same job; every part of the identity makes another one."""
    first = Identity("acme", "mx", "test", "doc")
    assert first.job_id == Identity("acme", "mx", "test", "doc", 1).job_id
    others = (
        replace(first, tenant="x"),
        replace(first, rail="x"),
        replace(first, environment="x"),
        replace(first, document="x"),
        replace(first, round=2),
    )
    assert len({first.job_id, *(other.job_id for other in others)}) == 6
    job = accept(accepted())
    assert job.id == job.identity.job_id


def test_a_claim_puts_the_job_at_risk() -> None:
    """From the claim on something may lie at the authority, and the lease says until when."""
    job = job_in(State.SENDING)
    assert (True, 1, 1, NOON + MINUTE) == (job.at_risk, job.fence, job.signings, job.due_at)
    assert job.first_claimed_at == NOON + MINUTE


def test_a_second_claim_keeps_the_first_date() -> None:
    """When it was first sent is not forgotten; the same bytes are no new signature."""
    job = job_in(State.SENDING).apply(fact("not-sent"))
    later = fact("claimed", at=NOON + 5 * MINUTE, fence=2, signed_now=False)
    assert NOON + MINUTE == job.apply(later).first_claimed_at
    assert job.apply(later).signings == 1
    assert (False, 1) == (job.at_risk, job.unsent)


def test_polls_count_consults_only() -> None:
    """The answer to the submit is no poll; the first acknowledgement is kept."""
    job = job_in(State.WAITING)
    assert (0, None) == (job.polls, job.consulted_at)
    polled = job.apply(fact("acknowledged", at=NOON + 3 * MINUTE))
    assert (1, NOON + 3 * MINUTE) == (polled.polls, polled.consulted_at)
    assert job.acknowledged_at == polled.acknowledged_at


def test_denials_count_when_they_count() -> None:
    """A denial that came too soon moves neither the number nor the date of the last one."""
    once = job_in(State.UNCERTAIN).apply(fact("denied"))
    soon = once.apply(fact("denied", at=NOON + 9 * MINUTE, counted=False))
    assert (1, once.denied_at) == (soon.denials, soon.denied_at)
    proven = soon.apply(fact("absence-proven"))
    assert (State.QUEUED, False, 0, None) == (proven.state, proven.at_risk, proven.denials, proven.denied_at)


def test_silence_is_counted() -> None:
    """A consult without an answer counts; a crash counts."""
    assert job_in(State.UNCERTAIN).apply(fact("not-answered")).unanswered == 1
    assert job_in(State.SENDING).apply(fact("lease-expired")).crashes == 1


def test_voided_bytes_are_forgotten() -> None:
    """After a curable refusal the next claim signs anew; after a postponement the same bytes go again."""
    assert job_in(State.SENDING).apply(fact("voided")).request_hash is None
    assert job_in(State.SENDING).apply(fact("postponed")).request_hash == "a" * 64


@pytest.mark.parametrize(("absent", "after"), [(True, State.QUEUED), (False, State.UNCERTAIN)])
def test_retry_asks_when_something_may_lie_there(absent: bool, after: State) -> None:
    """A parked job is sent again only when it is certain that the authority holds nothing of it."""
    parked = job_in(State.SENDING).apply(fact("parked", absent=absent))
    assert parked.apply(fact("retried")).state is after


def test_retry_signs_anew_when_nothing_lies_there() -> None:
    """What a person mended (clock, certificate) is in the next bytes, and the budget of signatures is whole again."""
    retried = job_in(State.SENDING).apply(fact("parked", absent=True)).apply(fact("retried"))
    assert (None, 0) == (retried.request_hash, retried.signings)


def test_retry_keeps_the_bytes_that_may_lie_there() -> None:
    """As long as the first bytes may have arrived no others exist."""
    retried = job_in(State.PARKED).apply(fact("retried"))
    assert ("a" * 64, 1) == (retried.request_hash, retried.signings)


@pytest.mark.parametrize("state", [State.QUEUED, State.UNCERTAIN, State.WAITING])
def test_retry_of_a_moving_job_only_hurries_it(state: State) -> None:
    """The state stays; the job is due at once; its bytes stay."""
    job = job_in(state)
    hurried = job.apply(fact("retried"))
    assert (state, NOON + MINUTE) == (hurried.state, hurried.due_at)
    assert (job.request_hash, job.signings) == (hurried.request_hash, hurried.signings)


@pytest.mark.parametrize("name", ["withdrawn", "expired"])
def test_what_may_lie_there_cannot_be_taken_back(name: str) -> None:
    """A parked job is withdrawn or expires only when nothing of it may have arrived."""
    assert job_in(State.SENDING).apply(fact("parked", absent=True)).apply(fact(name)).state.final
    with pytest.raises(Impossible, match=name):
        job_in(State.PARKED).apply(fact(name))


def test_what_the_authority_knew_at_our_first_word_is_noted() -> None:
    """Nothing of ours can have been there; after an earlier attempt, question or round it may have been ours."""
    first = job_in(State.SENDING)
    assert (KNOWN_BEFORE, State.WAITING) == (first.apply(fact("adopted")).note, first.apply(fact("adopted")).state)
    for other in (replace(first, fence=2), replace(first, consulted_at=NOON), replace(first, round=2)):
        assert other.apply(fact("adopted")).note is None
    assert "seen" == first.apply(fact("adopted")).apply(fact("confirmed")).note


def test_an_ending_holds_its_evidence() -> None:
    """Grade, note and digests of a confirmation are on the row; nothing is due any more."""
    job = job_in(State.CANCELLED)
    assert ("sat-status", "seen", ("e" * 64,), None) == (job.grade, job.note, job.evidence, job.due_at)
    refused = job_in(State.REFUSED)
    assert ("receiver", "receiver-refused") == (refused.refused_by, refused.slug)


def test_words_stay_until_other_words_come() -> None:
    """A fact without words leaves the last ones; a claim clears them."""
    lost = job_in(State.SENDING).apply(fact("answer-lost", slug="timeout", said=SAID))
    assert ("timeout", SAID) == (lost.slug, lost.said)
    assert ("timeout", SAID) == (lost.apply(fact("noticed")).slug, lost.apply(fact("noticed")).said)
    claimed = lost.apply(fact("absence-proven", slug="absence-proven")).apply(fact("claimed", fence=2))
    assert (None, None) == (claimed.slug, claimed.said)


def test_a_late_answer_moves_nothing() -> None:
    """It makes an open job due and leaves its words and state alone; an ended job is not due."""
    late = fact("heard-late", slug="late", said=Said("sf", "200"), due_at=NOON + 9 * MINUTE)
    waiting, ended = job_in(State.WAITING), job_in(State.CANCELLED)
    assert (State.WAITING, NOON + 9 * MINUTE) == (waiting.apply(late).state, waiting.apply(late).due_at)
    assert (waiting.slug, waiting.said) == (waiting.apply(late).slug, waiting.apply(late).said)
    assert replace(ended, changed_at=late.at) == ended.apply(late)


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.UNCERTAIN, State.WAITING])
def test_after_a_restore_a_moving_job_is_asked_about(state: State) -> None:
    """It may have been sent after the backup was taken; denials from before it count no more."""
    job = replace(job_in(state), denials=1, denied_at=NOON).apply(fact("restored"))
    asked = State.WAITING if state is State.WAITING else State.UNCERTAIN
    assert (asked, True, NOON + MINUTE, 0, None) == (job.state, job.at_risk, job.due_at, job.denials, job.denied_at)
    assert (None if asked is State.WAITING else NOON + MINUTE) == job.uncertain_since


@pytest.mark.parametrize("job", [job_in(State.HELD), job_in(State.SENDING).apply(fact("parked", absent=True))])
def test_after_a_restore_a_person_lets_a_job_go_only_to_be_asked_about(job: Job) -> None:
    """Held or parked, it may have been let go and sent after the backup; it still waits for its person."""
    parked = job.apply(fact("restored"))
    assert (State.PARKED, True, None) == (parked.state, parked.at_risk, parked.due_at)
    assert State.UNCERTAIN is parked.apply(fact("retried")).state


@pytest.mark.parametrize("state", sorted(FINAL))
def test_an_ended_job_is_never_due(state: State) -> None:
    """The sweep has nothing to do with what has ended."""
    assert job_in(state).due_at is None


def test_production_is_told_apart() -> None:
    """Only the word production is legally binding."""
    assert _issuer(PRODUCTION).production
    assert not _issuer(TEST).production


def test_facts_are_named_in_the_refusal() -> None:
    """Whoever reads the log learns job, state and fact."""
    impossible = Impossible("job-1", None, facts.Released(at=NOON, actor="ana"))
    assert str(impossible) == "job job-1: 'released' cannot happen in state None"
    assert impossible.slug == "impossible-transition"


def _issuer(environment: str) -> Issuer:
    return Issuer(
        id="1", tenant="acme", rail="mx", environment=environment, tax_id="EKU9003173C9", account="a", zone="UTC"
    )
