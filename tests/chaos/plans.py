"""What goes wrong at the authorities and with their mails, document by document."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Fault = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """A kind of document: where, how its life goes, and what goes wrong."""

    rail: str
    life: str
    faults: tuple[Fault, ...] = ()

    @property
    def repeated(self) -> int:
        """How often the road itself doubles the request."""
        return sum(fault["kind"] == "twice" for fault in self.faults)


def _broken(operation: str) -> list[Fault]:
    """An operation that fails after it took effect."""
    return [
        {"operation": operation, "kind": "reset"},
        {"operation": operation, "kind": "truncate"},
        {"operation": operation, "kind": "http", "code": 503},
        {"operation": operation, "kind": "garbage"},
        {"operation": operation, "kind": "empty"},
        {"operation": operation, "kind": "soap-fault"},
        {"operation": operation, "kind": "late", "seconds": 5.0},
    ]


def _handed_in_badly(operation: str) -> list[Fault]:
    return [
        *_broken(operation),
        {"operation": operation, "kind": "reset", "acts": False},
        {"operation": operation, "kind": "http", "code": 500, "acts": False},
        # Shorter than a worker's lease and the first question: later than that nobody could tell it from absence.
        {"operation": operation, "kind": "stall", "seconds": 1.0},
        {"operation": operation, "kind": "twice"},
    ]


_NOTICES: list[Fault] = [
    {"operation": "notice", "kind": kind}
    for kind in ("none", "doubled", "repeated", "early", "reversed", "stranger", "malformed")
] + [{"operation": "notice", "kind": "delayed", "seconds": 2.0}]

_TROUBLED: list[Plan] = [
    *(Plan("mx", "accepted", (fault,)) for fault in _handed_in_badly("submit")),
    *(Plan("mx", "receiver-accepts", (fault,)) for fault in _NOTICES),
    *(Plan("mx", "accepted", (_broken("submit")[0], fault)) for fault in _broken("status")),
    *(Plan("mx", "accepted", (fault,)) for fault in _broken("sat")),
    *(Plan("br", "cancellable", (fault,)) for fault in _handed_in_badly("event")),
    *(Plan("br", "cancellable", (_broken("event")[0], fault)) for fault in _broken("query")),
]

_LIVES: list[Plan] = [
    Plan("mx", "accepted"),
    Plan("mx", "receiver-accepts"),
    Plan("mx", "receiver-refuses"),
    Plan("mx", "receiver-silent"),
    Plan("mx", "not-cancellable"),
    Plan("mx", "already-cancelled"),
    Plan("br", "cancellable"),
    Plan("br", "transport-begun"),
    Plan("br", "already-cancelled-by-other"),
]


def plans(chance: random.Random) -> Iterator[Plan]:
    """Kinds of documents without end: each one in turn, in an order of its own each time."""
    while True:
        deck = _TROUBLED + _LIVES * 3
        chance.shuffle(deck)
        yield from deck


def kinds() -> Counter[tuple[str, str]]:
    """Every fault that there is, by operation and kind."""
    return Counter((fault["operation"], fault["kind"]) for plan in _TROUBLED for fault in plan.faults)
