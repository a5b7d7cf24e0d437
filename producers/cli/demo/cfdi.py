"""The demo's CFDI: every kind of ending that PAC and SAT know."""

import random
import uuid
from collections.abc import Mapping
from typing import Any

from producers.cli.demo.plan import REJECTED, Country, Draft, Kind

ISSUER = "EKU9003173C9"
IMPOSTOR = "XIA190128J61"
"""Registered here with a certificate that the PAC does not believe."""
STRANGER = "KIJ0906199R1"
"""Registered nowhere."""
RECEIVERS = ("CACX7605101P8", "XAXX010101000", "MISC491214B86")


def _submit(kind: str, *, acts: bool = True, **more: Any) -> tuple[Mapping[str, Any], ...]:
    return ({"operation": "submit", "kind": kind, "acts": acts, **more},)


def _other(operation: str, kind: str, **more: Any) -> tuple[Mapping[str, Any], ...]:
    return ({"operation": operation, "kind": kind, **more},)


def _substitute(cells: Draft) -> Draft:
    return cells | {"motive": "01", "replaced_by": str(uuid.uuid5(uuid.UUID(cells["uuid"]), "by")).upper()}


def _kind(name: str, parts: int, life: str | None = "accepted", **more: Any) -> Kind:
    return Kind(name=name, parts=parts, life=life, **more)


KINDS = (
    _kind("accepted", 52),
    _kind("sat-not-asked", 18, change=lambda cells: cells | {"receiver": None, "total": None}),
    _kind("replaced", 8, change=_substitute),
    _kind("receiver-accepts", 16, "receiver-accepts"),
    _kind("receiver-silent", 8, "receiver-silent"),
    _kind("receiver-refuses", 10, "receiver-refuses", ending="refused"),
    _kind("not-cancellable", 8, "not-cancellable", ending="refused"),
    _kind("already-cancelled", 4, "already-cancelled"),
    _kind("lost-after-acting", 8, faults=_submit("reset")),
    _kind("lost-before-acting", 6, faults=_submit("reset", acts=False)),
    _kind("half-an-answer", 3, faults=_submit("truncate")),
    _kind("server-error", 4, faults=_submit("http", code=503)),
    _kind("garbage", 4, faults=_submit("garbage")),
    _kind("late-answer", 3, faults=_submit("late", seconds=3.0)),
    _kind("acted-twice", 4, faults=_submit("twice")),
    _kind("status-down", 4, faults=_other("status", "http", code=500, times=2)),
    _kind("sat-down", 4, faults=_other("sat", "reset", times=2)),
    _kind("no-notice", 4, faults=_other("notice", "none")),
    _kind("forged-notice", 4, faults=_other("notice", "reversed")),
    _kind("early-notice", 3, faults=_other("notice", "early")),
    _kind("doubled-notice", 3, faults=_other("notice", "doubled")),
    _kind("malformed-notice", 2, faults=_other("notice", "malformed")),
    _kind("wrong-key", 4, ending="parked", change=lambda cells: cells | {"rfc": IMPOSTOR}),
    _kind("issuer-unknown", 4, ending=REJECTED, change=lambda cells: cells | {"rfc": STRANGER}),
    _kind("bad-uuid", 3, None, ending=REJECTED, spoil=lambda cells: cells | {"uuid": cells["uuid"][:-1]}),
    _kind("uuid-as-number", 2, None, ending=REJECTED, spoil=lambda cells: cells | {"uuid": 1.2e30}),
    _kind("no-substitute", 3, ending=REJECTED, change=lambda cells: cells | {"motive": "01"}),
)


def _draft(chance: random.Random) -> Draft:
    return {
        "uuid": str(uuid.UUID(int=chance.getrandbits(128), version=4)).upper(),
        "rfc": ISSUER,
        "motive": chance.choice(("02", "02", "03")),
        "replaced_by": None,
        "receiver": chance.choice(RECEIVERS),
        "total": f"{chance.randrange(100, 9_999_999) / 100:.2f}",
    }


def _facts(cells: Draft, document: str) -> Mapping[str, Any]:
    known = {name: cells[name] for name in ("receiver", "total") if cells[name]}
    return {"uuid": document, "issuer": cells["rfc"], **known}


MEXICO = Country(kinds=KINDS, column="uuid", draft=_draft, facts=_facts)
