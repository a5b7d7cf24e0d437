"""``cancela issuer``: who may cancel."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from producers.cli import shown
from producers.cli.counter import counter, issuers_of
from producers.cli.ends import Exit
from producers.cli.given import Zone, actor
from producers.cli.passwords import password, read
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from schemas.problem import Problem

app = typer.Typer(help="Who may cancel: register, list, check.", no_args_is_help=True)

_LARGEST = 65_536
_TABLES = ("pac", "sat", "properties")


@app.command("add")
@spoken
def add(
    voice: Voice,
    cer: Annotated[Path, typer.Option(help="The CSD's certificate (.cer).")],
    key: Annotated[Path, typer.Option(help="The CSD's private key (.key).")],
    pac_user: Annotated[str, typer.Option(help="User at the PAC.")],
    password_file: Annotated[Path | None, typer.Option(help="File with the key's password; else it is asked.")] = None,
    pac_password_file: Annotated[Path | None, typer.Option(help="File with the PAC's password; else asked.")] = None,
    mailbox: Annotated[str | None, typer.Option(help="Address for the PAC's notices. [the watched mailbox]")] = None,
    zone_name: Zone = "America/Mexico_City",
    require_sat_status: Annotated[
        bool, typer.Option("--require-sat-status", help="Only SAT's own word ends a job as cancelled.")
    ] = False,
    production: Annotated[bool, typer.Option("--production", help="Its requests are legally binding.")] = False,
    confirm: Annotated[str | None, typer.Option(metavar="RFC", help="The RFC once more, for --production.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Whose issuer it is. [CANCELA_TENANT]")] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="pac.…, sat.… or properties.…; may be repeated."),
    ] = None,
) -> None:
    """Register an issuer with its CSD and its login at the PAC, or replace them. Both are sealed at once."""
    from worker.desk.issuers import NewIssuer

    desk = counter()
    settings = desk.settings
    new = NewIssuer(
        cer=read(cer, _LARGEST),
        key=read(key, _LARGEST),
        password=password(password_file, "--password-file", voice.word("key-password")),
        pac_user=pac_user,
        pac_password=password(pac_password_file, "--pac-password-file", voice.word("pac-password")),
        tenant=tenant or settings.tenant,
        production=production,
        confirmed=confirm,
        mailbox=mailbox or settings.imap_address or settings.imap_user,
        zone=zone_name,
        options=_options(option or []) | ({"require_sat_status": True} if require_sat_status else {}),
    )
    desk.upkeep.open()
    view = desk.issuers.add(new, actor=actor())
    voice.tell(view.model_dump(mode="json"), shown.issuer(voice, view))
    if not voice.json:
        voice.complain(desk.issuers.check(view.id))


@app.command("list")
@spoken
def list_(voice: Voice, tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None) -> None:
    """Show all issuers."""
    found = counter().issuers.known(tenant)
    voice.table(
        [view.model_dump(mode="json") for view in found],
        ("rfc", "environment", "certificate", "until", "account", "mailbox", "id"),
        (
            (
                view.tax_id,
                voice.word(view.environment),
                view.certificate,
                shown.when(view.certificate_until),
                view.account,
                view.mailbox,
                view.id,
            )
            for view in found
        ),
    )


@app.command("check")
@spoken
def check(
    voice: Voice,
    which: Annotated[str, typer.Argument(metavar="ID|RFC", help="The issuer.")],
    online: Annotated[bool, typer.Option("--online", help="Ask the PAC whether the login is good.")] = False,
) -> None:
    """Say what stands in the way of cancelling in an issuer's name."""
    from worker.desk.health import WARNINGS

    desk = counter()
    found = {issuer.id: desk.issuers.check(issuer.id, online=online) for issuer in issuers_of(desk, which)}
    told = [
        {"issuer": key, "problems": [each.payload(voice.lang) for each in each_one]} for key, each_one in found.items()
    ]
    voice.tell(told, _checked(voice, found))
    if any(problem.slug not in WARNINGS for problems in found.values() for problem in problems):
        raise typer.Exit(Exit.WRONG)


def _checked(voice: Voice, found: "dict[str, list[Problem]]") -> list[str]:
    lines = []
    for issuer, problems in found.items():
        lines.append(f"{issuer}: {voice.word('good') if not problems else ''}".rstrip(" :"))
        for problem in problems:
            text = problem.text(voice.lang)
            lines += [f"  {problem.slug}: {text.what}", f"    → {text.next}"]
    return lines


def _options(given: list[str]) -> dict[str, Any]:
    """``sat.ask=false`` as ``{"sat": {"ask": False}}``. Truths and whole numbers are those, the rest is text."""
    options: dict[str, dict[str, Any]] = {}
    for text in given:
        name, separator, value = text.partition("=")
        table, dot, key = name.strip().partition(".")
        if not separator or not dot or not key or table not in _TABLES:
            raise typer.BadParameter(
                f"--option {text!r}: wanted is pac.KEY=VALUE, sat.KEY=VALUE or properties.KEY=VALUE"
            )
        options.setdefault(table, {})[key] = value if table == "properties" else _value(value.strip())
    return options


def _value(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"\d{1,12}", text) else text
