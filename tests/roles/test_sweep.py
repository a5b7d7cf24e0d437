"""The sweep role: goes round, survives faults, says that it lives, and leaves its lease."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from tests.story.conftest import found_town, sandbox, town
from tests.story.town import Town
from worker import sweep as role
from worker.engine.ports import BrokerDown
from worker.engine.sweep import sweep
from worker.ledger import tables
from worker.sweep import Roller

__all__ = ["found_town", "sandbox", "town"]


class Legs:
    """A broker that counts, and stops the role after so many pulses or messages."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop, self.sent, self.pulses = stop, list[list[str]](), 0
        self.down = False

    def send(self, phase: str, job_ids: Any, account: str) -> None:
        if self.down:
            self.stop.set()
            raise BrokerDown
        self.sent.append(list(job_ids))
        self.stop.set()

    def tell(self, letter: Any) -> None:
        raise AssertionError("nobody wants to be told")

    def pulse(self) -> None:
        self.pulses += 1
        raise BrokerDown


def rolled(town: Town, *, down: bool = False) -> Legs:
    """The legs after the role ran until its first message."""
    stop = threading.Event()
    legs = Legs(stop)
    legs.down = down
    Roller(town.house, legs).run(stop)  # type: ignore[arg-type]
    return legs


def test_the_role_hands_over_what_is_due_and_says_that_it_lives(town: Town) -> None:
    """A sign of life in the ledger, and one asked of a worker through the broker, even when that is away."""
    (job_id,) = town.ask(town.announce("accepted"))
    legs = rolled(town)
    assert [[job_id]] == legs.sent
    assert legs.pulses == 1
    with town.house.ledger.reading() as reading:
        assert ["sweep"] == [pulse.name for pulse in reading.pulses.pulses()]


def test_a_role_that_ends_leaves_its_lease(town: Town) -> None:
    """The next one need not wait."""
    town.ask(town.announce("accepted"))
    rolled(town)
    with town.house.ledger.unit() as unit:
        assert unit.take_lease("sweep", "another", town.house.clock.now(), timedelta(seconds=5))


def test_a_broker_that_is_away_is_survived(town: Town) -> None:
    """The job is due again at once."""
    (job_id,) = town.ask(town.announce("accepted"))
    assert [] == rolled(town, down=True).sent
    assert [[job_id]] == rolled(town).sent


def test_a_fault_is_survived_after_a_pause(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that is away for a moment does not end the role."""
    (job_id,) = town.ask(town.announce("accepted"))
    monkeypatch.setattr(role, "_BACK_OFF", (0.0,))
    faults = iter([RuntimeError("away"), RuntimeError("away")])
    honest = sweep

    def shaky(*args: Any, **kwargs: Any) -> Any:
        for fault in faults:
            raise fault
        return honest(*args, **kwargs)

    monkeypatch.setattr(role, "sweep", shaky)
    assert [[job_id]] == rolled(town).sent


def test_the_role_seals_what_has_moved_now_and_then(town: Town) -> None:
    """At its first round, and again when it is time; a backlog is sealed round by round."""
    town.ask(town.announce("accepted"))
    rolled(town)
    with town.house.ledger.reading() as reading:
        made = reading.checkpoints.last_checkpoint()
    assert made is not None
    assert (1, 1) == (made.number, made.jobs)


def test_windows_that_close_are_told_in_the_log(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every so often, as long as an open job has one that is about to close."""
    told: list[tuple[str, Any]] = []
    monkeypatch.setattr(role.log, "warning", lambda event, **facts: told.append((event, facts)), raising=False)
    (job_id,) = town.ask(town.announce("accepted"))
    closes = town.house.clock.now() + timedelta(minutes=30)
    with town.house.ledger.unit() as unit:
        unit._connection.execute(
            tables.jobs.update().where(tables.jobs.c.id == job_id).values(closes_at=closes, hard_window=True)
        )
    rolled(town)
    assert ("windows.closing", {"jobs": 1}) in told
