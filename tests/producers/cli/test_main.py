"""What all commands have in common: help, languages, JSON, exit statuses, a quick start."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest
import typer
from typer.main import get_command

from producers.cli import house
from producers.cli.ends import Exit, Stopped, ending
from producers.cli.main import app
from producers.cli.voice import Voice, voice
from schemas.problem import Problem, Rejected
from tests.producers.cli.command import Command
from worker.domain.states import State
from worker.engine.operator import CannotDo
from worker.ledger.faults import LedgerUnreachable
from worker.settings import Misconfigured
from worker.signing.custody import CannotUnseal
from worker.signing.faults import CredentialFault


def _commands() -> Iterator[tuple[str, object]]:
    def below(name: str, command: object) -> Iterator[tuple[str, object]]:
        children = getattr(command, "commands", None)
        if children is None:
            yield name, command
        for child, found in (children or {}).items():
            yield from below(f"{name} {child}".strip(), found)

    return below("", get_command(app))


COMMANDS = dict(_commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_speaks_json_and_three_languages(name: str) -> None:
    """``--json`` and ``--lang`` are everywhere, and every command says what it is for."""
    command = COMMANDS[name]
    options = {word for parameter in command.params for word in parameter.opts}  # type: ignore[attr-defined]
    assert {"--json", "--lang"} <= options
    assert command.help  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_no_secret_is_an_argument(name: str) -> None:
    """Passwords are named by file only: everybody can read a command line."""
    options = {word for parameter in COMMANDS[name].params for word in parameter.opts}  # type: ignore[attr-defined]
    assert {word for word in options if "password" in word} <= {"--password-file", "--pac-password-file"}


def test_help_starts_without_the_heavy_libraries() -> None:
    """Neither Celery nor SQLAlchemy, zeep, lxml or pydantic is loaded for a look at the help."""
    script = (
        "import sys\nfrom producers.cli.main import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'celery', 'sqlalchemy', 'zeep', 'lxml', 'pydantic', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Rejected([Problem(slug="uuid-malformed")]), Exit.WRONG),
        (CredentialFault("csd-expired", until="2020"), Exit.WRONG),
        (Misconfigured("setting-unknown", ("CANCELA_X",), "no such setting"), Exit.USAGE),
        (CannotUnseal("master-key-missing", "none"), Exit.USAGE),
        (CannotDo("job-unknown", "1"), Exit.IMPOSSIBLE),
        (CannotDo("cannot-retry", "1", State.CANCELLED), Exit.IMPOSSIBLE),
        (LedgerUnreachable("gone"), Exit.UNREACHABLE),
        (CannotUnseal("secret-tampered", "moved"), Exit.UNTRUE),
        (Stopped("batch-unknown", Exit.IMPOSSIBLE), Exit.IMPOSSIBLE),
        (ZeroDivisionError("x"), Exit.FAULT),
    ],
)
def test_every_fault_has_its_status(fault: Exception, status: Exit) -> None:
    """The numbers are a promise to scripts."""
    assert status is ending(fault)[0]


def test_a_fault_of_ours_says_where(cancela: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 70 with the trace on stderr, without anybody's variables."""

    def broken() -> None:
        secret = "hidden"  # noqa: F841
        raise ZeroDivisionError

    monkeypatch.setattr(house, "counter", broken)
    said = cancela("doctor")
    assert (70, "") == (said.status, said.out)
    assert "command-fault" in said.err
    assert "ZeroDivisionError" in said.err
    assert "secret = hidden" not in said.err


@pytest.mark.parametrize(
    ("asked", "set_to", "lang"),
    [(None, None, "es"), (None, "pt", "pt"), ("en", "pt", "en"), ("pt-BR", None, "pt"), (None, "en_US.UTF-8", "en")],
)
def test_the_language_is_asked_for_or_set(
    monkeypatch: pytest.MonkeyPatch, cancela: Command, asked: str | None, set_to: str | None, lang: str
) -> None:
    """``--lang`` before ``CANCELA_LANGUAGE`` before Spanish."""
    if set_to:
        monkeypatch.setenv("CANCELA_LANGUAGE", set_to)
    assert lang == voice(asked, as_json=False).lang


def test_the_language_may_stand_in_the_env_file(cancela: Command) -> None:
    """As any other setting."""
    cancela.file(".env", "CANCELA_LANGUAGE=pt\n")
    del cancela.env["CANCELA_LANGUAGE"]
    assert "pt" == voice(None, as_json=False).lang


def test_a_problem_is_told_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    """Slug, row, column, what happened, what to do; brackets in values are no commands."""
    Voice("en").complain([Problem(slug="uuid-malformed", row=7, column="Folio [bold]", params={"value": "[red]x"})])
    err = capsys.readouterr().err
    assert err.startswith("uuid-malformed (row 7, Folio [bold]): ")
    assert "→" in err


def test_tables_are_not_cut_off_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever greps finds whole identifiers, and no spaces behind them."""
    uuid = "11111111-2222-4333-8444-000000000001"
    Voice("en").table([], ("document", "id"), [(uuid, uuid * 4)])
    assert [f"{uuid}  {uuid * 4}"] == capsys.readouterr().out.splitlines()[1:]


def test_the_version_is_told(cancela: Command) -> None:
    """As whoever reports a fault has to say it."""
    said = cancela("--version")
    assert (0, f"cancela {version('cancela')}\n") == (said.status, said.out)


def test_identifiers_are_not_broken_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever copies a UUID gets it whole, on eighty columns too; the other one is left out there."""
    monkeypatch.setattr("producers.cli.voice._WIDE", 80)
    uuid, other = "11111111-2222-4333-8444-000000000001", "22222222-2222-4333-8444-000000000001"
    Voice("en").table([], ("document", "meaning", "job"), [(uuid, "many words " * 20, other)], spare="job")
    out = capsys.readouterr().out
    assert (True, False) == (uuid in out, other in out)
    assert max(map(len, out.splitlines())) <= 80


def test_no_words_show_the_help() -> None:
    """A person who types ``cancela`` alone learns what there is."""
    from typer.testing import CliRunner

    result = CliRunner().invoke(app, [])
    assert "batch" in result.output
    assert isinstance(app, typer.Typer)
