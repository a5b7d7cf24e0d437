"""What the demo's sheet holds: every kind of ending, and what is to become of each row. All of it is data."""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

ISSUER = "EKU9003173C9"
IMPOSTOR = "XIA190128J61"
"""Registered here with a certificate that the PAC does not believe."""
STRANGER = "KIJ0906199R1"
"""Registered nowhere."""
RECEIVERS = ("CACX7605101P8", "XAXX010101000", "MISC491214B86")

REJECTED = "rejected"
"""What the result sheet says of a row that did not become a job."""

Change = Callable[["PlannedRow"], "PlannedRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """A row of the sheet. ``cell`` is what stands in its UUID column, where that is not the UUID itself."""

    kind: str
    uuid: str
    ending: str
    rfc: str = ISSUER
    motive: str = "02"
    replaced_by: str = ""
    receiver: str = ""
    total: str = ""
    cell: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """So many parts of the sheet go this way. ``life`` None: the authorities are told nothing of the document."""

    name: str
    parts: int
    ending: str = "cancelled"
    life: str | None = "accepted"
    faults: Sequence[Mapping[str, Any]] = ()
    change: Change = field(default=lambda row: row)


def _submit(kind: str, *, acts: bool = True, **more: Any) -> tuple[Mapping[str, Any], ...]:
    return ({"operation": "submit", "kind": kind, "acts": acts, **more},)


def _other(operation: str, kind: str, **more: Any) -> tuple[Mapping[str, Any], ...]:
    return ({"operation": operation, "kind": kind, **more},)


KINDS = (
    Kind(name="accepted", parts=52),
    Kind(name="sat-not-asked", parts=18, change=lambda row: replace(row, receiver="", total="")),
    Kind(
        name="replaced",
        parts=8,
        change=lambda row: replace(row, motive="01", replaced_by=str(uuid.uuid5(uuid.UUID(row.uuid), "by")).upper()),
    ),
    Kind(name="receiver-accepts", parts=16, life="receiver-accepts"),
    Kind(name="receiver-silent", parts=8, life="receiver-silent"),
    Kind(name="receiver-refuses", parts=10, life="receiver-refuses", ending="refused"),
    Kind(name="not-cancellable", parts=8, life="not-cancellable", ending="refused"),
    Kind(name="already-cancelled", parts=4, life="already-cancelled"),
    Kind(name="lost-after-acting", parts=8, faults=_submit("reset")),
    Kind(name="lost-before-acting", parts=6, faults=_submit("reset", acts=False)),
    Kind(name="half-an-answer", parts=3, faults=_submit("truncate")),
    Kind(name="server-error", parts=4, faults=_submit("http", code=503)),
    Kind(name="garbage", parts=4, faults=_submit("garbage")),
    Kind(name="late-answer", parts=3, faults=_submit("late", seconds=3.0)),
    Kind(name="acted-twice", parts=4, faults=_submit("twice")),
    Kind(name="status-down", parts=4, faults=_other("status", "http", code=500, times=2)),
    Kind(name="sat-down", parts=4, faults=_other("sat", "reset", times=2)),
    Kind(name="no-notice", parts=4, faults=_other("notice", "none")),
    Kind(name="forged-notice", parts=4, faults=_other("notice", "reversed")),
    Kind(name="early-notice", parts=3, faults=_other("notice", "early")),
    Kind(name="doubled-notice", parts=3, faults=_other("notice", "doubled")),
    Kind(name="malformed-notice", parts=2, faults=_other("notice", "malformed")),
    Kind(name="wrong-key", parts=4, ending="parked", change=lambda row: replace(row, rfc=IMPOSTOR)),
    Kind(name="issuer-unknown", parts=4, ending=REJECTED, change=lambda row: replace(row, rfc=STRANGER)),
    Kind(name="bad-uuid", parts=3, ending=REJECTED, life=None, change=lambda row: replace(row, cell=row.uuid[:-1])),
    Kind(name="uuid-as-number", parts=2, ending=REJECTED, life=None, change=lambda row: replace(row, cell=1.2e30)),
    Kind(name="no-substitute", parts=3, ending=REJECTED, change=lambda row: replace(row, motive="01")),
    Kind(name="repeated-row", parts=4, ending=REJECTED, life=None),
)


def rows(count: int, seed: int = 2026) -> list[PlannedRow]:
    """``count`` rows, all kinds among them in their proportion, mixed. Repeated rows repeat an accepted one above."""
    chance = random.Random(seed)  # noqa: S311 - a sheet that is alike every time, no secret
    made = [_row(kind, chance) for kind in _shares(count) if kind.name != "repeated-row"]
    chance.shuffle(made)
    accepted = [row for row in made if row.kind == "accepted"]
    repeated = [
        replace(chance.choice(accepted), kind="repeated-row", ending=REJECTED) for _ in range(count - len(made))
    ]
    return made + repeated


def announcements(sheet: Sequence[PlannedRow]) -> list[dict[str, Any]]:
    """What the sandbox is told of the documents: whose they are, how they live, what goes wrong."""
    kinds = {kind.name: kind for kind in KINDS}
    told = []
    for row in sheet:
        kind = kinds[row.kind]
        if kind.life is not None:
            faults = [dict(each) for each in kind.faults]
            facts = {"receiver": row.receiver, "total": row.total} if row.receiver else {}
            told.append({"uuid": row.uuid, "issuer": row.rfc, **facts, "life": kind.life, "faults": faults})
    return told


def _shares(count: int) -> list[Kind]:
    """One of each kind at least, else by proportion; the commonest kinds give or take what rounding leaves over."""
    whole = sum(kind.parts for kind in KINDS)
    shares = {kind.name: max(1, kind.parts * count // whole) for kind in KINDS}
    while (over := sum(shares.values()) - count) != 0:
        largest = max(shares, key=lambda name: shares[name])
        shares[largest] -= 1 if over > 0 else over
    return [kind for kind in KINDS for _ in range(shares[kind.name])]


def _row(kind: Kind, chance: random.Random) -> PlannedRow:
    return kind.change(
        PlannedRow(
            kind=kind.name,
            uuid=str(uuid.UUID(int=chance.getrandbits(128), version=4)).upper(),
            ending=kind.ending,
            motive=chance.choice(("02", "02", "03")),
            receiver=chance.choice(RECEIVERS),
            total=f"{chance.randrange(100, 9_999_999) / 100:.2f}",
        )
    )
