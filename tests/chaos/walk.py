"""The whole story in one process: sweep, submit and consult by turns. Nobody waits: the clocks are moved instead."""

import hashlib
import json
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.requests import parse
from worker.assembly import House
from worker.desk import Desk
from worker.domain.job import Job
from worker.domain.notice import Letter, Notice
from worker.domain.states import State
from worker.engine.consult import consult
from worker.engine.notices import take
from worker.engine.ports import Letterbox, Parts
from worker.engine.submit import submit
from worker.engine.sweep import sweep
from worker.settings import Settings

#: Rounds after which something is wrong.
ROUNDS = 300


class SharedClock:
    """The sandbox's time, which a process may move; the next process goes on from there."""

    def __init__(self, control: str) -> None:
        self._control = control
        self._ahead = self._moved(0) - datetime.now(UTC)

    def now(self) -> datetime:
        """See ``ports.Clock``."""
        return datetime.now(UTC) + self._ahead

    def forward(self, by: timedelta) -> None:
        """Let so much time pass for everybody."""
        self._ahead = self._moved(by.total_seconds()) - datetime.now(UTC)

    def _moved(self, seconds: float) -> datetime:
        body = json.dumps({"advance": seconds}).encode()
        with urllib.request.urlopen(f"{self._control}/time", data=body, timeout=10) as answer:
            return datetime.fromisoformat(json.load(answer)["now"])


class ByHand:
    """``ports.Broker``: does itself what it is handed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def send(self, phase: str, job_ids: Sequence[str], account: str) -> None:
        """Do it now."""
        for job_id in job_ids:
            (submit if phase == "submit" else consult)(self._parts, job_id)

    def tell(self, letter: Letterbox) -> None:
        """Nobody listens; that it was told is enough."""


def walk(settings: Mapping[str, Any], control: str, requests: Sequence[Mapping[str, Any]], notices: bool) -> None:
    """Ask for these cancellations and stay with them until all have ended.

    With ``notices`` a mail about each document lies in the mailbox as soon as it is awaited.
    """
    house = House(Settings(_env_file=None, **settings))
    clock = SharedClock(control)
    house.clock = clock  # type: ignore[assignment]
    Desk(house).intake.accept([parse(request) for request in requests], actor="producer:chaos")
    by_hand = ByHand(house.parts)
    for _ in range(ROUNDS):
        jobs = _jobs(house)
        if notices:
            _deliver(house.parts, jobs)
        round_ = sweep(house.parts, by_hand, window=64)
        jobs = _jobs(house)
        if round_.busy:
            continue
        if round_.active and all(job.state.final for job in jobs):
            return
        # At least a second: another sweep's lease has to run out, or the mark of what a dead one had handed over.
        dues = [job.due_at for job in jobs if job.due_at is not None]
        clock.forward(max([timedelta(seconds=1), *([min(dues) - clock.now()] if round_.active and dues else [])]))
    raise AssertionError(f"no end in sight: {[(job.document, job.state, job.slug) for job in _jobs(house)]}")


def _jobs(house: House) -> Sequence[Job]:
    with house.ledger.reading() as reading:
        return reading.jobs(limit=1000).jobs


def _deliver(parts: Parts, jobs: Sequence[Job]) -> None:
    for job in jobs:
        if job.state in (State.UNCERTAIN, State.WAITING):
            digest = hashlib.sha256(job.document.encode()).hexdigest()
            letter = Letter(
                mailbox="avisos@cancela.example", folder="INBOX", uidvalidity=1, uid=int(digest[:6], 16),
                message_id=None, digest=digest, received_at=parts.clock.now(),
            )  # fmt: skip
            take(parts, Notice(letter=letter, rail=job.rail, document=job.document, positive=True))
