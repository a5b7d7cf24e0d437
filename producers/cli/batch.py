"""``cancela batch``: sheets in, result sheets out."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from producers.cli import shown, waiting
from producers.cli.counter import counter
from producers.cli.ends import Exit, Stopped
from producers.cli.given import Zone, actor, zone
from producers.cli.progress import bar
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from datetime import tzinfo

    from producers.cli.submission import Surveyed
    from schemas.problem import Problem
    from schemas.views import BatchView
    from worker.desk import Desk

app = typer.Typer(help="Hand in sheets, follow them, get them back with their endings.", no_args_is_help=True)

Batch = Annotated[str, typer.Argument(metavar="ID", help="The batch's id, or how it begins.")]

_LEAST = 4
"""Characters of an id that are taken for its beginning."""

_SHOWN = 20
"""Problems that a person is shown; a program gets all that the report keeps."""


@app.command("submit")
@spoken
def submit(
    voice: Voice,
    file: Annotated[Path, typer.Argument(help="XLSX or CSV.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look at every row and take none.")] = False,
    good_rows_only: Annotated[
        bool,
        typer.Option("--good-rows-only/--all-or-nothing", help="Take the good rows although others are bad."),
    ] = False,
    rfc: Annotated[str | None, typer.Option(help="Issuer of CFDI rows that name none.")] = None,
    motive: Annotated[str | None, typer.Option(help="Motive of CFDI rows that name none.")] = None,
    justification: Annotated[str | None, typer.Option(help="Justification of DC-e rows that have none.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Worksheet. [the first visible one]")] = None,
    retencion: Annotated[bool, typer.Option("--retencion", help="The documents are retentions.")] = False,
    production: Annotated[bool, typer.Option("--production", help="Legally binding.")] = False,
    tenant: Annotated[str | None, typer.Option(help="Whose issuers. [CANCELA_TENANT]")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until everything is over.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(min=0, help="Seconds to stay at most, with --wait; a call under way is finished first."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="With --wait: write the result sheet here.")] = None,
) -> None:
    """Hand in a sheet. If a row is bad nothing is taken, unless --good-rows-only.

    Handing in the same sheet again is safe: a document is one request, however often it is asked for.
    """
    from producers.cli import result_sheet, submission
    from producers.cli.snapshot import snapshot

    if out is not None and not wait:
        raise typer.BadParameter("--out needs --wait; or write it later: cancela batch result ID --out FILE")
    if out is not None:
        result_sheet.check(out, file)
    desk = counter()
    options = submission.options_of(
        desk,
        tenant=tenant,
        environment="production" if production else "test",
        rfc=rfc,
        motive=motive,
        justification=justification,
        sheet=sheet,
        retention=retencion,
    )
    with snapshot(file) as copy:
        found = submission.survey(desk, copy, options)
        _warn(voice, found)
        refused = found.report.bad and not good_rows_only
        if dry_run or refused:
            _report(voice, found, taken=None)
            if refused and not dry_run:
                voice.note("sheet-has-bad-rows", bad=found.report.bad, good=found.report.good)
            raise typer.Exit(Exit.WRONG if found.report.bad else Exit.DONE)
        with bar(voice, "taking") as tell:
            batch = submission.submit(desk, copy, options, found, actor=actor(), tell=tell)
    if wait:
        voice.note("batch-taken", batch=batch.id)
    states = _followed(voice, desk, batch, timeout) if wait else None
    if out is not None:
        _write(voice, desk, batch.id, out, shown.HERE)
    batch = desk.batches.look(batch.id)
    _report(voice, found, taken=batch)
    status = Exit.WRONG if batch.refused_rows else Exit.DONE
    raise typer.Exit(status if states is None else waiting.status(states, batch.refused_rows))


@app.command("show")
@spoken
def show(voice: Voice, batch: Batch) -> None:
    """Show how far a batch is."""
    view = _look(counter(), batch)
    voice.tell(view.model_dump(mode="json"), shown.batch(voice, view))


@app.command("list")
@spoken
def list_(
    voice: Voice,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most batches.")] = 20,
) -> None:
    """Show the newest batches."""
    found = counter().batches.recent(tenant=tenant, limit=limit)
    voice.table(
        [view.model_dump(mode="json") for view in found],
        ("batch", "name", "created", "rows", "refused-rows", "states"),
        (
            (
                view.id,
                view.name,
                shown.when(view.created_at),
                view.rows,
                view.refused_rows,
                shown.states(view.states, voice),
            )
            for view in found
        ),
    )


@app.command("result")
@spoken
def result(
    voice: Voice,
    batch: Batch,
    out: Annotated[Path | None, typer.Option(help="XLSX or CSV by its name. [the sheet's name with .result]")] = None,
    zone_name: Zone = "America/Mexico_City",
) -> None:
    """Write the sheet as it was handed in, with what became of every row."""
    desk = counter()
    view = _look(desk, batch)
    name = Path(view.name)
    target = out or Path(f"{name.stem}.result{_suffix(name)}")
    rows, missing = _write(voice, desk, view.id, target, zone(zone_name))
    warnings = [problem.payload(voice.lang) for problem in missing]
    told = {"file": str(target), "rows": rows, "batch": view.model_dump(mode="json"), "warnings": warnings}
    voice.tell(told, [str(target)])


def _suffix(name: Path) -> str:
    """Of a result, by the sheet's own name: a workbook for a workbook."""
    return ".xlsx" if name.suffix.lower() in (".xlsx", ".xlsm", ".xltx", ".xltm") else ".csv"


