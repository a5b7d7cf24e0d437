"""What every rail must hold to: one suite, the real engine on a real ledger, each rail's own stand-in authority."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from schemas.codes import TABLES
from schemas.messages import LANGUAGES, messages
from tests.conformance.stages import STAGES, Stage
from worker.domain.job import Job
from worker.domain.states import State
from worker.engine.consult import consult
from worker.engine.intake import Wanted, accept
from worker.engine.ports import Parts
from worker.engine.submit import submit
from worker.ledger.ledger import SqlLedger
from worker.rails import registry

STEPS = 40


@dataclass
class Play:
    """A rail on its stage, with engine and ledger."""

    stage: Stage
    parts: Parts
    ledger: SqlLedger

    def begin(self) -> Job:
        """An accepted job of a new document."""
        document, request = self.stage.document()
        wanted = Wanted(issuer=self.stage.company, document=document, request=request, actor="producer:test")
        return self.job(accept(self.parts, [wanted])[0].job_id)

    def job(self, job_id: str) -> Job:
        """As it is now."""
        with self.ledger.reading() as reading:
            return reading.job(job_id)

    def step(self, job: Job) -> Job:
        """Let time pass until the job is due, and do what it is due for."""
        assert job.due_at is not None
        self.stage.sandbox.advance(max((job.due_at - self.stage.sandbox.clock.now()).total_seconds(), 0.0))
        (submit if job.state is State.QUEUED else consult)(self.parts, job.id)
        return self.job(job.id)

    def end(self, job: Job) -> Job:
        """Step until it is final or a person is needed."""
        for _ in range(STEPS):
            if job.state.final or job.state is State.PARKED:
                return job
            job = self.step(job)
        raise AssertionError(f"{job.state} without end: {self.facts(job)}")

    def facts(self, job: Job) -> list[str]:
        """What happened to it."""
        with self.ledger.reading() as reading:
            return [line.fact for line in reading.history(job.id).lines]

    def archived(self, digest: str) -> bytes:
        """What was kept."""
        with self.ledger.reading() as reading:
            return reading.archive.load(digest)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """All authorities; lives pass when they are told to."""
    with Sandbox(speed=0) as running:
        yield running


@pytest.fixture(scope="module", params=registry.ids())
def stage(request: pytest.FixtureRequest, sandbox: Sandbox) -> Stage:
    """Every registered rail's; a rail without one is not done."""
    return STAGES[request.param](sandbox)


@pytest.fixture
def play(stage: Stage, tmp_path: Path) -> Iterator[Play]:
    """The whole play, on an empty ledger."""
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    rail = stage.built(ledger)
    yield Play(stage, Parts(ledger=ledger, rails={rail.id: rail}, clock=stage.sandbox.clock, me="worker-1"), ledger)
    rail.forget_credentials()
    ledger.close()


def test_a_good_request_ends_with_its_evidence(play: Play) -> None:
    """Cancelled once, with a grade, and with archived bytes that prove it; the request is archived as it left."""
    job = play.end(play.begin())
    assert State.CANCELLED is job.state
    assert job.grade is not None
    assert 1 == play.stage.effects(job.document)
    assert job.evidence
    assert all(hashlib.sha256(play.archived(digest)).hexdigest() == digest for digest in job.evidence)
    assert play.stage.proven(job.document, [play.archived(digest) for digest in job.evidence])
    assert job.document.encode() in play.archived(job.request_hash or "").upper()


def test_every_call_is_on_record(play: Play) -> None:
    """When, where to, what was sent and what came back: also of the call that failed."""
    job = play.begin()
    play.stage.wrong(job.document, play.stage.submit, "http", code=503)
    play.end(job)
    with play.ledger.reading() as reading:
        calls = reading.history(job.id).exchanges
    failed = calls[0]
    assert (503, "answer-http-status") == (failed.http_status, failed.fault)
    assert failed.url.startswith("http")
    assert failed.started_at <= failed.ended_at
    assert play.archived(failed.sent)
    assert play.archived(failed.received or "")
    assert len(calls) >= 2


@pytest.mark.parametrize("kind", ["reset", "truncate", "http", "soap-fault", "garbage", "empty", "mixed-up"])
def test_a_lost_answer_is_asked_about_before_anything_is_sent_again(play: Play, kind: str) -> None:
    """The authority acted, nobody heard of it: asking finds it, and nothing is done twice."""
    job = play.begin()
    play.stage.wrong(job.document, play.stage.submit, kind, code=503)
    job = play.end(job)
    assert State.CANCELLED is job.state
    assert (1, 1) == (job.fence, play.stage.effects(job.document))
    assert ["accepted", "claimed", "answer-lost"] == play.facts(job)[:3]


