"""What the sweep finds."""

from tests.conformance.ledger.samples import ACCOUNTS, added, begun, later, lived
from worker.domain.lane import Hold
from worker.domain.states import State
from worker.engine.ports import Due
from worker.ledger.ledger import SqlLedger


def _due(ledger: SqlLedger, hours: float = 1, limit: int = 10) -> list[str]:
    with ledger.unit() as unit:
        return [due.job_id for due in unit.due(later(hours), limit)]


def test_due_tells_what_a_message_needs(ledger: SqlLedger) -> None:
    """Which job, in what state, on which account's road."""
    job = added(ledger)
    with ledger.unit() as unit:
        assert [Due(job.id, State.QUEUED, job.rail, job.environment, "pac-1")] == unit.due(later(0), 10)


def test_only_what_a_worker_can_do_is_due(ledger: SqlLedger) -> None:
    """Held, claimed, parked and ended jobs, and those whose time has not come, are left out."""
    queued, waiting = added(ledger, "queued"), added(ledger, "waiting")
    lived(ledger, waiting.id, "claimed", "acknowledged", due_at=later(2))
    added(ledger, "held", to=State.HELD)
    for document, ways in {"sending": ["claimed"], "parked": ["claimed", "parked"], "gone": ["withdrawn"]}.items():
        lived(ledger, added(ledger, document).id, *ways)
    assert [queued.id] == _due(ledger, 1.9)
    assert [queued.id, waiting.id] == _due(ledger, 2)


def test_least_window_left_comes_first(ledger: SqlLedger) -> None:
    """By the end of the window, then by due time; jobs without a known end come last."""
    never = added(ledger, "never")
    late = added(ledger, "late", closes_at=later(9))
    soon = added(ledger, "soon", closes_at=later(3))
    older = added(ledger, "older", closes_at=later(9), at=later(-1))
    assert [soon.id, older.id, late.id, never.id] == _due(ledger)
    assert [soon.id, older.id] == _due(ledger, limit=2)


def test_tenants_take_turns(ledger: SqlLedger) -> None:
    """A tenant with a long queue never pushes another one's first job behind its own second."""
    with ledger.unit() as unit:
        many = [begun(f"D-{number}", closes_at=later(1), at=later(-9 + number / 100)) for number in range(50)]
        unit.add(many, ACCOUNTS)
    small = [added(ledger, f"S-{number}", tenant="small", closes_at=later(99)).id for number in range(2)]
    lone = added(ledger, tenant="lone")
    big = [job.id for job, _ in many]
    assert _due(ledger)[:5] == [big[0], *_due(ledger)[1:2], lone.id, big[1], *_due(ledger)[4:5]]
    assert {*_due(ledger)[1:2], *_due(ledger)[4:5]} == set(small)
    assert [job_id for job_id in _due(ledger) if job_id in big] == big[:7]


def test_a_lone_long_queue_fills_the_limit(ledger: SqlLedger) -> None:
    """Fairness leaves no room unused: where the others have little, one tenant takes the rest."""
    with ledger.unit() as unit:
        unit.add([begun(f"D-{number}") for number in range(60)], ACCOUNTS)
        unit.add([begun("D", tenant=f"t-{number}") for number in range(20)], ACCOUNTS)
    assert len(_due(ledger, limit=50)) == 50
    assert len(_due(ledger, limit=500)) == 80


def test_what_is_with_the_broker_is_not_due(ledger: SqlLedger) -> None:
    """Handed over, it is in flight until it moves or its re-dispatch comes."""
    first, second = added(ledger, "first"), added(ledger, "second")
    with ledger.unit() as unit:
        unit.dispatched([first.id, second.id, "unknown"], later(1))
        unit.dispatched([], later(1))
    assert _due(ledger, 1) == []
    with ledger.unit() as unit:
        assert (unit.in_flight(later(1)), unit.in_flight(later(1.01))) == (2, 0)
    assert len(_due(ledger, 1.01)) == 2
    lived(ledger, first.id, "claimed", "postponed", due_at=later(0))
    assert [first.id] == _due(ledger, 0.5)
    with ledger.unit() as unit:
        assert unit.in_flight(later(0)) == 1


def test_overdue_are_claims_that_ran_out(ledger: SqlLedger) -> None:
    """Oldest lease first, at most as many as asked for, claims only."""
    added(ledger, "queued")
    jobs = [added(ledger, f"D-{number}") for number in range(3)]
    for hours, job in zip((3, 1, 2), jobs, strict=True):
        lived(ledger, job.id, "claimed", lease_until=later(hours))
    with ledger.unit() as unit:
        assert unit.overdue(later(2), 9) == [jobs[1].id, jobs[2].id]
        assert unit.overdue(later(9), 1) == [jobs[1].id]


def test_closed_windows_of_unsent_jobs(ledger: SqlLedger) -> None:
    """Only a hard window, only when nothing can lie at the authority, only while the job is open."""
    window = {"closes_at": later(1), "hard_window": True}
    queued, held = added(ledger, "queued", **window), added(ledger, "held", **window, to=State.HELD)
    parked = added(ledger, "parked", **window)
    lived(ledger, parked.id, "claimed", "parked", absent=True)
    lived(ledger, added(ledger, "at risk", **window).id, "claimed", "parked", absent=False)
    lived(ledger, added(ledger, "sending", **window).id, "claimed")
    lived(ledger, added(ledger, "gone", **window).id, "withdrawn")
    added(ledger, "soft", closes_at=later(1))
    added(ledger, "open", closes_at=later(5), hard_window=True)
    with ledger.unit() as unit:
        assert sorted([queued.id, held.id, parked.id]) == sorted(unit.closed(later(1), 9))
        assert unit.closed(later(0.9), 9) == []
        assert len(unit.closed(later(1), 2)) == 2


def test_what_a_broker_lost_for_certain_is_due_at_once(ledger: SqlLedger) -> None:
    """An in-memory broker dies with its process; nothing then waits for its re-dispatch."""
    job = added(ledger)
    with ledger.unit() as unit:
        unit.dispatched([job.id], later(9))
        assert [] == unit.due(later(1), 10)
        unit.forget_dispatched()
        assert [job.id] == [due.job_id for due in unit.due(later(1), 10)]


def test_a_lane_on_trial_sends_one_and_starves_nobody(ledger: SqlLedger) -> None:
    """However long the trial's backlog is, the tenant's other accounts go on beside its one job."""
    trial = [begun(f"T-{number}", closes_at=later(1)) for number in range(30)]
    with ledger.unit() as unit:
        unit.add(trial, ACCOUNTS)
        unit.add([begun("free", issuer="issuer-2")], {"issuer-2": "pac-2"})
        lane = unit.lane_of(trial[0][0].id)
        unit.hold(Hold(lane=lane, slug="trial", since=later(0), trial=True))
        first = unit.due(later(0), 5)
        assert 2 == len(first)
        assert ["pac-1", "pac-2"] == sorted(due.account for due in first)
        unit.dispatched([due.job_id for due in first], later(1))
        assert [] == unit.due(later(0), 5)
