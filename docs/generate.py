"""Writes the documents that follow from the code: ``python docs/generate.py``. A test compares them with it."""

import sys
from collections import defaultdict
from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from producers.cli.ends import Exit
from producers.cli.main import app
from worker.domain.facts import FACTS
from worker.domain.states import BIOGRAPHIES, FINAL, TRANSITIONS, State
from worker.settings import PREFIX, Settings

HERE = Path(__file__).parent

_HEAD = """# The life of a job

Generated from `worker/domain/states.py` and `worker/domain/facts.py` by `python docs/generate.py`; do not edit.

A job moves only because a fact is written into its journal. What is not drawn here is impossible: recording it raises
`Impossible` and changes nothing. Facts that leave the state as it is are listed under the drawing.
"""


def state_machine() -> str:
    """The text of ``docs/state-machine.md``."""
    return "\n".join((_HEAD, _drawing(), _unmoved(), _states(), _facts()))


def _drawing() -> str:
    edges: dict[tuple[State | None, State], list[str]] = defaultdict(list)
    for before, fact, after in TRANSITIONS:
        if before is not after:
            edges[before, after].append(fact)
    order: list[State | None] = [None, *State]
    lines = [
        f"    {before or '[*]'} --> {after}: {', '.join(_in_order(edges[before, after]))}"
        for before, after in sorted(edges, key=lambda edge: (order.index(edge[0]), order.index(edge[1])))
    ]
    ends = [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(("```mermaid", "stateDiagram-v2", *lines, *ends, "```", ""))


def _unmoved() -> str:
    stays: dict[State, list[str]] = defaultdict(list)
    for before, fact, after in TRANSITIONS:
        if before is after:
            stays[after].append(fact)
    rows = [f"| {state} | {', '.join(_in_order(stays[state]))} |" for state in State]
    return "\n".join(("| state | facts that leave it as it is |", "|---|---|", *rows, ""))


def _states() -> str:
    paragraphs = [f"**{state}**: {BIOGRAPHIES[state]}\n" for state in State]
    return "\n".join(("## States", "", *paragraphs))


def _facts() -> str:
    rows = [f"| {name} | {_one_line(fact.__doc__)} |" for name, fact in FACTS.items()]
    return "\n".join(("## Facts", "", "| fact | what happened |", "|---|---|", *rows, ""))


def _in_order(names: list[str]) -> list[str]:
    return sorted(names, key=list(FACTS).index)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").replace("``", "`").split())


def env_example() -> str:
    """The text of ``.env.example``: every setting, commented out, with its default."""
    lines = [
        "# Every setting of Cancela, with its default. Copy to .env and take the # away from what you change.",
        "# An unknown name is an error. Generated from worker/settings.py by python docs/generate.py; do not edit.",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None or name == "home" else _written(field.default)
        known = "Default: .cancela in your home directory." if name == "home" else ""
        lines += ["", f"# {field.description} {known}".rstrip(), f"#{PREFIX}{name.upper()}={default}"]
    return "\n".join(lines) + "\n"


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def cli() -> str:
    """The text of ``docs/cli.md``."""
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="cancela")
    pages = get_docs_for_click(obj=command, ctx=context, name="cancela").splitlines()
    statuses = [f"| {status.value} | {_MEANING[status]} |" for status in Exit]
    text = [_CLI_HEAD, "| status | meaning |", "|---|---|", *statuses, "", *(line.rstrip() for line in pages[1:])]
    return "\n".join(text).rstrip() + "\n"


_CLI_HEAD = """# The `cancela` command

Generated from `producers/cli` by `python docs/generate.py`; do not edit.

Every command takes `--json` (pure JSON on stdout) and `--lang` (es, pt, en). What is wrong is told on stderr: a stable
slug, what happened, what to do; with `--json` as `{"problems": […]}`. Passwords come from files or are asked for at a
terminal; they are never arguments.

## Exit status
"""

_MEANING = {
    Exit.DONE: "Done.",
    Exit.WRONG: "Something is wrong with the request, the sheet or the certificate; rows were refused.",
    Exit.USAGE: "The command line or a setting makes no sense, or the master key cannot be used.",
    Exit.IMPOSSIBLE: "There is no such thing, or its state does not allow it.",
    Exit.UNREACHABLE: "The ledger, the broker or an authority cannot be used now; trying again is safe.",
    Exit.NOT_CANCELLED: "With `--wait`: it is over or time is up, and not all is cancelled. Of `demo`: not as planned.",
    Exit.UNTRUE: "The ledger's word cannot be trusted: a journal, a row, an archived answer or a secret was changed.",
    Exit.FAULT: "A fault of ours.",
    Exit.INTERRUPTED: "Ctrl-C.",
}

DOCUMENTS = {
    HERE / "state-machine.md": state_machine,
    HERE / "cli.md": cli,
    HERE.parent / ".env.example": env_example,
}

if __name__ == "__main__":
    for path, content in DOCUMENTS.items():
        path.write_text(content(), encoding="utf-8")
        sys.stdout.write(f"{path}\n")
