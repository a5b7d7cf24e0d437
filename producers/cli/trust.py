"""``cancela checkpoint``, ``manifest``, ``backup``, ``recover``: a ledger that is trusted, copied and brought back."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from producers.cli.counter import counter
from producers.cli.ends import Exit, Stopped
from producers.cli.given import actor
from producers.cli.spoken import spoken
from producers.cli.voice import Voice


@spoken
def checkpoint(voice: Voice) -> None:
    """Seal what has moved since the last checkpoint. Its last word, kept elsewhere, is a witness against tampering."""
    made = counter().trust.seal()
    if made is None:
        voice.tell(None, ["-"])
        return
    voice.tell(made, [f"{made['number']}  {made['at']}  {made['jobs']}  {made['lines']}  {made['mac']}"])


@spoken
def manifest(
    voice: Voice,
    years: Annotated[int, typer.Option("--years", min=1, max=100, help="Ended longer ago than this.")] = 5,
) -> None:
    """List ended jobs past their term, each a line of JSON with the hashes of its evidence. Nothing is deleted.

    Status 6 when something archived is missing or was changed; the line says what.
    """
    broken = False
    for one in counter().trust.manifest(years=years):
        broken = broken or bool(one["broken"])
        sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")
    if broken:
        raise Stopped("archive-broken", Exit.UNTRUE)


@spoken
def backup(
    voice: Voice,
    file: Annotated[Path, typer.Argument(help="A new file; never over an old one.", show_default=False)],
) -> None:
    """Copy the embedded ledger while it runs. The copy sends nothing before `cancela recover` was run on it."""
    size = counter().trust.back_up(file)
    voice.tell({"file": str(file), "size": size}, [f"{file}: {size}"])


@spoken
def recover(voice: Voice) -> None:
    """After a backup was restored: ask the authorities about every open job before anything is sent.

    To be run once, with all roles stopped and the broker emptied, before the first of them is started again.
    """
    went = counter().trust.recover(actor=actor())
    voice.table(went, ("state", "count"), sorted(went.items()))
