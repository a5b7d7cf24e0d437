"""The ``cancela`` command. What is heavy is imported by the command that needs it, so that help and ``sign`` are fast."""

import typer

from producers.cli import sign

app = typer.Typer(
    name="cancela",
    help="Cancel fiscal documents in bulk, and prove that it was done.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
)
app.add_typer(sign.app, name="sign")


def run() -> None:
    """The entry point."""
    app(prog_name="cancela")
