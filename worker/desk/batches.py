"""Sheets: handed in once, taken row by row, looked at while they go, given back with what became of every row."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from schemas.problem import Problem
from schemas.requests import Cancellation
from schemas.views import BatchView, ReceiptView, RowOutcome
from worker.assembly import House
from worker.desk.intake import IntakeDesk, conflict
from worker.ledger.batches import Batch, BatchRow, Progress

#: Rows per transaction.
CHUNK = 2_000
#: Among so many a batch is found by how its id begins.
_NEWEST = 1_000

Asked = Cancellation | list[Problem]

Object = Callable[[Problem], Problem]
"""Hears of a row that was good until it was handed in; what it returns is kept beside the row."""


class BatchDesk:
    """Where sheets are handed in and taken back."""

    def __init__(self, house: House, intake: IntakeDesk) -> None:
        self._house, self._intake = house, intake

    def open(self, name: str, content: bytes, options: Mapping[str, Any], *, tenant: str) -> tuple[BatchView, bool]:
        """The batch of this file with these options, and whether it is new. The file itself is kept for the result."""
        with self._house.ledger.unit() as unit:
            digest = unit.archive(content)
            batch, created = unit.batches.begin(
                tenant=tenant, name=name, sha256=digest, options=options, now=self._house.clock.now()
            )
        return self.look(batch.id), created

    def fill(
        self,
        batch_id: str,
        rows: Iterable[tuple[int, Asked]],
        *,
        actor: str,
        objected: Object = lambda problem: problem,
    ) -> Iterator[int]:
        """Take rows in, some thousands at a time; yields how many have been taken after each commit.

        Repeating it after a crash goes on where it stopped: a row that is there stays, and a job is one job.
        """
        taken = 0
        coming = iter(rows)
        while chunk := list(islice(coming, CHUNK)):
            kept = self._kept(chunk, actor, objected)
            with self._house.ledger.unit() as unit:
                unit.batches.add_rows(batch_id, kept)
            taken += len(kept)
            yield taken
        with self._house.ledger.unit() as unit:
            unit.batches.seal(batch_id, self._house.clock.now())

    def _kept(self, chunk: list[tuple[int, Asked]], actor: str, objected: Object) -> list[BatchRow]:
        answers = iter(self._intake.accept([asked for _, asked in chunk if not isinstance(asked, list)], actor=actor))
        return [
            BatchRow(number=number, problems=[problem.payload() for problem in asked])
            if isinstance(asked, list)
            else _row(number, asked.document, next(answers), objected)
            for number, asked in chunk
        ]

    def look(self, batch_id: str) -> BatchView:
        """How far it is.

        Raises:
            KeyError: there is no such batch.
        """
        with self._house.ledger.reading() as reading:
            return _view(reading.batches.batch(batch_id), reading.batches.progress(batch_id))

    def named(self, beginning: str) -> list[str]:
        """Ids of the batches, among the newest thousand, that begin so."""
        with self._house.ledger.reading() as reading:
            return [batch.id for batch in reading.batches.recent(limit=_NEWEST) if batch.id.startswith(beginning)]

    def recent(self, *, tenant: str | None = None, limit: int = 20) -> list[BatchView]:
        """The newest batches."""
        with self._house.ledger.reading() as reading:
            found = reading.batches.recent(tenant=tenant, limit=limit)
            return [_view(batch, reading.batches.progress(batch.id)) for batch in found]

    def source(self, batch_id: str) -> tuple[str, bytes, Mapping[str, Any]]:
        """The name, the very bytes and the options of the sheet as it was handed in."""
        with self._house.ledger.reading() as reading:
            batch = reading.batches.batch(batch_id)
            return batch.name, reading.archive.load(batch.sha256), batch.options

    def outcomes(self, batch_id: str, lang: str) -> Iterator[tuple[int, RowOutcome]]:
        """What became of every row, in the order of the sheet, as a stream."""
        with self._house.ledger.reading() as reading:
            for row, job in reading.batches.rows(batch_id):
                if job is not None:
                    yield row.number, RowOutcome.of_job(job, lang)
                else:
                    problems = [_problem(problem) for problem in row.problems]
                    yield row.number, RowOutcome.of_problems(problems, lang)


def _row(number: int, document: str, answer: ReceiptView | Problem, objected: Object) -> BatchRow:
    if isinstance(answer, ReceiptView) and not answer.conflict:
        return BatchRow(number=number, document=document, job_id=answer.job_id, created=answer.created)
    problem = answer if isinstance(answer, Problem) else conflict(answer)
    return BatchRow(number=number, document=document, problems=[objected(problem.at(row=number)).payload()])


def _problem(stored: Mapping[str, Any]) -> Problem:
    return Problem(slug=stored["slug"], row=stored["row"], column=stored["column"], params=stored["params"])


def _view(batch: Batch, progress: Progress) -> BatchView:
    return BatchView(
        id=batch.id,
        tenant=batch.tenant,
        name=batch.name,
        sha256=batch.sha256,
        created_at=batch.created_at,
        rows=progress.rows,
        refused_rows=progress.problems,
        states={state.value: count for state, count in progress.states.items()},
        ended=progress.ended - progress.problems,
    )
