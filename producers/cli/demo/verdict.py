"""The end of the demo: what the ledger says beside what really happened, and the proofs on disk."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from producers.cli.demo.plan import REJECTED, REPEATED, PlannedRow
from producers.cli.proofs import write_proofs

if TYPE_CHECKING:
    from worker.desk import Desk

#: What the authorities' truth must be for each state of ours.
_TRUE = {
    "cancelled": "cancelled",
    "refused": "refused",
    "parked": "untouched",
    "expired": "untouched",
    REJECTED: "untouched",
}

UNKNOWN = "untouched"
"""Of a document that the authorities have never heard of."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A row: what was planned, what the ledger says, what the authorities say, and how often they acted."""

    row: PlannedRow
    state: str
    truth: str
    effects: int

    @property
    def equal(self) -> bool:
        """Whether all agree, and nothing was done twice."""
        return self.state == self.row.ending and self.truth == _TRUE.get(self.state) and self.effects <= 1


def judge(
    sheet: Sequence[PlannedRow], states: Mapping[int, str], truth: Mapping[str, Mapping[str, Any]]
) -> list[Judged]:
    """Every row judged; ``states`` by the row's number in the sheet, whose first row holds the headers."""
    judged = []
    for number, row in enumerate(sheet, 2):
        real = truth.get(row.document, {})
        told, effects = real.get("state", UNKNOWN), max(real.get("effects", {}).values(), default=0)
        if row.kind == REPEATED:  # its document has a row of its own, which answers for it
            told, effects = UNKNOWN, 0
        judged.append(Judged(row, states.get(number, "missing"), told, effects))
    return judged


def kinds(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """A line for each kind of row: how many, our states, the truth, whether all of them agree. The commonest first."""
    lines = []
    for kind in dict.fromkeys(each.row.kind for each in judged):
        mine = [each for each in judged if each.row.kind == kind]
        lines.append(
            {
                "kind": kind,
                "rows": len(mine),
                "ledger": dict(Counter(each.state for each in mine)),
                "truth": dict(Counter(each.truth for each in mine)),
                "equal": all(each.equal for each in mine),
            }
        )
    return sorted(lines, key=lambda line: -int(str(line["rows"])))


def prove(desk: "Desk", batch: str, folder: Path, lang: str) -> int:
    """A folder of proofs for every cancelled document; how many."""
    count, after = 0, None
    while True:
        jobs, after = desk.jobs.find(lang, batch=batch, states=("cancelled",), after=after, limit=200)
        for job in jobs:
            write_proofs(desk, job, folder / job.document)
            count += 1
        if after is None:
            return count