def _look(desk: "Desk", batch: str) -> "BatchView":
    wanted = batch.strip().lower()
    with contextlib.suppress(KeyError):
        return desk.batches.look(wanted)
    found = desk.batches.named(wanted) if len(wanted) >= _LEAST else []
    if len(found) > 1:
        raise Stopped("batch-ambiguous", Exit.IMPOSSIBLE, value=batch, ids=", ".join(found[:5]))
    if not found:
        raise Stopped("batch-unknown", Exit.IMPOSSIBLE, value=batch)
    return desk.batches.look(found[0])


def _write(voice: Voice, desk: "Desk", batch: str, out: Path, place: "tzinfo") -> "tuple[int, list[Problem]]":
    """The result sheet: its rows, and what it lacks of the sheet, which a person is told at once."""
    from producers.cli.result_sheet import write

    missing: list[Problem] = []
    rows = write(desk, batch, out, lang=voice.lang, zone=place, told=missing.append)
    if not voice.json:
        voice.complain(missing)
    return rows, missing


def _followed(voice: Voice, desk: "Desk", batch: "BatchView", timeout: float | None) -> waiting.States:
    with bar(voice, "waiting") as tell:
        return waiting.until_over(
            desk,
            lambda: desk.batches.look(batch.id).states,
            lambda states: tell(_over(states), sum(states.values())),
            limit=timeout,
        )


def _over(states: waiting.States) -> int:
    return sum(count for state, count in states.items() if state not in waiting.MOVING)


def _warn(voice: Voice, found: "Surveyed") -> None:
    """Before anything is taken; a program finds the warnings in the report."""
    if not voice.json:
        voice.complain(found.report.warnings[:_SHOWN])


def _report(voice: Voice, found: "Surveyed", *, taken: "BatchView | None") -> None:
    report = found.report
    faults = sorted(report.problems, key=lambda problem: problem.row or 0)
    if voice.json:
        problems = [problem.payload(voice.lang) for problem in faults]
        warnings = [problem.payload(voice.lang) for problem in report.warnings]
        rows = {"rows": report.rows, "good": report.good, "bad": report.bad, "counts": dict(report.counts)}
        batch = None if taken is None else taken.model_dump(mode="json")
        voice.tell({"batch": batch, **rows, "problems": problems, "warnings": warnings})
        return
    voice.complain(faults[:_SHOWN])
    if len(faults) > _SHOWN:
        voice.note("more-problems", count=report.bad, shown=_SHOWN)
    if taken is None:
        counted = (("rows", report.rows), ("good-rows", report.good), ("refused-rows", report.bad))
        voice.tell(None, ["   ".join(f"{voice.word(name)}: {count}" for name, count in counted)])
    else:
        voice.tell(None, shown.batch(voice, taken))
