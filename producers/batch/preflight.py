"""Every row of a sheet looked at before anything is asked for: what can go, and what is wrong with the rest.

No ledger and no network here. Memory does not grow with the sheet, but for one small number per good row, by which a
document that comes twice is recognised.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from producers.batch.limits import LIMITS, Limits
from producers.batch.reader import header, open_sheet, rows
from producers.batch.row_request import Options, fields
from producers.batch.sheet import Header, Row, Sheet, SheetRefused, blank
from schemas.problem import Problem, Rejected
from schemas.requests import RAILS, Cancellation, parse

__all__ = ["Checked", "Options", "Preflight", "Report", "preflight", "survey"]

#: Problems and warnings that a report keeps with their place; beyond that they are only counted.
KEPT = 1_000
#: What is wrong with the issuer whom a row names, or does not name.
_OF_ISSUER = frozenset({"issuer-unknown", "production-not-confirmed"})
#: More than any file has rows.
_ROWS = 1 << 32


@dataclass(slots=True)
class Report:
    """What the rows looked at so far came to. ``problems`` and ``warnings`` hold the first ``KEPT`` of each."""

    rows: int = 0
    good: int = 0
    bad: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    #: How often each slug occurred, problems and warnings alike.
    counts: Counter[str] = field(default_factory=Counter)

    def warn(self, problems: Iterable[Problem]) -> None:
        """Note warnings."""
        self._note(self.warnings, problems)

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Note what is wrong."""
        self._note(self.problems, problems)

    def turn_down(self, problem: Problem) -> None:
        """A row that looked good is not."""
        self.good, self.bad = self.good - 1, self.bad + 1
        self.refuse([problem])

    def _note(self, kept: list[Problem], problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.counts[problem.slug] += 1
            if len(kept) < KEPT:
                kept.append(problem)


Contradictions = Mapping[int, tuple[int, int]]
"""Documents that a sheet asks for in two ways, each with the first two rows that do."""

Checked = tuple[Row, Cancellation | list[Problem]]


class Preflight:
    """A sheet being looked at. Iterate it once; ``report`` grows with every row.

    That two rows contradict each other is seen at the second, when the first has been given out as good already.
    Whoever finds ``contradictions`` at the end looks once more, with them.
    """

    def __init__(
        self, path: Path, options: Options, limits: Limits, now: datetime, contradictions: Contradictions
    ) -> None:
        self.report = Report()
        self.contradictions = dict(contradictions)
        self._options, self._limits, self._now = options, limits, now
        self._sheet = open_sheet(
            path, limits=limits, sheet=options.sheet, encoding=options.encoding, delimiter=options.delimiter
        )
        try:
            self.header: Header = _complete(header(self._sheet, needed=options.needed, limits=limits), self._sheet)
        except SheetRefused:
            self._sheet.close()
            raise
        self.report.warn([*self._sheet.warnings, *self.header.found.warnings])
        self._marks: dict[int, int] = {}

    def __iter__(self) -> Iterator[Checked]:
        for row in rows(self._sheet, self.header, limits=self._limits):
            verdict = self._verdict(row)
            self.report.rows += 1
            if isinstance(verdict, list):
                self.report.bad += 1
                self.report.refuse(verdict)
            else:
                self.report.good += 1
                self._warn(row, verdict)
            yield row, verdict

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._sheet.close()

    def placed(self, problem: Problem) -> Problem:
        """A request's problem, under the name that the sheet's owner gave the column.

        What is in no column follows from the document (the issuer from an access key) or holds for the whole sheet.
        """
        if problem.slug == "field-missing" and problem.column:
            problem = replace(problem, slug="cell-empty")
        found = self.header.found
        if problem.slug in _OF_ISSUER and problem.column not in found.at:
            document = next(model.document_field for model in RAILS.values() if model.issuer_field == problem.column)
            return problem.at(column=found.headers.get(document))
        try:
            return problem.at(column=found.header(problem.column or ""))
        except KeyError:
            return problem

    def _verdict(self, row: Row) -> Cancellation | list[Problem]:
        if self._sheet.delimited and not blank(row.raw[len(self.header.names) :]):
            return [Problem(slug="row-too-wide", row=row.number, params={"columns": len(self.header.names)})]
        given, problems = fields(row, self._options, self.header.found, self._limits)
        if not problems:
            try:
                request = parse(given)
            except Rejected as rejected:
                problems = [self.placed(problem) for problem in rejected.problems]
            else:
                problems = self._repeated(row, request)
        return [problem.at(row=row.number) for problem in problems] if problems else request

    def _repeated(self, row: Row, request: Cancellation) -> list[Problem]:
        """The first good row of a document wins, unless another one asks for something else: then none does."""
        document = int(request.document.replace("-", ""), 36)
        mark = _mark(row.number, request)
        seen = self._marks.setdefault(document, mark)
        first = seen % _ROWS
        if mark // _ROWS != seen // _ROWS:
            self.contradictions.setdefault(document, (first, row.number))
        column, params = self.header.found.header(request.document_field), {"value": request.document}
        if document in self.contradictions:
            one, other = self.contradictions[document]
            return [Problem(slug="row-contradicted", column=column, params=params | {"first": one, "second": other})]
        return (
            []
            if first == row.number
            else [Problem(slug="row-repeated", column=column, params=params | {"first": first})]
        )

    def _warn(self, row: Row, request: Cancellation) -> None:
        self.report.warn(self.placed(doubt).at(row=row.number) for doubt in request.doubts(self._now))


def preflight(
    path: Path,
    options: Options | None = None,
    *,
    limits: Limits = LIMITS,
    now: datetime | None = None,
    contradictions: Contradictions | None = None,
) -> Preflight:
    """The sheet, opened and its columns found; iterate the result for ``(Row, request | problems)`` of every row.

    ``now`` is what dates are compared with; the present moment if left out. ``contradictions`` are those that an
    earlier look at the same sheet has found.

    Raises:
        SheetRefused: the file as a whole cannot be taken; while iterating, too, when it breaks off further down.
    """
    return Preflight(path, options or Options(), limits, now or datetime.now(UTC), contradictions or {})


def survey(
    path: Path, options: Options | None = None, *, limits: Limits = LIMITS, now: datetime | None = None
) -> Report:
    """The report over a whole sheet. Run it before a first row is accepted: a file that breaks off is found here.

    Raises:
        SheetRefused: the file as a whole cannot be taken.
    """
    known: Contradictions = {}
    while True:
        with preflight(path, options, limits=limits, now=now, contradictions=known) as looked:
            for _ in looked:
                pass
        if looked.contradictions == known:
            return looked.report
        known = looked.contradictions


def _mark(row: int, request: Cancellation) -> int:
    """What is asked for and in which row, in one number; only good within this process."""
    return hash(tuple(sorted(request.content().items()))) * _ROWS + row


def _complete(header: Header, sheet: Sheet) -> Header:
    if header.found.problems:  # with whatever may explain them: a misspelt name, another worksheet
        raise SheetRefused([*header.found.problems, *header.found.warnings, *sheet.warnings])
    return header
