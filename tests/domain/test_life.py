"""Any life that facts can make of a job keeps the promises, whatever the order of answers and accidents."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.domain.samples import NOON, accepted, fact
from tests.domain.test_patience import EVERY_OUTCOME
from worker.domain import journal, patience
from worker.domain.facts import FACTS, Fact
from worker.domain.job import Impossible, Job
from worker.domain.journal import Line
from worker.domain.outcome import Outcome
from worker.domain.patience import Patience
from worker.domain.states import TRANSITIONS, State

#: What proves that nothing of a claim lies at the authority.
_PROOFS = {"not-sent", "absence-proven", "postponed", "voided"}


class Life(RuleBasedStateMachine):
    """One job among answers, crashes, notices, people, and facts that make no sense."""

    job: Job
    lines: list[Line]

    @initialize(held=st.booleans())
    def begin(self, held: bool) -> None:
        self.now, self.rule = NOON, Patience()
        self.job, line = journal.begin(accepted(to=State.HELD if held else State.QUEUED))
        self.lines = [line]

    @rule(seconds=st.integers(0, 400_000))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.job.state is State.QUEUED)
    @rule()
    def a_worker_claims(self) -> None:
        bytes_there = self.job.request_hash
        self._tell(
            fact(
                "claimed",
                at=self.now,
                fence=self.job.fence + 1,
                lease_until=self.now + timedelta(seconds=60),
                request_hash=bytes_there or f"{self.job.fence:064d}",
                signed_now=bytes_there is None,
            )
        )

    @precondition(lambda self: self.job.state in (State.SENDING, State.UNCERTAIN, State.WAITING))
    @rule(said=st.sampled_from(EVERY_OUTCOME))
    def the_authority_answers(self, said: Outcome) -> None:
        self._tell(patience.answered(self.job, said, self.rule, at=self.now, actor="worker", evidence=("e" * 64,)))

    @precondition(lambda self: self.job.state is State.SENDING)
    @rule()
    def the_worker_falls_silent(self) -> None:
        for told in patience.silent(self.job, self.rule, at=self.now, actor="sweep"):
            self._tell(told)

    @rule()
    def the_sweep_looks_at_closing_windows(self) -> None:
        told = patience.neglected(self.job, self.rule, at=self.now, actor="sweep")
        if told is not None:
            self._tell(told)

    @precondition(lambda self: self.job.state in (State.UNCERTAIN, State.WAITING))
    @rule()
    def a_notice_comes(self) -> None:
        self._tell(patience.noticed(self.job, self.rule, at=self.now, actor="mail"))

    @rule(name=st.sampled_from(["retried", "withdrawn", "released", "expired", "heard-late", "restored"]))
    def somebody_tries(self, name: str) -> None:
        self._may_be_impossible(fact(name, at=self.now))

    @rule(name=st.sampled_from(sorted(set(FACTS) - {"claimed"})))
    def nonsense_is_refused(self, name: str) -> None:
        if not any((self.job.state, name) == (before, known) for before, known, _ in TRANSITIONS):
            self._may_be_impossible(fact(name, at=self.now))

    @invariant()
    def the_journal_is_the_row(self) -> None:
        assert self.job == journal.replay(self.lines)

    @invariant()
    def between_two_claims_lies_a_proof(self) -> None:
        proven = True
        for line in self.lines:
            if line.fact == "claimed":
                assert proven
                proven = False
            if line.fact == "restored":
                proven = False
            proven = proven or line.fact in _PROOFS or bool(line.fact == "parked" and line.data["absent"])

    @invariant()
    def only_what_lies_nowhere_is_queued(self) -> None:
        assert not (self.job.at_risk and self.job.state in (State.HELD, State.QUEUED, State.WITHDRAWN, State.EXPIRED))

    @invariant()
    def every_moving_job_is_due_some_day(self) -> None:
        asleep = self.job.state.final or self.job.state in (State.HELD, State.PARKED)
        assert asleep is (self.job.due_at is None)

    @invariant()
    def an_end_is_the_end(self) -> None:
        states = [line.state_to for line in self.lines]
        ends = [index for index, state in enumerate(states) if state.final]
        assert not ends or set(states[ends[0] :]) == {states[ends[0]]}

    @invariant()
    def cancelled_has_evidence(self) -> None:
        assert self.job.state is not State.CANCELLED or (self.job.grade and self.job.evidence)

    def _tell(self, told: Fact) -> None:
        self.job, line = journal.advance(self.job, self.lines[-1], told)
        self.lines.append(line)

    def _may_be_impossible(self, told: Fact) -> None:
        try:
            self._tell(told)
        except Impossible:
            assert self.job == journal.replay(self.lines)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)
