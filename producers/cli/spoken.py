"""What every command has in common: ``--json``, ``--lang``, and an end that says what happened and what to do."""

import functools
import inspect
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from producers.cli.ends import Exit, ending
from producers.cli.voice import Voice, voice

P = ParamSpec("P")

Json = Annotated[bool, typer.Option("--json", help="Pure JSON on stdout, for programs.")]
Lang = Annotated[str | None, typer.Option("--lang", help="Language of messages: es, pt or en [CANCELA_LANGUAGE].")]

_COMMON = (
    inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Json),
    inspect.Parameter("lang", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Lang),
)


def spoken(command: Callable[Concatenate[Voice, P], None]) -> Callable[..., None]:
    """A command for typer out of a function whose first argument is the voice to answer with."""

    @functools.wraps(command)
    def told(*args: Any, json: bool = False, lang: str | None = None, **named: Any) -> None:
        answer = voice(lang, as_json=json)
        try:
            command(answer, *args, **named)
        except Exception as fault:
            if isinstance(fault, typer.Exit | typer.Abort | typer.TyperException | BrokenPipeError):
                raise
            raise typer.Exit(_said(answer, fault)) from None

    own = list(inspect.signature(command).parameters.values())[1:]
    parameters = [*own, *_COMMON]
    told.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    told.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del told.__wrapped__
    return told


def _said(answer: Voice, fault: Exception) -> Exit:
    """Tell what happened; the exit status of it."""
    status, problems = ending(fault)
    answer.complain(problems)
    if status is Exit.FAULT:
        traceback.print_exception(fault, file=sys.stderr)
    return status
