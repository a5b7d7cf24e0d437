"""A backup that is days behind is restored, recovered, and everything goes on: nothing goes twice."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.engine.world import DAWN, SetClock, World
from tests.services.postgres import PostgresServer, places
from tests.services.programs import need
from worker.domain.evidence import Grade
from worker.domain.job import Job
from worker.domain.outcome import Absent, Confirmed, NoAnswer, Outcome, Pending, Said
from worker.domain.states import State
from worker.engine.consult import consult
from worker.engine.ports import Answer, Exchange
from worker.engine.recovery import recover
from worker.engine.submit import submit
from worker.engine.sweep import sweep
from worker.engine.verification import verify
from worker.ledger.backup import back_up
from worker.ledger.books import StoredBooks
from worker.ledger.ledger import SqlLedger
from worker.signing.custody import MasterKeys

KEYS = MasterKeys([b"k" * 32])


class Authority:
    """Counts every request that arrives as an effect, and forgives no second one. It outlives the ledger."""

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.effects: Counter[str] = Counter()
        self.lost: set[str] = set()

    def submit(self, job: Job, signed: bytes) -> Answer:
        self.effects[job.document] += 1
        silent = job.document in self.lost
        return self._said(NoAnswer(left=True, slug="timeout") if silent else Pending(Said("sf", "200")), signed)

    def consult(self, job: Job) -> Answer:
        if not self.effects[job.document]:
            return self._said(Absent(Said("sf", "702")), b"")
        return self._said(Confirmed(Grade.SAT_STATUS, Said("sat-status", "S", "Cancelado")), b"")

    def _said(self, outcome: Outcome, sent: bytes) -> Answer:
        now = self.clock.now()
        told = repr(outcome).encode()
        return Answer(outcome, (Exchange(kind="x", url="-", started_at=now, ended_at=now, sent=sent, received=told),))


@pytest.fixture
def copied(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Backs a ledger up by its own means; the address of what is restored from it."""
    made: list[str] = []

    def copy(url: str) -> str:
        if kind == "sqlite":
            back_up(url, tmp_path / "backup.db", DAWN)
            return f"sqlite:///{tmp_path / 'backup.db'}"
        server: PostgresServer = request.getfixturevalue("postgres_server")
        made.append(server.create_database())
        _dumped_and_restored(url, made[0], tmp_path / "backup.dump")
        return made[0]

    yield copy
    for url in made:
        request.getfixturevalue("postgres_server").drop_database(url)


def _dumped_and_restored(source: str, target: str, file: Path) -> None:
    for program, url, words in (
        ("pg_dump", source, ["--format=custom", "--file", str(file)]),
        ("pg_restore", target, ["--exit-on-error", "--no-owner", str(file)]),
    ):
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        subprocess.run([need(program, places()), "--dbname", address, *words], check=True, capture_output=True)


def worked(world: World, *, rounds: int = 12) -> None:
    """Sweep and one worker, for some hours."""
    for _ in range(rounds):
        sweep(world.parts, world.broker, window=99)
        for phase, ids, _account in world.broker.sent:
            for job_id in ids:
                submit(world.parts, job_id) if phase == "submit" else consult(world.parts, job_id)
        world.broker.sent.clear()
        world.clock.forward(minutes=10)


def manned(ledger: SqlLedger, authority: Authority) -> World:
    """A world on this ledger, with this authority."""
    world = World(ledger, clock=authority.clock)
    world.rail.submit = authority.submit  # type: ignore[method-assign]
    world.rail.consult = authority.consult  # type: ignore[method-assign]
    return world


def test_nothing_goes_twice_after_a_restore(ledger: SqlLedger, ledger_url: str, copied: Callable[[str], str]) -> None:
    """What the backup takes for unsent was sent since, all of it: every job ends well and was sent exactly once."""
    authority = Authority(SetClock())
    world = manned(ledger, authority)
    ids = [world.accept(f"D-{number}") for number in range(6)]
    authority.lost = {"D-4", "D-5"}
    for job_id in ids[4:]:
        submit(world.parts, job_id)
    held = world.accept("held", held="needs-approval")

    ledger.close()
    address = copied(ledger_url)
    never_sent = ids[3]
    with ledger.unit() as unit:  # nobody gets round to this one before the disaster
        unit.dispatched([never_sent], DAWN.replace(year=2030))
    worked(world)
    assert {State.CANCELLED} == {world.job(job_id).state for job_id in ids if job_id != never_sent}
    assert 1 == max(authority.effects.values())
    assert 0 == authority.effects["D-3"]

    restored = SqlLedger(address)
    after = manned(restored, authority)
    worked_before = dict(authority.effects)
    recover(after.parts, actor="cli:ana")
    worked(after)
    assert {State.CANCELLED} == {after.job(job_id).state for job_id in ids}
    assert State.PARKED is after.job(held).state
    assert worked_before | {"D-3": 1} == authority.effects
    assert [] == list(verify(StoredBooks(restored), KEYS))
    restored.close()
