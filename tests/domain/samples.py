"""Jobs and facts for the domain's tests, each complete and plain."""

from datetime import UTC, datetime, timedelta
from typing import Any

from worker.domain import facts, journal
from worker.domain.evidence import Grade
from worker.domain.facts import FACTS, Fact
from worker.domain.job import Job
from worker.domain.outcome import Refuser, Said
from worker.domain.states import State

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAID = Said("sf", "211", "En proceso")
MINUTE = timedelta(minutes=1)

_OWN: dict[str, dict[str, Any]] = {
    "claimed": {"fence": 1, "lease_until": NOON + MINUTE, "request_hash": "a" * 64, "signed_now": True},
    "confirmed": {"grade": Grade.SAT_STATUS, "evidence": ("e" * 64,), "note": "seen"},
    "refused": {"by": Refuser.RECEIVER, "slug": "receiver-refused"},
    "denied": {"counted": True},
    "parked": {"absent": False, "slug": "unknown-code"},
    "retried": {"why": "mended"},
    "withdrawn": {"why": "not ours"},
    "heard-late": {"heard": {"outcome": "Pending"}},
}
_DUE = {name for name, fact in FACTS.items() if "due_at" in fact.__dataclass_fields__}


def accepted(**changes: Any) -> facts.Accepted:
    """A request of tenant ``acme``."""
    values: dict[str, Any] = {
        "at": NOON,
        "actor": "cli:ana",
        "tenant": "acme",
        "rail": "mx.solucion_factible",
        "environment": "test",
        "issuer": "issuer-1",
        "document": "00000000-0000-4000-8000-000000000001",
        "round": 1,
        "request": {"motive": "02", "total": "100.00"},
    }
    return facts.Accepted(**(values | changes))


def fact(name: str, **changes: Any) -> Fact:
    """Any fact by its name, a minute after noon."""
    if name == "accepted":
        return accepted(**changes)
    values: dict[str, Any] = {"at": NOON + MINUTE, "actor": "worker-1"} | _OWN.get(name, {})
    if name in _DUE:
        values["due_at"] = NOON + 2 * MINUTE
    return FACTS[name](**(values | changes))


#: How a job comes into each state, the shortest way.
WAYS: dict[State, tuple[str, ...]] = {
    State.HELD: (),
    State.QUEUED: (),
    State.SENDING: ("claimed",),
    State.UNCERTAIN: ("claimed", "answer-lost"),
    State.WAITING: ("claimed", "acknowledged"),
    State.PARKED: ("claimed", "parked"),
    State.CANCELLED: ("claimed", "confirmed"),
    State.REFUSED: ("claimed", "refused"),
    State.EXPIRED: ("expired",),
    State.WITHDRAWN: ("withdrawn",),
}


def job_in(state: State, **changes: Any) -> Job:
    """A job that came into ``state`` by its shortest way."""
    begin = accepted(to=State.HELD if state is State.HELD else State.QUEUED, **changes)
    job, _ = journal.begin(begin)
    for name in WAYS[state]:
        job = job.apply(fact(name))
    assert job.state is state
    return job


def told(*names: str) -> tuple[Job, list[journal.Line]]:
    """A job with the journal of what happened to it."""
    job, line = journal.begin(accepted())
    lines = [line]
    for name in names:
        job, line = journal.advance(job, lines[-1], fact(name))
        lines.append(line)
    return job, lines
