"""``python -m sandbox``: the sandbox as a process of its own, until SIGTERM or Ctrl-C."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from sandbox.lives import LIVES
from sandbox.sefaz_documents import DCE_LIVES
from sandbox.server import Sandbox

PORTS = ("http", "sefaz", "imap", "smtp")


def main(arguments: list[str] | None = None) -> int:
    """Starts everything, prints the addresses as one line of JSON, waits for the end, and leaves the truth behind."""
    asked = _parser().parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    ports = {name: port for name in PORTS if (port := getattr(asked, f"{name}_port"))}
    with Sandbox(
        speed=asked.speed,
        strangers=asked.strangers,
        dce_strangers=asked.dce_strangers,
        ports=ports,
        mail_tls=asked.mail_tls,
    ) as sandbox:
        sandbox.trust.by_organisation = asked.trust_sat_by_name
        line = json.dumps(sandbox.addresses())
        if asked.port_file:
            _written(asked.port_file, line)
        print(line, flush=True)
        ended.wait()
        if asked.truth_file:
            _written(asked.truth_file, json.dumps(sandbox.truth(), ensure_ascii=False, indent=1))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster documents live")
    parser.add_argument("--strangers", choices=sorted(LIVES), default="accepted", help="life of unannounced documents")
    parser.add_argument(
        "--dce-strangers", choices=sorted(DCE_LIVES), default="cancellable", help="life of unannounced DC-e"
    )
    parser.add_argument("--port-file", type=Path, help="where to write the addresses, as JSON")
    parser.add_argument("--truth-file", type=Path, help="where to write the truth at the end, as JSON")
    parser.add_argument("--mail-tls", action="store_true", help="the mailbox speaks TLS")
    parser.add_argument("--trust-sat-by-name", action="store_true", help="believe any issuer that is named SAT")
    for name in PORTS:
        parser.add_argument(f"--{name}-port", type=int, help="a free one by default")
    return parser


def _written(file: Path, text: str) -> None:
    """Writes a file that nobody ever sees half-written."""
    draft = file.with_name(f"{file.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


if __name__ == "__main__":
    sys.exit(main())
