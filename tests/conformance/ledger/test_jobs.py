"""Jobs: added once, found again as they were, moved only in turn."""

import contextlib
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from tests.conformance.ledger.samples import ACCOUNTS, added, begun, happened, later, lived, stored
from tests.domain.samples import WAYS, accepted, fact
from worker.domain import journal
from worker.domain.job import Identity
from worker.domain.outcome import Said
from worker.domain.states import State
from worker.engine.ports import AlreadyThere, Head
from worker.ledger.faults import OutOfTurn
from worker.ledger.ledger import SqlLedger


def test_a_job_comes_back_as_it_was(ledger: SqlLedger) -> None:
    """Every field, with microseconds and letters, survives the way through the database."""
    job = added(
        ledger,
        at=later(0.123456),
        closes_at=later(30.5),
        hard_window=True,
        request={"ñ": "Ñ&<>", "total": "1.10", "b": [1, 2.5, None, True], "a": {"z": 1, "y": "\x00"}},
        reply={"task": "t", "queue": "q"},
    )
    assert job == stored(ledger, job.id)


def test_a_job_comes_back_with_the_head_of_its_journal(ledger: SqlLedger) -> None:
    """The head is what the next line has to seal."""
    job, line = begun()
    with ledger.unit() as unit:
        unit.add([(job, line)], ACCOUNTS)
        assert unit.get(job.id) == (job, Head(1, line.hash))


def test_a_job_that_is_not_there_is_none(ledger: SqlLedger) -> None:
    """Asking for an unknown id is no fault."""
    with ledger.unit() as unit:
        assert unit.get("nobody") is None


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_stored(ledger: SqlLedger, state: State) -> None:
    """The rules of the table allow every state in which the domain can leave a job."""
    job = added(ledger, to=State.HELD if state is State.HELD else State.QUEUED)
    if WAYS[state]:
        job = lived(ledger, job.id, *WAYS[state])
    assert (state, job) == (job.state, stored(ledger, job.id))


def test_known_tells_those_that_exist(ledger: SqlLedger) -> None:
    """Of many identities, more than fit into one question, those that exist are told with their jobs."""
    pairs = [begun(f"D-{number}") for number in range(1200)]
    with ledger.unit() as unit:
        unit.add(pairs[::2], ACCOUNTS)
    with ledger.unit() as unit:
        known = unit.known([job.identity for job, _ in pairs])
    assert known == {job.identity: job for job, _ in pairs[::2]}


def test_the_same_job_is_added_once(ledger: SqlLedger) -> None:
    """A second job of the same identity is refused and takes its companions with it; the unit can go on."""
    first = added(ledger)
    with ledger.unit() as unit:
        with pytest.raises(AlreadyThere):
            unit.add([begun("D-2"), begun("D-1", request={"other": "content"})], ACCOUNTS)
        unit.add([begun("D-3")], ACCOUNTS)
    assert first == stored(ledger, first.id)
    with ledger.unit() as unit:
        known = unit.known([Identity("acme", first.rail, "test", f"D-{number}") for number in (1, 2, 3)])
    assert {identity.document for identity in known} == {"D-1", "D-3"}


def test_adding_nothing_is_nothing(ledger: SqlLedger) -> None:
    """An intake where everything is known adds an empty list."""
    with ledger.unit() as unit:
        unit.add([], {})
    with ledger.reading() as reading:
        assert reading.counts() == {}


def test_latest_round_is_the_newest(ledger: SqlLedger) -> None:
    """Rounds of one document are told apart by number, not by when they came."""
    added(ledger, round=2)
    added(ledger, round=1)
    added(ledger, round=3, tenant="other")
    with ledger.unit() as unit:
        latest = unit.latest_round("acme", "mx.solucion_factible", "test", "D-1")
        assert latest is not None
        assert latest.round == 2
        assert unit.latest_round("acme", "mx.solucion_factible", "production", "D-1") is None


def test_open_jobs_are_those_not_final(ledger: SqlLedger) -> None:
    """A notice looks for the jobs of its document, of whatever tenant, that still can move."""
    done, open_ = added(ledger), added(ledger, round=2)
    foreign = added(ledger, tenant="other")
    lived(ledger, done.id, "claimed", "confirmed")
    with ledger.unit() as unit:
        assert sorted([open_.id, foreign.id]) == unit.open_jobs(open_.rail, "D-1")
        assert unit.open_jobs("br", "D-1") == []


def test_saving_moves_row_and_journal_together(ledger: SqlLedger) -> None:
    """Several facts in one unit chain on each other."""
    job = added(ledger)
    with ledger.unit() as unit:
        happened(unit, job.id, "claimed")
        after = happened(unit, job.id, "acknowledged", said=Said("sf", "211", "En proceso\x00"))
    assert after == stored(ledger, job.id)
    with ledger.unit() as unit:
        lines = unit.journal(job.id)
    assert [line.fact for line in lines] == ["accepted", "claimed", "acknowledged"]
    assert after == journal.replay(lines)


def test_a_line_out_of_turn_is_refused(ledger: SqlLedger) -> None:
    """A line that was made on an older head hits no row: nothing is changed."""
    job, first = begun()
    with ledger.unit() as unit:
        unit.add([(job, first)], ACCOUNTS)
    lived(ledger, job.id, "claimed")
    late, line = journal.advance(job, first, fact("withdrawn"))
    with pytest.raises(OutOfTurn), ledger.unit() as unit:
        unit.save(late, line)
    assert stored(ledger, job.id).state is State.SENDING


def test_a_line_on_another_chain_is_refused(ledger: SqlLedger) -> None:
    """The right number is not enough: a line has to seal the very line that is stored."""
    job, first = begun()
    with ledger.unit() as unit:
        unit.add([(job, first)], ACCOUNTS)
    after, line = journal.advance(job, (first.seq, "f" * 64), fact("claimed"))
    with pytest.raises(OutOfTurn), ledger.unit() as unit:
        unit.save(after, line)


def test_an_exception_rolls_everything_back(ledger: SqlLedger) -> None:
    """What a broken unit did, it did not do."""
    job = added(ledger)
    with contextlib.suppress(ZeroDivisionError), ledger.unit() as unit:
        happened(unit, job.id, "claimed")
        unit.add([begun("D-2")], ACCOUNTS)
        raise ZeroDivisionError
    assert job == stored(ledger, job.id)
    with ledger.reading() as reading:
        assert reading.counts() == {State.QUEUED: 1}


def test_a_unit_inside_a_unit_is_refused(ledger: SqlLedger) -> None:
    """One phase, one commit: a second transaction inside the first would be neither."""
    with ledger.unit(), pytest.raises(RuntimeError), ledger.unit():
        pass
    with ledger.unit() as unit:
        assert unit.get("nobody") is None


@pytest.mark.parametrize(
    "wrong",
    [{"state": State.CANCELLED}, {"due_at": None}, {"fence": -1}, {"round": 0}, {"environment": "staging"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_database_refuses_a_row_that_cannot_be(ledger: SqlLedger, wrong: dict[str, object]) -> None:
    """No code of ours could store a cancellation without evidence, or a job that nobody will look at."""
    job, line = journal.begin(accepted())
    with pytest.raises(IntegrityError), ledger.unit() as unit:
        unit.add([(replace(job, **wrong), line)], ACCOUNTS)  # type: ignore[arg-type]
