"""Jobs in a ledger, and what happens to them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.domain.samples import NOON, accepted, fact
from worker.domain import journal
from worker.domain.job import Job
from worker.domain.journal import Line
from worker.domain.notice import Letter, Notice
from worker.engine.ports import Ledger, Unit

ACCOUNTS = {"issuer-1": "pac-1"}

_T = TypeVar("_T")


def begun(document: str = "D-1", **changes: Any) -> tuple[Job, Line]:
    """A new job and its first line."""
    return journal.begin(accepted(document=document, **changes))


def added(ledger: Ledger, document: str = "D-1", **changes: Any) -> Job:
    """A new job, in the ledger."""
    job, line = begun(document, **changes)
    with ledger.unit() as unit:
        unit.add([(job, line)], ACCOUNTS)
    return job


def happened(unit: Unit, job_id: str, name: str, **changes: Any) -> Job:
    """The job after one more fact, saved."""
    found = unit.get(job_id)
    assert found is not None
    job, head = found
    after, line = journal.advance(job, (head.seq, head.hash), fact(name, **changes))
    unit.save(after, line)
    return after


def lived(ledger: Ledger, job_id: str, *names: str, **changes: Any) -> Job:
    """The job after these facts, each in a unit of its own; ``changes`` belong to the last."""
    for name in names:
        with ledger.unit() as unit:
            job = happened(unit, job_id, name, **(changes if name == names[-1] else {}))
    return job


def stored(ledger: Ledger, job_id: str) -> Job:
    """The job as the ledger has it."""
    with ledger.unit() as unit:
        found = unit.get(job_id)
    assert found is not None
    return found[0]


def notice(document: str | None = "D-1", *, uid: int = 1, **changes: Any) -> Notice:
    """A notice in the mailbox."""
    place = {"mailbox": "ops@acme", "folder": "INBOX", "uidvalidity": 7, "uid": uid, "message_id": f"<{uid}@pac>"}
    letter = Letter(**(place | {"digest": "d" * 64, "received_at": NOON} | changes))  # type: ignore[arg-type]
    return Notice(letter=letter, rail="mx.solucion_factible", document=document, positive=True, headers={"X-A": "b"})


def at_once(*works: Callable[[], _T]) -> list[_T]:
    """What these come to when each runs in a thread of its own."""
    with ThreadPoolExecutor(len(works)) as threads:
        return [future.result(60) for future in [threads.submit(work) for work in works]]


def later(hours: float) -> datetime:
    """So many hours after noon."""
    return NOON + timedelta(hours=hours)
