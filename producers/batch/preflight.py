"""Every row of a sheet looked at before anything is asked for: what can go, and what is wrong with the rest.

No ledger and no network here. Memory does not grow with the sheet, but for one small number per good row, by which a
document that comes twice is recognised.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from producers.batch.cells import field_of
from producers.batch.limits import LIMITS, Limits
from producers.batch.reader import header, open_sheet, rows
from producers.batch.sheet import Header, Row, SheetRefused, blank
from schemas.columns import Found
from schemas.mx.rfc import Rfc
from schemas.problem import Problem, Rejected
from schemas.requests import CfdiCancellation, parse

#: Problems and warnings that a report keeps with their place; beyond that they are only counted.
KEPT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What holds for the whole sheet. ``rfc`` and ``motive`` fill in where a row says nothing.

    ``require_sat_status``: the issuer demands that SAT be asked, so that receiver and total are needed in every row.
    """

    tenant: str = "default"
    environment: str = "test"
    rfc: str | None = None
    motive: str | None = None
    retention: bool = False
    require_sat_status: bool = False
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None

    def needed(self) -> tuple[str, ...]:
        """The columns that the sheet must have."""
        return (
            "uuid",
            *(() if self.rfc else ("rfc",)),
            *(() if self.motive else ("motive",)),
            *(("receiver", "total") if self.require_sat_status else ()),
        )

    def payload(self) -> dict[str, Any]:
        """As plain JSON; ``Options(**payload)`` is the same again. A file with other options is another batch."""
        return asdict(self)


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

    def _note(self, kept: list[Problem], problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.counts[problem.slug] += 1
            if len(kept) < KEPT:
                kept.append(problem)


Checked = tuple[Row, CfdiCancellation | list[Problem]]


class Preflight:
    """A sheet being looked at. Iterate it once; ``report`` grows with every row."""

    def __init__(self, path: Path, options: Options, limits: Limits) -> None:
        self.report = Report()
        self._options, self._limits = options, limits
        self._sheet = open_sheet(
            path, limits=limits, sheet=options.sheet, encoding=options.encoding, delimiter=options.delimiter
        )
        try:
            self.header: Header = _complete(header(self._sheet, needed=options.needed(), limits=limits))
        except SheetRefused:
            self._sheet.close()
            raise
        self.report.warn([*self._sheet.warnings, *self.header.found.warnings])
        self._row_of: dict[int, int] = {}
        self._judged: dict[str, str | None] = {}

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

    def _verdict(self, row: Row) -> CfdiCancellation | list[Problem]:
        found = self.header.found
        if self._sheet.delimited and not blank(row.raw[len(self.header.names) :]):
            return [Problem(slug="row-too-wide", row=row.number, params={"columns": len(self.header.names)})]
        fields, problems = _fields(row, self._options, found, self._limits)
        if not problems:
            try:
                request = parse(fields)
            except Rejected as rejected:
                problems = [_placed(problem, found) for problem in rejected.problems]
            else:
                problems = self._repeated(row, request)
        return [problem.at(row=row.number) for problem in problems] if problems else request

    def _repeated(self, row: Row, request: CfdiCancellation) -> list[Problem]:
        """The first good row of a document wins."""
        first = self._row_of.setdefault(int(request.uuid.replace("-", ""), 16), row.number)
        if first == row.number:
            return []
        column = self.header.found.header("uuid")
        return [Problem(slug="row-repeated", column=column, params={"first": first, "value": request.uuid})]

    def _warn(self, row: Row, request: CfdiCancellation) -> None:
        for name, rfc in (("rfc", request.rfc), ("receiver", request.receiver)):
            if rfc is not None and (slug := self._doubt(rfc)):
                column = self.header.found.header(name)
                self.report.warn([Problem(slug=slug, row=row.number, column=column, params={"value": rfc})])

    def _doubt(self, rfc: str) -> str | None:
        if rfc not in self._judged:
            if len(self._judged) > KEPT:
                self._judged.clear()
            self._judged[rfc] = Rfc(rfc).warning
        return self._judged[rfc]


def preflight(path: Path, options: Options | None = None, *, limits: Limits = LIMITS) -> Preflight:
    """The sheet, opened and its columns found; iterate the result for ``(Row, request | problems)`` of every row.

    Raises:
        SheetRefused: the file as a whole cannot be taken; while iterating, too, when it breaks off further down.
    """
    return Preflight(path, options or Options(), limits)


def survey(path: Path, options: Options | None = None, *, limits: Limits = LIMITS) -> Report:
    """The report over a whole sheet. Run it before a first row is accepted: a file that breaks off is found here.

    Raises:
        SheetRefused: the file as a whole cannot be taken.
    """
    with preflight(path, options, limits=limits) as looked:
        for _ in looked:
            pass
    return looked.report


def _complete(header: Header) -> Header:
    if header.found.problems:
        raise SheetRefused([*header.found.problems, *header.found.warnings])
    return header


def _fields(row: Row, options: Options, found: Found, limits: Limits) -> tuple[dict[str, Any], list[Problem]]:
    """The request's fields that a row gives, with the sheet's options where it gives none."""
    fields: dict[str, Any] = {"tenant": options.tenant, "environment": options.environment}
    fields |= _given(retention=options.retention or None, rfc=options.rfc, motive=options.motive)
    problems: list[Problem] = []
    for name, value in row.cells.items():
        kept = field_of(name, value, limits)
        if isinstance(kept, Problem):
            problems.append(kept.at(column=found.header(name)))
        else:
            fields[name] = kept
    asked = [name for name in ("receiver", "total") if options.require_sat_status and name not in row.cells]
    problems += [Problem(slug="sat-status-required", column=found.header(name)) for name in asked]
    return fields, problems


def _given(**fields: object) -> Mapping[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _placed(problem: Problem, found: Found) -> Problem:
    """A request's problem, under the name that the sheet's owner gave the column."""
    if problem.slug == "field-missing" and problem.column:
        problem = replace(problem, slug="cell-empty")
    try:
        return problem.at(column=found.header(problem.column or ""))
    except KeyError:
        return problem
