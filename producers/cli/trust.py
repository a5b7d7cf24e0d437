"""``cancela checkpoint``, ``backup`` and ``recover``: a ledger that can be trusted, copied and brought back."""

from pathlib import Path
from typing import Annotated

import typer

from producers.cli.counter import counter
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
