"""Looking: by filter, page by page, one job with its history, counts."""

import pytest

from tests.conformance.ledger.samples import added, later, lived
from worker.domain.states import State
from worker.ledger.batches import BatchRow
from worker.ledger.ledger import SqlLedger
from worker.ledger.views import Filter


def test_pages_are_steady(ledger: SqlLedger) -> None:
    """Newest first, nobody twice and nobody left out, also when jobs move and come in between two pages."""
    jobs = [added(ledger, f"D-{number}", at=later(number // 3)) for number in range(7)]
    with ledger.reading() as reading:
        first = reading.jobs(limit=3)
    lived(ledger, jobs[0].id, "claimed")
    added(ledger, "new", at=later(99))
    with ledger.reading() as reading:
        second = reading.jobs(after=first.following, limit=3)
        third = reading.jobs(after=second.following, limit=3)
    told = [job.id for page in (first, second, third) for job in page.jobs]
    ordered = sorted(jobs, key=lambda job: (job.accepted_at, job.id), reverse=True)
    assert ([job.id for job in ordered], None) == (told, third.following)


def test_filters_narrow(ledger: SqlLedger) -> None:
    """Each field alone and all together."""
    mine = added(ledger, "D-1")
    added(ledger, "D-2", tenant="other", environment="production")
    lived(ledger, added(ledger, "D-3").id, "claimed")
    with ledger.unit() as unit:
        batch, _ = unit.batches.begin(tenant="acme", name="n", sha256="a" * 64, options={}, now=later(0))
        rows = [BatchRow(number=2, job_id=mine.id), BatchRow(number=3), BatchRow(number=4, job_id=mine.id)]
        unit.batches.add_rows(batch.id, rows)
    rail = "mx.solucion_factible"
    with ledger.reading() as reading:
        for which, documents in (
            (Filter(tenant="acme"), {"D-1", "D-3"}),
            (Filter(environment="production"), {"D-2"}),
            (Filter(rail=rail, issuer="issuer-1"), {"D-1", "D-2", "D-3"}),
            (Filter(document="D-3"), {"D-3"}),
            (Filter(batch=batch.id), {"D-1"}),
            (Filter(states=(State.SENDING, State.PARKED)), {"D-3"}),
            (Filter(tenant="acme", environment="production"), set()),
        ):
            assert documents == {job.document for job in reading.jobs(which).jobs}
            assert len(documents) == sum(reading.counts(which).values())
        assert reading.counts() == {State.QUEUED: 2, State.SENDING: 1}


def test_a_history_tells_all(ledger: SqlLedger) -> None:
    """The job, its account and every line; an unknown id is a KeyError."""
    job = lived(ledger, added(ledger).id, "claimed", "acknowledged")
    with ledger.reading() as reading:
        history = reading.history(job.id)
        with pytest.raises(KeyError):
            reading.history("nobody")
    assert (job, "pac-1", ()) == (history.job, history.account, history.exchanges)
    assert [line.fact for line in history.lines] == ["accepted", "claimed", "acknowledged"]
