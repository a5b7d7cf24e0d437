"""``cancela sandbox``: stand-ins for the authorities and the mailbox, as a process of their own."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from producers.cli.ends import Exit, Stopped
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

NEEDED = ("aiohttp", "aiosmtpd", "pymap", "xmlsec")


@spoken
def sandbox(
    voice: Voice,
    speed: Annotated[float, typer.Option(min=0.001, help="How many times faster documents live.")] = 1.0,
    strangers: Annotated[str, typer.Option(help="Life of documents that nobody announced.")] = "accepted",
    dce_strangers: Annotated[str, typer.Option(help="The same, of DC-e.")] = "cancellable",
    port_file: Annotated[Path | None, typer.Option(help="Where to write the addresses, as JSON.")] = None,
    truth_file: Annotated[Path | None, typer.Option(help="Where to write the truth at the end, as JSON.")] = None,
    http_port: Annotated[int | None, typer.Option(help="A free one by default.")] = None,
    sefaz_port: Annotated[int | None, typer.Option(help="A free one by default.")] = None,
    imap_port: Annotated[int | None, typer.Option(help="A free one by default.")] = None,
    smtp_port: Annotated[int | None, typer.Option(help="A free one by default.")] = None,
    trust_sat_by_name: Annotated[
        bool, typer.Option("--trust-sat-by-name", help="Believe any certificate whose issuer is named SAT.")
    ] = False,
) -> None:
    """Stand-ins for PAC, SAT, SEFAZ and the mailbox, until Ctrl-C. The addresses are printed as a line of JSON."""
    check_installed()
    given = {
        "--speed": speed,
        "--strangers": strangers,
        "--dce-strangers": dce_strangers,
        "--port-file": port_file,
        "--truth-file": truth_file,
        "--http-port": http_port,
        "--sefaz-port": sefaz_port,
        "--imap-port": imap_port,
        "--smtp-port": smtp_port,
    }
    words = [str(word) for option, value in given.items() if value is not None for word in (option, value)]
    if trust_sat_by_name:
        words.append("--trust-sat-by-name")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *words])  # noqa: S606 - our own interpreter, no shell


def check_installed() -> None:
    """Raises ``Stopped`` (``sandbox-not-installed``) when the extra is missing."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise Stopped("sandbox-not-installed", Exit.USAGE, missing=", ".join(missing))
