"""Sheets: the same one is the same batch; rows keep their places; progress is counted."""

import pytest

from tests.conformance.ledger.samples import ACCOUNTS, added, begun, later, lived
from worker.domain.states import State
from worker.ledger.batches import Batch, BatchRow, Progress
from worker.ledger.ledger import SqlLedger


def _begin(ledger: SqlLedger, **changes: object) -> tuple[Batch, bool]:
    values = {"tenant": "acme", "name": "ñ.xlsx", "sha256": "a" * 64, "options": {"motive": "02"}, "now": later(0)}
    with ledger.unit() as unit:
        return unit.batches.begin(**(values | changes))  # type: ignore[arg-type]


def test_the_same_sheet_is_the_same_batch(ledger: SqlLedger) -> None:
    """Handed in again, whatever its name now: the batch that was there first."""
    batch, new = _begin(ledger)
    assert (batch.name, batch.options, batch.sealed_at, new) == ("ñ.xlsx", {"motive": "02"}, None, True)
    assert (batch, False) == _begin(ledger, name="copy.xlsx", now=later(5))


@pytest.mark.parametrize("other", [{"sha256": "b" * 64}, {"options": {}}, {"tenant": "other"}])
def test_another_sheet_is_another_batch(ledger: SqlLedger, other: dict[str, object]) -> None:
    """File, options and tenant make the batch."""
    assert _begin(ledger)[0].id != _begin(ledger, **other)[0].id
    assert _begin(ledger, **other)[1] is False


def test_rows_come_back_in_order_with_their_jobs(ledger: SqlLedger) -> None:
    """More than fit into one page, with gaps, and each job as it is now."""
    batch, _ = _begin(ledger)
    pairs = [begun(f"D-{number}") for number in range(1100)]
    rows = [
        BatchRow(number=2 + 2 * place, document=job.document, job_id=job.id, created=True)
        for place, (job, _) in enumerate(pairs)
    ]
    bad = BatchRow(number=3, document="?", problems=({"slug": "uuid-malformed", "column": "UUID"},))
    with ledger.unit() as unit:
        unit.add(pairs, ACCOUNTS)
        unit.batches.add_rows(batch.id, rows)
        unit.batches.add_rows(batch.id, [bad])
        unit.batches.add_rows(batch.id, [])
    ended = lived(ledger, pairs[7][0].id, "claimed", "confirmed")
    with ledger.reading() as reading:
        told = list(reading.batches.rows(batch.id))
        rest = list(reading.batches.rows(batch.id, after=2000))
    assert [row for row, _ in told] == sorted([*rows, bad], key=lambda row: row.number)
    assert [job for row, job in told if row.number in (2, 3, 16)] == [pairs[0][0], None, ended]
    assert next(row.number for row, _ in rest) == 2002


def test_a_row_stays_as_it_was_first_kept(ledger: SqlLedger) -> None:
    """A submission that broke off is repeated: what it had kept says still what it created."""
    batch, _ = _begin(ledger)
    job = added(ledger)
    row = BatchRow(number=2, document="D-1", job_id=job.id, created=True)
    for created in (True, False):
        with ledger.unit() as unit:
            again = BatchRow(number=2, document="D-1", job_id=job.id, created=created)
            unit.batches.add_rows(batch.id, [again])
    with ledger.reading() as reading:
        assert [(row, job)] == list(reading.batches.rows(batch.id))


def test_progress_counts_rows(ledger: SqlLedger) -> None:
    """By state of the job, those that made a job, and those that could not."""
    batch, _ = _begin(ledger)
    first, second = added(ledger, "D-1"), added(ledger, "D-2")
    lived(ledger, first.id, "claimed", "refused")
    rows = [
        BatchRow(number=2, job_id=first.id, created=True),
        BatchRow(number=3, job_id=first.id),
        BatchRow(number=4, job_id=second.id, created=True),
        BatchRow(number=5, problems=({"slug": "s"},)),
    ]
    with ledger.unit() as unit:
        unit.batches.add_rows(batch.id, rows)
    with ledger.reading() as reading:
        progress = reading.batches.progress(batch.id)
    states = {State.REFUSED: 2, State.QUEUED: 1}
    assert Progress(rows=4, created=2, problems=1, states=states) == progress
    assert progress.ended == 3


def test_sealing_says_that_all_rows_are_in(ledger: SqlLedger) -> None:
    """The first time counts; an unknown batch is a KeyError."""
    batch, _ = _begin(ledger)
    for hours in (1, 2):
        with ledger.unit() as unit:
            unit.batches.seal(batch.id, later(hours))
    with ledger.reading() as reading:
        assert reading.batches.batch(batch.id).sealed_at == later(1)
        with pytest.raises(KeyError):
            reading.batches.batch("nobody")


def test_recent_batches_page_by_page(ledger: SqlLedger) -> None:
    """Newest first, a tenant's own or all."""
    batches = [_begin(ledger, sha256=f"{number}" * 64, now=later(number // 2))[0] for number in range(5)]
    _begin(ledger, tenant="other")
    with ledger.reading() as reading:
        first = reading.batches.recent(tenant="acme", limit=3)
        rest = reading.batches.recent(tenant="acme", before=first[-1], limit=3)
        assert len(reading.batches.recent()) == 6
    assert sorted(batches, key=lambda one: (one.created_at, one.id), reverse=True) == first + rest
