"""A sheet handed in: looked at as a whole first, then taken row by row. Used by ``batch submit`` and the demo."""

import functools
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from producers.batch.preflight import Contradictions, Options, Preflight, Report, preflight
from producers.batch.sheet import refuse
from schemas.problem import Problem

if TYPE_CHECKING:
    from schemas.requests import Cancellation
    from schemas.views import BatchView
    from worker.desk import Desk

Tell = Callable[[int, int], None]
"""Hears how many rows of how many have been taken."""

_BITE = 500
"""Rows that the desk is asked about at once."""


@dataclass(slots=True)
class Surveyed:
    """A sheet that was looked at: what was found, a digest of which rows were refused and why, and which contradict
    each other. ``submit`` puts the report of what it has really taken in the place of ``report``."""

    report: Report
    refusals: str
    contradictions: Contradictions = field(default_factory=dict)


def survey(desk: "Desk", file: Path, options: Options) -> Surveyed:
    """Every row looked at, as it is, beside the others, against its issuer and the ledger. Nothing is taken in.

    Raises:
        SheetRefused: the file as a whole cannot be taken, or has no row.
    """
    found = _looked(desk, file, options, {})
    if found.contradictions:  # their first rows passed for good
        found = _looked(desk, file, options, found.contradictions)
    if not found.report.rows:
        raise refuse("sheet-empty")
    return found


def _looked(desk: "Desk", file: Path, options: Options, known: Contradictions) -> Surveyed:
    digest = hashlib.sha256()
    with preflight(file, options, contradictions=known) as looked:
        for row, verdict in _judged(desk, looked):
            if isinstance(verdict, list):
                digest.update(f"{row}:{','.join(problem.slug for problem in verdict)};".encode())
    return Surveyed(looked.report, digest.hexdigest(), looked.contradictions)


def submit(desk: "Desk", file: Path, options: Options, found: Surveyed, *, actor: str, tell: Tell) -> "BatchView":
    """Take the good rows in; the bad ones are kept beside them with their reasons.

    The same file with the same options and refusals is the same batch: repeating a submission that broke off finishes
    it. Once a refused row has become good (its issuer was registered) it is another batch, whose other rows name the
    jobs that are there already. What somebody else asked for since the survey shows in the new ``found.report``.
    """
    named = options.payload() | ({"refusals": found.refusals} if found.report.bad else {})
    batch, _ = desk.batches.open(file.name, file.read_bytes(), named, tenant=options.tenant)
    with preflight(file, options, contradictions=found.contradictions) as looked:
        rows = ((row.number, verdict) for row, verdict in looked)
        objected = functools.partial(_turned_down, looked)
        for taken in desk.batches.fill(batch.id, rows, actor=actor, objected=objected):
            tell(taken, found.report.rows)
    found.report = looked.report
    return desk.batches.look(batch.id)


def options_of(desk: "Desk", **given: Any) -> Options:
    """Options of a sheet; the tenant of the settings where none is named."""
    return replace(Options(), **{"tenant": desk.settings.tenant} | {k: v for k, v in given.items() if v is not None})


def _judged(desk: "Desk", looked: Preflight) -> "Iterator[tuple[int, Cancellation | list[Problem]]]":
    """Rows with what the desk objects to, some hundreds at a time; objections count in the report."""
    rows = iter(looked)
    while chunk := list(islice(rows, _BITE)):
        asked = [verdict for _, verdict in chunk if not isinstance(verdict, list)]
        objections = iter(desk.intake.objections(asked))
        for row, verdict in chunk:
            problem = None if isinstance(verdict, list) else next(objections)
            yield row.number, verdict if problem is None else [_turned_down(looked, problem.at(row=row.number))]


def _turned_down(looked: Preflight, problem: Problem) -> Problem:
    """The desk's objection to a row that looked good, where the sheet's owner finds it."""
    placed = looked.placed(problem)
    looked.report.turn_down(placed)
    return placed
