"""``cancela job``: what became of a document, and what a person may do about it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from producers.cli import given, shown
from producers.cli.counter import counter, job_of
from producers.cli.ends import Exit, Stopped
from producers.cli.given import STATES, actor, with_xml
from producers.cli.proofs import write_proofs
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from schemas.views import JobView
    from worker.desk import Desk

app = typer.Typer(help="Look at jobs, and set them right.", no_args_is_help=True)

Which = Annotated[
    str, typer.Argument(metavar="ID|DOCUMENT", help="A job's id, or UUID or access key of its document (newest round).")
]
Why = Annotated[str, typer.Option(help="The reason; it is written into the job's journal.")]


@app.command("show")
@spoken
def show(voice: Voice, which: Which) -> None:
    """Show a job with its whole history."""
    desk = counter()
    job = job_of(desk, which, voice.lang)
    lines, exchanges = desk.jobs.history(job.id)
    told = {
        "job": job.model_dump(mode="json"),
        "journal": [line.model_dump(mode="json") for line in lines],
        "exchanges": [each.model_dump(mode="json") for each in exchanges],
    }
    voice.tell(told, shown.job(voice, job, lines))


@app.command("errors")
@spoken
def errors(voice: Voice, which: Which) -> None:
    """Show the calls about a DC-e that were no success, as the common DLL logs them; messages by their digests."""
    desk = counter()
    calls = desk.jobs.failed_calls(job_of(desk, which, voice.lang).id)
    voice.table(
        [call.model_dump(mode="json") for call in calls],
        ("at", "service", "environment", "certificate", "code", "said", "msgDados", "msgRetWS"),
        (
            (
                shown.when(call.at),
                call.url,
                call.environment,
                call.certificate,
                call.code or call.slug,
                call.text,
                call.sent,
                call.received,
            )
            for call in calls
        ),
    )


@app.command("list")
@spoken
def list_(
    voice: Voice,
    state: Annotated[
        list[str] | None,
        typer.Option(help=f"Only in this state, in any language; may be repeated: {', '.join(STATES)}."),
    ] = None,
    batch: Annotated[str | None, typer.Option(help="Only of this batch.")] = None,
    document: Annotated[str | None, typer.Option(metavar="UUID|KEY", help="Only of this document.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    after: Annotated[str | None, typer.Option(metavar="ID", help="The page after this job.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most jobs on a page.")] = 50,
) -> None:
    """Show jobs, newest first."""
    states = [given.state(each) for each in state or ()]
    try:
        jobs, following = counter().jobs.find(
            voice.lang, tenant=tenant, states=states, batch=batch, document=document, after=after, limit=limit
        )
    except KeyError:
        raise Stopped("job-unknown", Exit.IMPOSSIBLE, value=after) from None
    voice.table(
        {"jobs": [job.model_dump(mode="json") for job in jobs], "after": following},
        ("document", "state", "code", "meaning", "changed", "job"),
        (
            (
                job.document,
                voice.word(f"state-{job.state}"),
                _code(job),
                job.meaning,
                shown.when(job.changed_at),
                job.id,
            )
            for job in jobs
        ),
        spare="job",
    )
    if following:
        voice.note("more-jobs", after=following)


@app.command("retry")
@spoken
def retry(voice: Voice, which: Which, why: Why) -> None:
    """Go on now. What may lie at the authority is asked about, never sent again blindly."""
    _act(voice, which, why, lambda desk, job: desk.jobs.retry(job.id, why=why, actor=actor(), lang=voice.lang))


@app.command("withdraw")
@spoken
def withdraw(voice: Voice, which: Which, why: Why) -> None:
    """Take a job back of which nothing has left the house."""
    _act(voice, which, why, lambda desk, job: desk.jobs.withdraw(job.id, why=why, actor=actor(), lang=voice.lang))


@app.command("release")
@spoken
def release(voice: Voice, which: Which) -> None:
    """Let a held job go."""
    _act(voice, which, "-", lambda desk, job: desk.jobs.release(job.id, actor=actor(), lang=voice.lang))


@app.command("again")
@spoken
def again(
    voice: Voice,
    which: Which,
    why: Why,
    motive: Annotated[str | None, typer.Option(help="CFDI: another motive.")] = None,
    replaced_by: Annotated[
        str | None, typer.Option(metavar="UUID", help="CFDI: the substitute; with motive 01.")
    ] = None,
    receiver: Annotated[str | None, typer.Option(metavar="RFC", help="CFDI: the receiver's RFC.")] = None,
    total: Annotated[str | None, typer.Option(help="CFDI: the total.")] = None,
    xml: Annotated[Path | None, typer.Option(help="CFDI: the document, for receiver and total.")] = None,
    protocol: Annotated[str | None, typer.Option(help="DC-e: another nProt of its authorisation.")] = None,
    justification: Annotated[str | None, typer.Option(help="DC-e: another xJust.")] = None,
    authorised_at: Annotated[str | None, typer.Option(metavar="TIME", help="DC-e: when it was authorised.")] = None,
) -> None:
    """Open a new round of a document whose last round ended without a cancellation.

    It asks for the same as the last time, but for what is given here.
    """
    mx = {"motive": motive, "replaced_by": replaced_by, "receiver": receiver, "total": total}
    br = {"protocol": protocol, "justification": justification, "authorised_at": authorised_at}

    def opened(desk: "Desk", job: "JobView") -> "JobView":
        changes = _changes(job, {"mx": mx, "br": br}, xml)
        receipt = desk.jobs.again(job.id, why=why, actor=actor(), changes=changes)
        return desk.jobs.look(receipt.job_id, voice.lang)

    _act(voice, which, why, opened)


@app.command("proofs")
@spoken
def proofs(
    voice: Voice,
    which: Which,
    out: Annotated[Path | None, typer.Option(help="Folder to write to. [proofs-DOCUMENT]")] = None,
) -> None:
    """Write what proves a job's ending: the signed request, every answer, the journal, and their digests."""
    desk = counter()
    job = job_of(desk, which, voice.lang)
    folder = out or Path(f"proofs-{job.document}")
    manifest = write_proofs(desk, job, folder)
    files = manifest["files"]
    voice.tell(
        {"folder": str(folder), **manifest}, [str(folder), *(f"  {digest}  {name}" for name, digest in files.items())]
    )


def _act(voice: Voice, which: str, why: str, deed: "Callable[[Desk, JobView], JobView]") -> None:
    if not why.strip():
        raise typer.BadParameter("--why must say something")
    desk = counter()
    job = deed(desk, job_of(desk, which, voice.lang))
    voice.tell(job.model_dump(mode="json"), shown.job(voice, job))


def _changes(job: "JobView", given: Mapping[str, Mapping[str, str | None]], xml: Path | None) -> dict[str, Any]:
    """What is asked for otherwise; what only documents of another country have is refused."""
    said = {
        rail: {name: value for name, value in fields.items() if value is not None} for rail, fields in given.items()
    }
    strange = [name for rail, fields in said.items() if rail != job.rail for name in fields]
    if xml is not None and job.rail != "mx":
        strange.append("xml")
    if strange:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in strange)
        raise typer.BadParameter(f"{options}: a document of another country than {job.document}")
    changes: dict[str, Any] = said[job.rail]
    if xml is None:
        return changes
    return with_xml(changes | {"uuid": job.document, "rfc": str(job.request["rfc"])}, xml)


def _code(job: "JobView") -> str:
    return job.said.short if job.said else job.slug or ""
