"""Secrets come from a file or from a person at a terminal, never from the command line, which everybody can read."""

import contextlib
import sys
from pathlib import Path

import typer

from producers.cli.ends import Exit, Stopped

_LONGEST = 4096
"""Octets of a password file."""


def password(file: Path | None, option: str, prompt: str) -> str:
    """The password in ``file``, or typed in. Spaces belong to it; one final line end and a byte order mark do not.

    Raises:
        Stopped: ``password-needed`` (no file and no terminal to ask at), ``file-unreadable``, ``password-unreadable``.
    """
    if file is None:
        if not sys.stdin.isatty():
            raise Stopped("password-needed", Exit.USAGE, option=option)
        return str(typer.prompt(prompt, hide_input=True, err=True))
    return text(file, _LONGEST)


def text(file: Path, longest: int) -> str:
    """A secret text in a small file, as ``password`` reads it.

    Raises:
        Stopped: ``file-unreadable``, ``file-too-large``, ``password-unreadable``.
    """
    try:
        return _without_line_end(read(file, longest).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Stopped("password-unreadable", Exit.WRONG, file=file.name) from None


def read(file: Path, longest: int) -> bytes:
    """The content of a small file; ``-`` is stdin.

    Raises:
        Stopped: ``file-unreadable``, ``file-too-large``.
    """
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as opened:
            content = opened.read(longest + 1)
    except OSError as fault:
        raise Stopped("file-unreadable", Exit.WRONG, file=str(file), why=fault.strerror) from None
    if len(content) > longest:
        raise Stopped("file-too-large", Exit.WRONG, file=str(file), limit=longest)
    return content


def _without_line_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
