"""A sheet handed in: looked at as a whole first, then taken row by row. Used by ``batch submit`` and the demo."""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from producers.batch.limits import LIMITS
from producers.batch.preflight import Checked, Options, Preflight, Report, preflight
from producers.batch.sheet import refuse
from producers.cli.ends import Exit, Stopped
from schemas.problem import Problem

if TYPE_CHECKING:
    from schemas.views import BatchView
    from worker.desk import Desk

Tell = Callable[[int, int], None]
"""Hears how many rows of how many have been taken."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A sheet that was looked at: the report, and a digest of which rows were refused and why."""

    report: Report
    refusals: str


def survey(desk: "Desk", file: Path, options: Options) -> Surveyed:
    """Every row looked at, as it is and against its issuer. Nothing is taken in.

    Raises:
        SheetRefused: the file as a whole cannot be taken, or has no row.
    """
    digest = hashlib.sha256()
    with preflight(file, options) as looked:
        for row, verdict in _judged(desk, looked):
            if isinstance(verdict, list):
                digest.update(f"{row}:{','.join(problem.slug for problem in verdict)};".encode())
    if not looked.report.rows:
        raise refuse("sheet-empty")
    return Surveyed(looked.report, digest.hexdigest())


def submit(desk: "Desk", file: Path, options: Options, found: Surveyed, *, actor: str, tell: Tell) -> "BatchView":
    """Take the good rows in; the bad ones are kept beside them with their reasons.

    The same file with the same options and refusals is the same batch: repeating a submission that broke off finishes
    it. Once a refused row has become good (its issuer was registered) it is another batch, whose other rows name the
    jobs that are there already.
    """
    named = options.payload() | ({"refusals": found.refusals} if found.report.bad else {})
    batch, _ = desk.batches.open(file.name, file.read_bytes(), named, tenant=options.tenant)
    with preflight(file, options) as looked:
        for taken in desk.batches.fill(batch.id, _judged(desk, looked), actor=actor):
            tell(taken, found.report.rows)
    return desk.batches.look(batch.id)


@contextlib.contextmanager
def snapshot(file: Path) -> Iterator[Path]:
    """A private copy under the same name: what is read twice must be the same twice, whoever saves it meanwhile.

    Raises:
        Stopped: ``file-unreadable``, ``file-too-large``.
    """
    with tempfile.TemporaryDirectory(prefix="cancela-") as folder:
        copy = Path(folder) / file.name
        try:
            if file.stat().st_size > LIMITS.csv_bytes:
                raise Stopped("file-too-large", Exit.WRONG, file=str(file), limit=LIMITS.csv_bytes)
            shutil.copyfile(file, copy)
        except OSError as fault:
            raise Stopped("file-unreadable", Exit.WRONG, file=str(file), why=fault.strerror) from None
        yield copy


def options_of(desk: "Desk", **given: Any) -> Options:
    """Options of a sheet; the tenant of the settings where none is named."""
    return replace(Options(), **{"tenant": desk.settings.tenant} | {k: v for k, v in given.items() if v is not None})


def _judged(desk: "Desk", looked: Preflight) -> Iterator[tuple[int, Any]]:
    """Rows with what the desk objects to, some hundreds at a time; objections count in the report."""
    chunk: list[Checked] = []
    for checked in looked:
        chunk.append(checked)
        if len(chunk) == 500:
            yield from _objected(desk, looked, chunk)
            chunk = []
    yield from _objected(desk, looked, chunk)


def _objected(desk: "Desk", looked: Preflight, chunk: list[Checked]) -> Iterator[tuple[int, Any]]:
    objections = desk.intake.objections(verdict for _, verdict in chunk if not isinstance(verdict, list))
    for row, verdict in chunk:
        if isinstance(verdict, list):
            yield row.number, verdict
            continue
        objection: Problem | None = next(objections)
        if objection is None:
            yield row.number, verdict
            continue
        problems, report = [looked.placed(objection).at(row=row.number)], looked.report
        report.good, report.bad = report.good - 1, report.bad + 1
        report.refuse(problems)
        yield row.number, problems