def test_what_never_arrived_is_sent_again_as_it_was(play: Play) -> None:
    """Denied twice, some time apart: the same bytes go again."""
    job = play.begin()
    play.stage.wrong(job.document, play.stage.submit, "reset", acts=False)
    first = play.step(job)
    assert State.UNCERTAIN is first.state
    job = play.end(first)
    assert State.CANCELLED is job.state
    assert (first.request_hash, 2, 1) == (job.request_hash, job.fence, play.stage.effects(job.document))
    expected = ["accepted", "claimed", "answer-lost", "denied", "absence-proven", "claimed"]
    assert expected == play.facts(job)[:6]


def test_a_lost_question_denies_nothing(play: Play) -> None:
    """Neither a broken line nor an answer about something else is an absence."""
    job = play.begin()
    play.stage.wrong(job.document, play.stage.submit, "reset")
    for kind in ("reset", "garbage", "mixed-up", "empty"):
        play.stage.wrong(job.document, play.stage.consult, kind)
    job = play.end(job)
    assert (State.CANCELLED, 1) == (job.state, job.fence)
    assert "denied" not in play.facts(job)


@pytest.mark.parametrize("phase", ["submit", "consult"])
def test_an_unknown_code_waits_for_a_person(play: Play, phase: str) -> None:
    """In no table: nothing is guessed, and nothing is believed to be absent."""
    job = play.begin()
    if phase == "consult":
        play.stage.wrong(job.document, play.stage.submit, "reset")
    play.stage.wrong(job.document, getattr(play.stage, phase), "code", code=777)
    job = play.end(job)
    assert (State.PARKED, "unknown-code", True) == (job.state, job.slug, job.at_risk)
    assert job.said is not None
    assert "777" == job.said.code


def test_a_duplicate_is_adopted(play: Play) -> None:
    """Somebody handed it in before us: never a failure, never a second effect."""
    job = play.begin()
    rail = play.parts.rails[job.rail]
    rail.submit(job, rail.prepare(job, play.parts.clock.now()))
    job = play.end(job)
    assert State.CANCELLED is job.state
    assert "adopted" in play.facts(job)
    assert 1 == play.stage.effects(job.document)


def test_a_refusal_that_new_bytes_cure_is_signed_anew(play: Play) -> None:
    """A refused date: nothing was registered, so other bytes may go; where a rail knows such a code."""
    cured = play.stage.cured
    if cured is None:
        assert not [
            one
            for one in TABLES[play.stage.rail].entries()
            if (one.level, one.reading) == (play.stage.level, "curable")
        ]
        return
    job = play.begin()
    play.stage.wrong(job.document, play.stage.submit, "code", code=cured, acts=False)
    refused = play.step(job)
    assert (State.QUEUED, None) == (refused.state, refused.request_hash)
    job = play.end(refused)
    assert (State.CANCELLED, 2, 2) == (job.state, job.signings, job.fence)
    assert 1 == play.stage.effects(job.document)


def test_a_curable_refusal_is_not_cured_for_ever(play: Play) -> None:
    """After a few signatures a person has to look."""
    if play.stage.cured is None:
        return
    job = play.begin()
    play.stage.wrong(job.document, play.stage.submit, "code", code=play.stage.cured, acts=False, times=None)
    job = play.end(job)
    assert (State.PARKED, False, 0) == (job.state, job.at_risk, play.stage.effects(job.document))
    assert job.signings <= play.parts.rails[job.rail].patience(job.environment).signings


def test_each_code_has_a_class_a_source_and_a_meaning(stage: Stage) -> None:
    """A rail's tables are complete, and what they advise is explained in every language."""
    entries = TABLES[stage.rail].entries()
    assert [] == [one for one in entries if not (one.reading and one.source and one.date)]
    assert [] == [one for one in entries if not all(one.meaning.get(lang) for lang in LANGUAGES)]
    slugs = {text for one in entries for text in (one.slug, one.warning) if text}
    assert {lang: set() for lang in LANGUAGES} == {lang: slugs - set(messages(lang)) for lang in LANGUAGES}


def test_patience_is_set_for_each_environment(play: Play) -> None:
    """Asking begins within seconds, becomes rarer, and stays within a day."""
    for environment in ("test", "production"):
        plan = play.parts.rails[play.stage.rail].patience(environment)
        assert plan.consult[0].total_seconds() <= 10
        assert plan.consult[-1] > plan.consult[0]
        assert plan.poll[-1].total_seconds() <= 86_400
