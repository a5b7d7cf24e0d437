"""The ``cancela`` command. What is heavy is imported by the command that needs it: help and ``sign`` are fast."""

from typing import Annotated

import typer

from producers.cli import batch, cancel, issuer, job, sign
from producers.cli.codes import codes
from producers.cli.demo.run import demo
from producers.cli.house import doctor, key, migrate, up
from producers.cli.sandbox import sandbox
from producers.cli.trust import backup, checkpoint, manifest, recover

app = typer.Typer(
    name="cancela",
    epilog="Exit status: 0 done, 1 something is wrong with what was given, 2 usage or settings, 3 no such thing or not "
    "possible now, 4 ledger or service out of reach, 5 over but not all cancelled (--wait), 6 the ledger's word cannot "
    "be trusted, 70 a fault of ours, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"cancela {version('cancela')}")
        raise typer.Exit


@app.callback()
def cancela(
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Cancel fiscal documents in bulk, and prove that it was done."""


app.add_typer(issuer.app, name="issuer")
app.add_typer(cancel.app, name="cancel")
app.add_typer(batch.app, name="batch")
app.add_typer(job.app, name="job")
app.command("codes")(codes)
app.add_typer(sign.app, name="sign")
app.command("up")(up)
app.command("migrate")(migrate)
app.command("doctor")(doctor)
app.add_typer(key, name="key")
app.command("checkpoint")(checkpoint)
app.command("manifest")(manifest)
app.command("backup")(backup)
app.command("recover")(recover)
app.command("sandbox")(sandbox)
app.command("demo")(demo)


def run() -> None:
    """The entry point."""
    app(prog_name="cancela")
