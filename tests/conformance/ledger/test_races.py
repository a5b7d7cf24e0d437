"""Several at once, in threads and in processes: nobody's work is lost, nothing happens twice."""

import subprocess
import sys
from datetime import timedelta
from functools import partial
from threading import Barrier, Event

from tests.conformance.ledger.samples import ACCOUNTS, added, at_once, begun, happened, later, notice, stored
from worker.domain import journal
from worker.engine.ports import AlreadyThere
from worker.ledger.ledger import SqlLedger

_THREADS = 4


def test_two_units_on_the_same_job_take_turns(ledger: SqlLedger) -> None:
    """The second one waits in ``get``, and sees what the first one committed."""
    job = added(ledger)
    held = Event()

    def first() -> str:
        with ledger.unit() as unit:
            unit.get(job.id)
            held.set()
            return happened(unit, job.id, "claimed").state.value

    def second() -> str:
        assert held.wait(30)
        with ledger.unit() as unit:
            found = unit.get(job.id)
        assert found is not None
        return f"{found[0].state.value} {found[1].seq}"

    assert at_once(first, second) == ["sending", "sending 2"]


def test_no_line_is_lost_between_threads(ledger: SqlLedger) -> None:
    """As many lines as were written, one unbroken chain."""
    job = added(ledger)

    def hear() -> None:
        for _ in range(10):
            with ledger.unit() as unit:
                happened(unit, job.id, "heard-late")

    at_once(*[hear] * _THREADS)
    with ledger.unit() as unit:
        lines = unit.journal(job.id)
    assert len(lines) == 1 + 10 * _THREADS
    assert stored(ledger, job.id) == journal.replay(lines)


def test_no_line_is_lost_between_processes(ledger: SqlLedger, ledger_url: str) -> None:
    """The same, where nothing but the database is shared."""
    job = added(ledger)
    program = f"""
from tests.conformance.ledger.samples import happened
from worker.ledger.ledger import SqlLedger
ledger = SqlLedger({ledger_url!r})
for _ in range(10):
    with ledger.unit() as unit:
        happened(unit, {job.id!r}, "heard-late")
"""
    workers = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    with ledger.unit() as unit:
        lines = unit.journal(job.id)
    assert len(lines) == 21
    assert stored(ledger, job.id) == journal.replay(lines)


def test_the_same_jobs_added_at_once_are_added_once(ledger: SqlLedger) -> None:
    """One of them is first; the others are told, in whatever order they bring the jobs."""
    start = Barrier(_THREADS)

    def add(turn: int) -> bool:
        pairs = [begun(f"D-{number}", actor=f"producer-{turn}") for number in range(20)]
        start.wait(30)
        try:
            with ledger.unit() as unit:
                unit.add(pairs[::-1] if turn % 2 else pairs, ACCOUNTS)
        except AlreadyThere:
            return False
        return True

    assert sorted(at_once(*[partial(add, turn) for turn in range(_THREADS)])) == [False] * 3 + [True]
    with ledger.reading() as reading:
        assert sum(reading.counts().values()) == 20


def test_a_letter_counts_once_for_two_listeners(ledger: SqlLedger) -> None:
    """Two listeners on one mailbox see the same letter at the same time: one of them acts."""
    start = Barrier(_THREADS)

    def see() -> bool:
        start.wait(30)
        with ledger.unit() as unit:
            return unit.remember(notice(), None)

    assert sorted(at_once(*[see] * _THREADS)) == [False] * 3 + [True]


def test_a_lease_goes_to_one_of_many(ledger: SqlLedger) -> None:
    """Newly, and again when it has run out."""
    for hours in (0, 2):
        start = Barrier(_THREADS)

        def take(owner: str, hours: float = hours, start: Barrier = start) -> bool:
            start.wait(30)
            with ledger.unit() as unit:
                return unit.take_lease("sweep", owner, later(hours), timedelta(hours=1))

        owners = [f"{hours}-{number}" for number in range(_THREADS)]
        works = [partial(take, owner) for owner in owners]
        assert sorted(at_once(*works)) == [False] * 3 + [True]


def test_the_same_bytes_archived_at_once_are_kept_once(ledger: SqlLedger) -> None:
    """Two workers that receive the same answer do not trip over each other."""
    start = Barrier(_THREADS)

    def keep() -> str:
        start.wait(30)
        with ledger.unit() as unit:
            return unit.archive(b"the same answer")

    assert len(set(at_once(*[keep] * _THREADS))) == 1


def test_a_reader_holds_nobody_up(ledger: SqlLedger) -> None:
    """A stream that is being read sees one moment; writers go on meanwhile."""
    job = added(ledger)
    with ledger.reading() as reading:
        before = reading.job(job.id)
        with ledger.unit() as unit:
            happened(unit, job.id, "claimed")
        assert before == reading.job(job.id)
    assert before != stored(ledger, job.id)
