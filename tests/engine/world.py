"""A world to tell the engine's story in: a real ledger on SQLite, a clock that is set, a rail that follows a script."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.domain.issuer import Issuer
from worker.domain.job import Job
from worker.domain.notice import Letter, Notice
from worker.domain.outcome import Outcome, Pending, Said
from worker.domain.patience import Patience
from worker.domain.window import Window
from worker.engine.intake import Receipt, Wanted, accept
from worker.engine.ports import Answer, BrokerDown, Exchange, Letterbox, Parts, Undeliverable
from worker.ledger.ledger import SqlLedger

DAWN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ACME = Issuer(
    id="acme",
    tenant="default",
    rail="mx",
    environment="test",
    tax_id="EKU9003173C9",
    account="pac",
    zone="America/Mexico_City",
)


class SetClock:
    """Time that stands still until it is told to pass."""

    def __init__(self) -> None:
        self._now = DAWN

    def now(self) -> datetime:
        return self._now

    def forward(self, **by: float) -> None:
        self._now += timedelta(**by)


class ScriptedRail:
    """Answers what it was told to, in order, and remembers what it was asked. Out of script it says Pending."""

    id = "mx"

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.rule = Patience()
        self.closes: Window = Window()
        self.calls: list[tuple[str, str, bytes]] = []
        self.script: deque[Outcome | Exception | Callable[[Job], Outcome]] = deque()
        self.obstacle: Exception | None = None
        self.signatures = 0

    def says(self, *outcomes: Outcome | Exception | Callable[[Job], Outcome]) -> None:
        self.script.extend(outcomes)

    def patience(self, environment: str) -> Patience:
        return self.rule

    def window(self, request: Mapping[str, Any], now: datetime) -> Window:
        return self.closes

    def forget_credentials(self) -> None:
        pass

    def prepare(self, job: Job, now: datetime) -> bytes:
        if self.obstacle:
            raise self.obstacle
        self.signatures += 1
        return f"<signed document={job.document} n={self.signatures}>".encode()

    def submit(self, job: Job, signed: bytes) -> Answer:
        return self._answer("submit", job, signed)

    def consult(self, job: Job) -> Answer:
        return self._answer("consult", job, b"")

    def _answer(self, kind: str, job: Job, sent: bytes) -> Answer:
        self.calls.append((kind, job.id, sent))
        said = self.script.popleft() if self.script else Pending(Said("sf", "211"))
        if isinstance(said, Exception):
            raise said
        outcome = said(job) if callable(said) else said
        exchange = Exchange(
            kind=kind,
            url="https://pac.example/",
            started_at=self.clock.now(),
            ended_at=self.clock.now(),
            sent=sent,
            received=repr(outcome).encode(),
            http_status=200,
        )
        return Answer(outcome, (exchange,))


class ListBroker:
    """Legs that write down what they carry; ``down`` breaks them after so many messages."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[str], str]] = []
        self.told: list[Letterbox] = []
        self.down: int | None = None
        self.refused: str | None = None

    def send(self, phase: str, job_ids: Sequence[str], account: str) -> None:
        self._carry()
        self.sent.append((phase, list(job_ids), account))

    def tell(self, letter: Letterbox) -> None:
        if letter.queue == self.refused:
            raise Undeliverable
        self._carry()
        self.told.append(letter)

    def _carry(self) -> None:
        if self.down == 0:
            raise BrokerDown
        if self.down:
            self.down -= 1


@dataclass
class World:
    """All of it together."""

    ledger: SqlLedger
    clock: SetClock = field(default_factory=SetClock)
    me: str = "worker-1"

    def __post_init__(self) -> None:
        self.rail = ScriptedRail(self.clock)
        self.broker = ListBroker()
        self.letters = 0

    @property
    def parts(self) -> Parts:
        return Parts(ledger=self.ledger, rails={"mx": self.rail}, clock=self.clock, me=self.me)

    def wanted(self, document: str = "D-1", issuer: Issuer = ACME, **more: Any) -> Wanted:
        request = more.pop("request", {"uuid": document, "motive": "02"})
        return Wanted(issuer=issuer, document=document, request=request, actor="producer:test", **more)

    def accept(self, document: str = "D-1", **more: Any) -> str:
        return self.receipt(document, **more).job_id

    def receipt(self, document: str = "D-1", **more: Any) -> Receipt:
        return accept(self.parts, [self.wanted(document, **more)])[0]

    def job(self, job_id: str) -> Job:
        with self.ledger.unit() as unit:
            found = unit.get(job_id)
        assert found is not None
        return found[0]

    def journal(self, job_id: str) -> list[str]:
        with self.ledger.unit() as unit:
            return [line.fact for line in unit.journal(job_id)]

    def notice(self, document: str | None = "D-1", **more: Any) -> Notice:
        self.letters += 1
        uid = more.pop("uid", self.letters)
        letter = Letter(
            mailbox="avisos@example.com",
            folder="INBOX",
            uidvalidity=more.pop("uidvalidity", 1),
            uid=uid,
            message_id=more.pop("message_id", f"<{uid}@pac.example>"),
            digest=more.pop("digest", f"{uid:064d}"),
            received_at=self.clock.now(),
        )
        return Notice(letter=letter, rail="mx", document=document, positive=more.pop("positive", True), **more)
