"""Sheets at the counter."""

from collections.abc import Iterator

import pytest

from schemas.problem import Problem
from schemas.requests import Cancellation, parse
from tests.desk.test_intake import wanted
from tests.story.town import Town
from worker.desk import batches

SHEET = b"uuid,rfc,motivo\n"


def rows(count: int) -> Iterator[tuple[int, Cancellation | list[Problem]]]:
    """Good rows from 2 on, then one that is not."""
    for number in range(count):
        yield number + 2, parse(wanted(uuid=f"11111111-2222-4333-8444-{number:012d}"))
    yield count + 2, [Problem(slug="uuid-malformed", column="uuid", row=count + 2, params={"value": "?"})]


def filled(town: Town, count: int = 5) -> str:
    """A batch of that many good rows and a bad one."""
    batch, _ = town.desk.batches.open("facturas.csv", SHEET, {"environment": "test"}, tenant="default")
    assert count + 1 == list(town.desk.batches.fill(batch.id, rows(count), actor="operator:ana"))[-1]
    return batch.id


def test_the_same_sheet_is_the_same_batch(town: Town) -> None:
    """File, options and tenant make the batch."""
    first, new = town.desk.batches.open("a.csv", SHEET, {}, tenant="default")
    again, known = town.desk.batches.open("b.csv", SHEET, {}, tenant="default")
    other, _ = town.desk.batches.open("a.csv", SHEET, {"motive": "03"}, tenant="default")
    assert (True, False) == (new, known)
    assert first.id == again.id != other.id


def test_rows_become_jobs_in_chunks(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some thousands at a time; progress is told after each commit."""
    monkeypatch.setattr(batches, "CHUNK", 2)
    batch, _ = town.desk.batches.open("facturas.csv", SHEET, {}, tenant="default")
    assert [2, 4, 6] == list(town.desk.batches.fill(batch.id, rows(5), actor="operator:ana"))
    view = town.desk.batches.look(batch.id)
    assert (6, 1, {"queued": 5}, 0) == (view.rows, view.refused_rows, view.states, view.ended)


def test_filling_again_after_a_crash_changes_nothing(town: Town) -> None:
    """A row that is there stays, and a job is one job."""
    batch_id = filled(town)
    before = town.desk.batches.look(batch_id)
    assert filled(town) == batch_id
    assert town.desk.batches.look(batch_id) == before


def test_every_row_says_what_became_of_it(town: Town) -> None:
    """In the order of the sheet, with problems where there is no job."""
    outcomes = list(town.desk.batches.outcomes(filled(town, 2), "en"))
    assert [(2, "queued"), (3, "queued"), (4, "rejected")] == [(number, outcome.state) for number, outcome in outcomes]
    assert outcomes[-1][1].code == "uuid-malformed"


def test_a_conflict_and_a_stranger_are_told_in_their_rows(town: Town) -> None:
    """A document that is asked for with other content, and an issuer that nobody registered."""
    town.desk.intake.accept([parse(wanted(motive="03"))], actor="operator:ana")
    batch, _ = town.desk.batches.open("b.csv", SHEET, {}, tenant="default")
    asked: list[tuple[int, Cancellation | list[Problem]]] = [
        (2, parse(wanted())),
        (3, parse(wanted(rfc="XIA190128J61"))),
    ]
    list(town.desk.batches.fill(batch.id, asked, actor="operator:ana"))
    codes = [outcome.code for _, outcome in town.desk.batches.outcomes(batch.id, "en")]
    assert codes == ["request-conflict", "issuer-unknown"]


def test_the_sheet_itself_is_kept(town: Town) -> None:
    """The result is the user's own sheet, so its bytes are in the archive."""
    batch_id = filled(town)
    assert ("facturas.csv", SHEET, {"environment": "test"}) == town.desk.batches.source(batch_id)
    assert [batch_id] == [batch.id for batch in town.desk.batches.recent(tenant="default")]
    with pytest.raises(KeyError):
        town.desk.batches.look("nothing")
