"""The promises, against everything that can happen in any order: never twice, never lost, final is final."""

import contextlib
import itertools
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.engine.world import World
from worker.domain import journal
from worker.domain.evidence import Grade
from worker.domain.job import Job
from worker.domain.outcome import Absent, Confirmed, NoAnswer, Outcome, Pending, Said, Unknown
from worker.domain.states import State
from worker.engine.consult import consult
from worker.engine.notices import take
from worker.engine.operator import CannotDo, retry, withdraw
from worker.engine.ports import Answer, Exchange
from worker.engine.recovery import recover
from worker.engine.settle import Phase, settle
from worker.engine.submit import submit
from worker.engine.sweep import sweep
from worker.ledger.backup import back_up
from worker.ledger.ledger import SqlLedger

SAID = Said("sf", "200")

#: What lets a job be claimed again: proof that nothing lies at the authority.
PROOFS = {"not-sent", "absence-proven", "postponed", "voided"}


def proves_absence(line: journal.Line) -> bool:
    """A parked job counts only where it is certain that the authority holds nothing."""
    return line.fact in PROOFS or (line.fact == "parked" and bool(line.data["absent"]))


class Killed(BaseException):
    """SIGKILL, as far as one thread can have it."""


class NaiveAuthority:
    """Counts every request that arrives as an effect: no second sending is forgiven. Truthful, but slow to know."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.effects: Counter[str] = Counter()
        self.since: dict[str, object] = {}
        self.ends: set[str] = set()
        self.fate = "answer"
        self.asked = "truth"
        self.zombies: list[Job] = []

    def submit(self, job: Job, signed: bytes) -> Answer:
        if self.fate == "nothing-left":
            return Answer(NoAnswer(left=False, slug="refused"))
        if self.fate != "lost-before":
            self.effects[job.document] += 1
            self.since.setdefault(job.document, self.world.clock.now())
        if self.fate == "killed":
            raise Killed
        if self.fate == "zombie":
            self.zombies.append(job)
            raise Killed
        if self.fate == "unknown":
            return self._said(Unknown(Said("sf", "999")))
        return self._said(Pending(SAID) if self.fate == "answer" else NoAnswer(left=True, slug="timeout"))

    def consult(self, job: Job) -> Answer:
        if self.asked == "silence":
            return Answer(NoAnswer(left=True, slug="timeout"))
        known = job.document in self.since and not (
            self.asked == "slow" and (self.world.clock.now() - self.since[job.document]).total_seconds() < 20  # type: ignore[operator]
        )
        if not known:
            return self._said(Absent(Said("sf", "702")))
        if job.document in self.ends:
            return self._said(Confirmed(Grade.SAT_STATUS, Said("sat-status", "S", "Cancelado")))
        return self._said(Pending(Said("sf", "211")))

    def _said(self, outcome: Outcome) -> Answer:
        now = self.world.clock.now()
        text = repr(outcome).encode()
        return Answer(outcome, (Exchange(kind="x", url="-", started_at=now, ended_at=now, sent=b"", received=text),))


class Promises(RuleBasedStateMachine):
    """Producers, workers, sweeps, mails and people, in any order."""

    jobs = Bundle("jobs")

    @initialize()
    def begin(self) -> None:
        self.dir = tempfile.TemporaryDirectory()
        self.place = Path(self.dir.name) / "ledger.db"
        ledger = SqlLedger(f"sqlite:///{self.place}")
        ledger.migrate()
        self.world = World(ledger)
        self.authority = NaiveAuthority(self.world)
        self.world.rail.submit = self.authority.submit  # type: ignore[method-assign]
        self.world.rail.consult = self.authority.consult  # type: ignore[method-assign]
        self.numbers = itertools.count()
        self.ids: list[str] = []
        self.ended: dict[str, Job] = {}
        self.backup: Path | None = None
        self.taken_back: set[str] = set()

    def teardown(self) -> None:
        self.world.ledger.close()
        self.dir.cleanup()

    @rule(target=jobs)
    def accept(self) -> str:
        job_id = self.world.accept(f"D-{next(self.numbers)}")
        self.ids.append(job_id)
        return job_id

    @rule(job_id=jobs)
    def ask_for_it_again(self, job_id: str) -> None:
        if job_id not in self.ids:
            return  # lost with the ledger that a backup replaced
        assert job_id == self.world.accept(self.world.job(job_id).document)

    @rule(
        job_id=jobs,
        fate=st.sampled_from(["answer", "lost", "lost-before", "nothing-left", "killed", "zombie", "unknown"]),
    )
    def a_worker_gets_a_submit(self, job_id: str, fate: str) -> None:
        self.authority.fate = fate
        with contextlib.suppress(Killed):
            submit(self.world.parts, job_id)

    @rule(job_id=jobs, asked=st.sampled_from(["truth", "silence", "slow"]))
    def a_worker_gets_a_consult(self, job_id: str, asked: str) -> None:
        self.authority.asked = asked
        consult(self.world.parts, job_id)

    @rule(
        fate=st.sampled_from(["answer", "lost", "lost-before", "nothing-left", "killed"]),
        asked=st.sampled_from(["truth", "silence", "slow"]),
        rounds=st.integers(1, 3),
        later=st.booleans(),
    )
    def workers_do_all_that_is_due(self, fate: str, asked: str, rounds: int, later: bool) -> None:
        for _ in range(rounds):
            if later:
                self.time_passes_to_the_next_due()
            for job_id in self.ids:
                self.a_worker_gets_a_submit(job_id, fate)
                self.a_worker_gets_a_consult(job_id, asked)

    def time_passes_to_the_next_due(self) -> None:
        now = self.world.clock.now()
        dues = [due for job_id in self.ids if (due := self.world.job(job_id).due_at) is not None and due > now]
        if dues:
            self.world.clock.forward(seconds=(min(dues) - now).total_seconds())

    @rule()
    def a_zombie_comes_back(self) -> None:
        if self.authority.zombies:
            settle(self.world.parts, self.authority.zombies.pop(), Answer(Pending(SAID)), Phase.SUBMIT)

    @rule(job_id=jobs, positive=st.booleans())
    def a_notice_comes(self, job_id: str, positive: bool) -> None:
        if job_id in self.ids:
            take(self.world.parts, self.world.notice(self.world.job(job_id).document, positive=positive))

    @rule(job_id=jobs)
    def the_authority_decides(self, job_id: str) -> None:
        if job_id not in self.ids:
            return
        document = self.world.job(job_id).document
        if self.authority.effects[document]:
            self.authority.ends.add(document)

    @rule(job_id=jobs)
    def a_person_retries(self, job_id: str) -> None:
        with contextlib.suppress(CannotDo):
            retry(self.world.parts, job_id, why="looked", actor="operator:ana")

    @rule(job_id=jobs)
    def a_person_takes_it_back(self, job_id: str) -> None:
        with contextlib.suppress(CannotDo):
            withdraw(self.world.parts, job_id, why="mistake", actor="operator:ana")
            self.taken_back.add(self.world.job(job_id).document)

    @rule()
    def a_backup_is_taken(self) -> None:
        self.backup = Path(self.dir.name) / f"backup-{next(self.numbers)}.db"
        back_up(f"sqlite:///{self.place}", self.backup, self.world.clock.now())
        self.ids_then, self.ended_then = list(self.ids), dict(self.ended)

    @precondition(lambda self: getattr(self, "backup", None) is not None)
    @rule()
    def the_backup_comes_back(self) -> None:
        self.world.ledger.close()
        assert self.backup is not None
        self.place, self.backup = self.backup, None
        self.world.ledger = SqlLedger(f"sqlite:///{self.place}")
        self.ids, self.ended = self.ids_then, self.ended_then
        self.authority.zombies.clear()  # nothing that ran before runs now
        recover(self.world.parts, actor="operator:ana")

    @rule(fate=st.sampled_from(["answer", "lost", "killed"]), silent=st.booleans())
    def a_disaster_strikes_after_a_backup(self, fate: str, silent: bool) -> None:
        self.a_backup_is_taken()
        self.workers_do_all_that_is_due(fate, "silence" if silent else "truth", 1, True)
        self.the_backup_comes_back()

    @rule(seconds=st.sampled_from([1, 4, 10, 31, 61, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.forward(seconds=seconds)

    @rule()
    def the_sweep_goes_round(self) -> None:
        sweep(self.world.parts, self.world.broker, window=100)

    @invariant()
    def nothing_is_done_twice(self) -> None:
        if hasattr(self, "authority"):
            assert all(count <= 1 for count in self.authority.effects.values())

    @invariant()
    def nobody_is_lost_and_journals_hold(self) -> None:
        for job_id in getattr(self, "ids", ()):
            job = self.world.job(job_id)
            with self.world.ledger.unit() as unit:
                lines = unit.journal(job_id)
            assert journal.replay(lines) == job
            assert job.due_at is not None or job.state.final or job.state in (State.PARKED, State.HELD)
            claims = [index for index, line in enumerate(lines) if line.fact == "claimed"]
            for one, next_one in itertools.pairwise(claims):
                assert any(map(proves_absence, lines[one:next_one]))
            if job_id in self.ended:
                before = self.ended[job_id]
                assert (before.state, before.grade, before.evidence) == (job.state, job.grade, job.evidence)
            if job.state.final:
                self.ended.setdefault(job_id, job)
            if job.document in self.taken_back:
                assert job.state is State.WITHDRAWN
                assert not self.authority.effects[job.document]
            if job.state is State.CANCELLED:
                assert job.grade is not None
                assert job.document in self.authority.ends


Promises.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestPromises = Promises.TestCase
