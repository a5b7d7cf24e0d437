"""Tokens come from a program."""

import shlex
import sys

import pytest

from worker.mail.token import TokenNotGiven, from_command


def program(text: str) -> str:
    """A command line that runs this Python text."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(text)}"


def test_a_token_is_what_the_program_prints() -> None:
    """Without the line end; the program knows whether a fresh one is wanted."""
    token = from_command(program("import os; print('t' + os.environ['CANCELA_TOKEN_REFRESH'])"))

    assert [token(False), token(True)] == ["t0", "t1"]


@pytest.mark.parametrize(
    "text",
    [
        "print('hunter2'); exit(1)",
        "print()",
        "print('hunter2 ' * 2)",
        "print('x' * 20000)",
        "print('ñ')",
    ],
)
def test_what_is_no_token_is_refused_without_quoting_it(text: str) -> None:
    """A failure, silence, several words, a flood: none of it is sent to a mail server or shown."""
    with pytest.raises(TokenNotGiven) as refusal:
        from_command(program(text))(False)

    assert "hunter2" not in str(refusal.value)


def test_a_missing_program_is_told() -> None:
    """A mistyped setting is a fault of ours, with its slug."""
    with pytest.raises(TokenNotGiven, match="FileNotFoundError") as refusal:
        from_command("/nowhere/token")(False)

    assert refusal.value.slug == "mail-token-not-given"
