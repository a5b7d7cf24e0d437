"""Lanes that are held back, and signs of life."""

from datetime import timedelta

import pytest

from tests.conformance.ledger.samples import added, later, lived
from worker.domain.lane import Hold, Lane
from worker.ledger.ledger import SqlLedger


def test_a_job_knows_its_lane(ledger: SqlLedger) -> None:
    """Rail, environment and account; a stranger has none."""
    job = added(ledger)
    with ledger.unit() as unit:
        assert unit.lane_of(job.id) == Lane(job.rail, job.environment, "pac-1")
        with pytest.raises(KeyError):
            unit.lane_of("nobody")


def test_holds_are_of_the_lane_or_of_the_whole_authority(ledger: SqlLedger) -> None:
    """A lane's own hold and its authority's count; another account's, and one that is over, do not."""
    mine, other, whole = Lane("mx", "test", "a"), Lane("mx", "test", "b"), Lane("mx", "test")
    holds = [
        Hold(lane=mine, slug="stopped", since=later(0)),
        Hold(lane=other, slug="not-mine", since=later(0)),
        Hold(lane=whole, slug="paused", since=later(1), until=later(2)),
        Hold(lane=Lane("mx", "production"), slug="elsewhere", since=later(0)),
    ]
    with ledger.unit() as unit:
        for hold in holds:
            unit.hold(hold)
        assert unit.holds(mine, later(1)) == [holds[0], holds[2]]
        assert unit.holds(mine, later(2)) == [holds[0]]
        unit.free(mine)
        unit.free(mine)
        assert unit.holds(mine, later(2)) == []


def test_a_hold_replaces_one_but_never_shortens_it(ledger: SqlLedger) -> None:
    """A pause grows; a stop stays until it is lifted or put on trial."""
    lane = Lane("br", "test", "a")
    short = Hold(lane=lane, slug="short", since=later(0), until=later(1))
    long = Hold(lane=lane, slug="long", since=later(0), until=later(5))
    stop = Hold(lane=lane, slug="stop", since=later(0))
    trial = Hold(lane=lane, slug="stop", since=later(0), trial=True)
    with ledger.unit() as unit:
        for hold, expected in ((short, short), (long, long), (short, long), (stop, stop), (long, stop), (trial, trial)):
            unit.hold(hold)
            assert unit.holds(lane, later(0)) == [expected]


def test_a_busy_lane_has_a_request_under_way(ledger: SqlLedger) -> None:
    """Only a job in sending counts, and only one that was claimed since."""
    job = added(ledger)
    with ledger.unit() as unit:
        lane = unit.lane_of(job.id)
        assert not unit.lane_busy(lane, later(-99))
    lived(ledger, job.id, "claimed")
    with ledger.unit() as unit:
        claimed_at = unit.get(job.id)[0].changed_at  # type: ignore[index]
        assert unit.lane_busy(lane, claimed_at)
        assert not unit.lane_busy(lane, claimed_at + timedelta(seconds=1))


def test_an_issuers_new_account_takes_its_open_jobs_along(ledger: SqlLedger) -> None:
    """Open jobs change lanes; ended ones keep the account that ended them."""
    job, gone = added(ledger, "open"), added(ledger, "gone")
    lived(ledger, gone.id, "withdrawn")
    with ledger.unit() as unit:
        unit.reassign(job.issuer, "pac-2")
        assert [unit.lane_of(one.id).account for one in (job, gone)] == ["pac-2", "pac-1"]


def test_a_sign_of_life_replaces_the_last_one(ledger: SqlLedger) -> None:
    """Only the newest is kept, by name."""
    with ledger.unit() as unit:
        unit.pulses.beat("sweep", later(0), {"round": 1})
        unit.pulses.beat("sweep", later(0) + timedelta(seconds=5), {"round": 2})
        unit.pulses.beat("mail", later(0), {})
    with ledger.reading() as reading:
        found = {pulse.name: pulse.data for pulse in reading.pulses.pulses()}
    assert found == {"mail": {}, "sweep": {"round": 2}}
