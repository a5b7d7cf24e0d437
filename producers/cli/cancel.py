"""``cancela cancel``: one document."""

from pathlib import Path
from typing import Annotated, Any

import typer

from producers.cli import shown, waiting
from producers.cli.counter import counter
from producers.cli.ends import Exit, Stopped
from producers.cli.given import actor
from producers.cli.passwords import read
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

app = typer.Typer(help="Cancel one document.", no_args_is_help=True)


@app.command("mx")
@spoken
def mx(
    voice: Voice,
    motive: Annotated[str, typer.Option(help="SAT's code: 01 replaced, 02 no relation, 03 not executed, 04 named.")],
    uuid: Annotated[str | None, typer.Argument(help="Folio fiscal; may be left out with --xml.")] = None,
    rfc: Annotated[str | None, typer.Option(help="The issuer's RFC; may be left out with --xml.")] = None,
    replaced_by: Annotated[str | None, typer.Option(metavar="UUID", help="The substitute; with motive 01.")] = None,
    receiver: Annotated[
        str | None, typer.Option(metavar="RFC", help="The receiver's RFC, so that SAT is asked.")
    ] = None,
    total: Annotated[str | None, typer.Option(help="The total, so that SAT is asked.")] = None,
    xml: Annotated[
        Path | None, typer.Option(help="The CFDI itself, instead of UUID, --rfc, --receiver, --total.")
    ] = None,
    retencion: Annotated[bool, typer.Option("--retencion", help="It is a certificate of retentions.")] = False,
    production: Annotated[bool, typer.Option("--production", help="Legally binding.")] = False,
    tenant: Annotated[str | None, typer.Option(help="Whose issuer it is. [CANCELA_TENANT]")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until it is over.")] = False,
    timeout: Annotated[float | None, typer.Option(min=0, help="Seconds to stay at most, with --wait.")] = None,
) -> None:
    """Ask for the cancellation of one CFDI. Asking twice is one request: it has one receipt."""
    from schemas.problem import Problem, Rejected
    from schemas.requests import parse

    desk = counter()
    given: dict[str, Any] = {
        "uuid": uuid,
        "rfc": rfc,
        "receiver": receiver,
        "total": total,
        "replaced_by": replaced_by,
        "retention": retencion or None,
    }
    fields = {name: value for name, value in given.items() if value is not None} | {
        "motive": motive,
        "tenant": tenant or desk.settings.tenant,
        "environment": "production" if production else "test",
    }
    request = parse(fields if xml is None else _with_xml(fields, xml))
    found = desk.intake.accept([request], actor=actor())[0]
    if isinstance(found, Problem):
        raise Rejected([found])
    if found.conflict:
        differs = ", ".join(f"{name}: {had} ≠ {wants}" for name, (had, wants) in found.differs.items())
        raise Rejected([Problem(slug="request-conflict", params={"differs": differs, "job": found.job_id})])
    job = desk.jobs.look(found.job_id, voice.lang)
    if wait:
        states = waiting.until_over(
            desk,
            lambda: {desk.jobs.look(found.job_id, voice.lang).state: 1},
            lambda _: None,
            limit=timeout,
        )
        job = desk.jobs.look(found.job_id, voice.lang)
    told = {"receipt": found.model_dump(mode="json"), "job": job.model_dump(mode="json")}
    voice.tell(told, shown.job(voice, job))
    if wait and (status := waiting.status(states)):
        raise typer.Exit(status)


def _with_xml(fields: dict[str, Any], xml: Path) -> dict[str, Any]:
    """The request's fields with those that the CFDI itself knows; what was given beside it must agree."""
    from producers.batch.cfdi_file import LARGEST, read_cfdi

    if "receiver" in fields or "total" in fields:
        raise typer.BadParameter("--xml already says receiver and total")
    facts = read_cfdi(read(xml, LARGEST), uuid=fields.get("uuid"))
    if "rfc" in fields and fields["rfc"].strip().upper() != str(facts.issuer):
        raise Stopped("cfdi-other-issuer", Exit.WRONG, given=fields["rfc"], found=str(facts.issuer))
    return fields | facts.fields()
