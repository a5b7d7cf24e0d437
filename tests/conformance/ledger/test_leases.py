"""Leases: one owner at a time."""

from datetime import timedelta

from tests.conformance.ledger.samples import later
from worker.ledger.ledger import SqlLedger

HOUR = timedelta(hours=1)


def _take(ledger: SqlLedger, owner: str, hours: float, name: str = "sweep") -> bool:
    with ledger.unit() as unit:
        return unit.take_lease(name, owner, later(hours), HOUR)


def test_a_lease_has_one_owner(ledger: SqlLedger) -> None:
    """The first one has it and may renew it; another one waits until it has run out."""
    assert _take(ledger, "a", 0)
    assert not _take(ledger, "b", 0.5)
    assert _take(ledger, "a", 0.9)
    assert not _take(ledger, "b", 1.8)
    assert _take(ledger, "b", 1.9)
    assert not _take(ledger, "a", 2)


def test_leases_are_told_apart_by_name(ledger: SqlLedger) -> None:
    """A mailbox's lease is none of the sweep's."""
    assert _take(ledger, "a", 0)
    assert _take(ledger, "b", 0, "mail")


def test_a_lease_from_a_broken_clock_does_not_last(ledger: SqlLedger) -> None:
    """A host that was a day ahead when it took the lease must not stop everybody for a day."""
    with ledger.unit() as unit:
        assert unit.take_lease("sweep", "ahead", later(24), timedelta(seconds=5))
        assert unit.take_lease("sweep", "right", later(0), timedelta(seconds=5))
