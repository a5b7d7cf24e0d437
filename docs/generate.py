"""Writes the documents that follow from the code: ``python docs/generate.py``. A test compares them with it."""

import sys
from collections import defaultdict
from pathlib import Path

from worker.domain.facts import FACTS
from worker.domain.states import BIOGRAPHIES, FINAL, TRANSITIONS, State

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


DOCUMENTS = {HERE / "state-machine.md": state_machine}

if __name__ == "__main__":
    for path, content in DOCUMENTS.items():
        path.write_text(content(), encoding="utf-8")
        sys.stdout.write(f"{path}\n")
