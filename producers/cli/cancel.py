"""``cancela cancel``: one document."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from producers.cli import shown, waiting
from producers.cli.counter import counter
from producers.cli.given import actor, with_xml
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from worker.desk import Desk

app = typer.Typer(help="Cancel one document.", no_args_is_help=True)

Production = Annotated[bool, typer.Option("--production", help="Legally binding.")]
Tenant = Annotated[str | None, typer.Option(help="Whose issuer it is. [CANCELA_TENANT]")]
Wait = Annotated[bool, typer.Option("--wait", help="Stay until it is over.")]
Timeout = Annotated[
    float | None, typer.Option(min=0, help="Seconds to stay at most, with --wait; a call under way is finished first.")
]


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
    production: Production = False,
    tenant: Tenant = None,
    wait: Wait = False,
    timeout: Timeout = None,
) -> None:
    """Ask for the cancellation of one CFDI. Asking twice is one request: it has one receipt."""
    desk = counter()
    fields = _given(
        desk,
        tenant,
        production,
        rail="mx",
        uuid=uuid,
        rfc=rfc,
        motive=motive,
        receiver=receiver,
        total=total,
        replaced_by=replaced_by,
        retention=retencion or None,
    )
    _ask(voice, desk, fields if xml is None else with_xml(fields, xml), wait=wait, timeout=timeout)


@app.command("br")
@spoken
def br(
    voice: Voice,
    key: Annotated[str, typer.Argument(metavar="CHAVE", help="Access key of the DC-e, 44 digits.")],
    protocol: Annotated[str, typer.Option(help="nProt of its authorisation, 16 digits.")],
    justification: Annotated[str, typer.Option(help="xJust, 15 to 255 characters.")],
    user_cnpj: Annotated[str | None, typer.Option(metavar="CNPJ", help="On whose behalf it was issued.")] = None,
    user_cpf: Annotated[str | None, typer.Option(metavar="CPF", help="The same, a person.")] = None,
    user_other: Annotated[str | None, typer.Option(metavar="ID", help="The same, neither of them.")] = None,
    author_cnpj: Annotated[str | None, typer.Option(metavar="CNPJ", help="Who cancels. [the CNPJ in the key]")] = None,
    event_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="dhEvento, 2026-11-20T18:30:00-03:00. [when it is sent]")
    ] = None,
    authorised_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When it was authorised: 24 hours later nothing is sent any more."),
    ] = None,
    sequence: Annotated[int | None, typer.Option(help="nSeqEvento. [1]")] = None,
    production: Production = False,
    tenant: Tenant = None,
    wait: Wait = False,
    timeout: Timeout = None,
) -> None:
    """Ask for the cancellation of one DC-e. Asking twice is one request: it has one receipt.

    Whoever issues on its own behalf (tpEmit 2) need not say on whose behalf it was issued. Times without an offset are
    local in the state of the key.
    """
    desk = counter()
    fields = _given(
        desk,
        tenant,
        production,
        rail="br",
        access_key=key,
        protocol=protocol,
        justification=justification,
        user_cnpj=user_cnpj,
        user_cpf=user_cpf,
        user_other=user_other,
        author_cnpj=author_cnpj,
        event_at=event_at,
        authorised_at=authorised_at,
        sequence=sequence,
    )
    _ask(voice, desk, fields, wait=wait, timeout=timeout)


def _given(desk: "Desk", tenant: str | None, production: bool, **fields: object) -> dict[str, Any]:
    """The request's fields; what was not given is not there."""
    where = {"tenant": tenant or desk.settings.tenant, "environment": "production" if production else "test"}
    return {name: value for name, value in fields.items() if value is not None} | where


def _ask(voice: Voice, desk: "Desk", fields: dict[str, Any], *, wait: bool, timeout: float | None) -> None:
    """Hand it in, and tell its receipt or, with ``wait``, its ending."""
    from schemas.problem import Problem, Rejected
    from schemas.requests import parse
    from worker.desk.intake import conflict

    request = parse(fields)
    found = desk.intake.accept([request], actor=actor())[0]
    if isinstance(found, Problem):
        raise Rejected([found])
    if found.conflict:
        raise Rejected([conflict(found)])
    states = _states(voice, desk, found.job_id, timeout) if wait else None
    job = desk.jobs.look(found.job_id, voice.lang)
    told = {"receipt": found.model_dump(mode="json"), "job": job.model_dump(mode="json")}
    voice.tell(told, shown.job(voice, job))
    if states is not None and (status := waiting.status(states)):
        raise typer.Exit(status)


def _states(voice: Voice, desk: "Desk", job_id: str, limit: float | None) -> waiting.States:
    def look() -> waiting.States:
        return {desk.jobs.look(job_id, voice.lang).state: 1}

    return waiting.until_over(desk, look, lambda _: None, limit=limit)
