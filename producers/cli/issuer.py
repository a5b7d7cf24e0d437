"""``cancela issuer``: who may cancel."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from producers.cli import shown
from producers.cli.counter import counter, issuers_of
from producers.cli.ends import Exit, Stopped
from producers.cli.given import Zone, actor
from producers.cli.passwords import password, read, text
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from schemas.problem import Problem
    from worker.desk import Desk
    from worker.rails.enrolment import Newcomer

app = typer.Typer(help="Who may cancel: register, list, check.", no_args_is_help=True)

_LARGEST = 65_536
_LARGEST_PFX = 262_144
_TABLES = {"mx": ("pac", "sat", "properties"), "br": ("sefaz",)}


class _MexicoFirst(TyperGroup):
    """``issuer add --cer …`` goes on meaning ``issuer add mx --cer …``."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # click's own
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["mx", *args]
        return super().parse_args(ctx, args)


add = typer.Typer(cls=_MexicoFirst, help="Register an issuer, or replace what it signs with.", no_args_is_help=True)
app.add_typer(add, name="add")

Production = Annotated[bool, typer.Option("--production", help="Its requests are legally binding.")]
Tenant = Annotated[str | None, typer.Option(help="Whose issuer it is. [CANCELA_TENANT]")]


@add.command("mx")
@spoken
def mx(
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
    production: Production = False,
    confirm: Annotated[str | None, typer.Option(metavar="RFC", help="The RFC once more, for --production.")] = None,
    tenant: Tenant = None,
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
        options=_options("mx", option or []) | ({"require_sat_status": True} if require_sat_status else {}),
    )
    _add(voice, desk, new)


@add.command("br")
@spoken
def br(
    voice: Voice,
    pfx: Annotated[Path | None, typer.Option(help="The A1: certificate and key in one file (.pfx, .p12).")] = None,
    certificate: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Instead of --pfx: the subject, or NUMEROSERIE|serial, looked for in --store."
        ),
    ] = None,
    certificate_file: Annotated[
        Path | None,
        typer.Option(
            help="Instead of --pfx: a file (- is stdin) with the certificate's name in any of the four forms, "
            "ARQUIVO|path|password and CERTIFICADO|base64|password included."
        ),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help="Directory of PFX files, each NAME.pfx with its password in NAME.password.")
    ] = None,
    password_file: Annotated[Path | None, typer.Option(help="File with the PFX's password; else it is asked.")] = None,
    zone_name: Annotated[
        str, typer.Option("--zone", help="Time zone (IANA) of its events. [that of each document's state]")
    ] = "",
    production: Production = False,
    confirm: Annotated[str | None, typer.Option(metavar="CNPJ", help="The CNPJ once more, for --production.")] = None,
    tenant: Tenant = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="sefaz.…, such as sefaz.authority=PR; may be repeated."),
    ] = None,
) -> None:
    """Register a Brazilian issuer with its A1, or replace it. It is resolved and sealed once, at once.

    The CNPJ is the certificate's; it serves head office and branches alike.
    """
    from worker.desk.issuers import NewBrazilianIssuer

    desk = counter()
    content, secret = _a1(voice, pfx, certificate, certificate_file, store, password_file)
    new = NewBrazilianIssuer(
        pfx=content,
        password=secret,
        tenant=tenant or desk.settings.tenant,
        production=production,
        confirmed=confirm,
        zone=zone_name,
        options=_options("br", option or []),
    )
    _add(voice, desk, new)


def _add(voice: Voice, desk: "Desk", new: "Newcomer") -> None:
    desk.upkeep.open()
    view = desk.issuers.add(new, actor=actor())
    voice.tell(view.model_dump(mode="json"), shown.issuer(voice, view))
    if not voice.json:
        voice.complain(desk.issuers.check(view.id))


def _a1(
    voice: Voice,
    pfx: Path | None,
    certificate: str | None,
    certificate_file: Path | None,
    store: Path | None,
    password_file: Path | None,
) -> tuple[bytes, str]:
    """The PFX and its password, by whichever way it was named."""
    from worker.signing.certificate_name import resolve

    if [pfx, certificate, certificate_file].count(None) != 2:
        raise typer.BadParameter("one of --pfx, --certificate and --certificate-file is needed")
    if pfx is not None:
        return read(pfx, _LARGEST_PFX), password(password_file, "--password-file", voice.word("pfx-password"))
    if certificate is not None and certificate.partition("|")[0].strip().upper() in ("ARQUIVO", "CERTIFICADO"):
        raise Stopped("certificate-name-secret", Exit.USAGE)
    name = certificate if certificate_file is None else text(certificate_file, 2 * _LARGEST_PFX)
    secret = "" if password_file is None else password(password_file, "--password-file", "")
    return resolve(name or "", store=store, password=secret)


@app.command("list")
@spoken
def list_(voice: Voice, tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None) -> None:
    """Show all issuers."""
    found = counter().issuers.known(tenant)
    voice.table(
        [view.model_dump(mode="json") for view in found],
        ("issuer", "environment", "certificate", "until", "account", "mailbox", "id"),
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
    which: Annotated[str, typer.Argument(metavar="ID|RFC|CNPJ", help="The issuer.")],
    online: Annotated[bool, typer.Option("--online", help="Ask the PAC or SEFAZ, too.")] = False,
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


def _options(rail: str, given: list[str]) -> dict[str, Any]:
    """``sat.ask=false`` as ``{"sat": {"ask": False}}``. Truths and whole numbers are those, the rest is text."""
    options: dict[str, dict[str, Any]] = {}
    for each in given:
        name, separator, value = each.partition("=")
        table, dot, key = name.strip().partition(".")
        if not separator or not dot or not key or table not in _TABLES[rail]:
            wanted = ", ".join(f"{name}.KEY=VALUE" for name in _TABLES[rail])
            raise typer.BadParameter(f"--option {each!r}: wanted is {wanted}")
        options.setdefault(table, {})[key] = value if table == "properties" else _value(value.strip())
    return options


def _value(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"\d{1,12}", text) else text
