"""What shall go wrong: faults on request, for one document or any, once or n times, thread-safe."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Operation = Literal["submit", "status", "sat", "notice", "event", "query", "service"]
"""Of the PAC, of SAT, of the mail, and of SEFAZ's three services."""

WireKind = Literal[
    "reset",  # the connection is reset without a byte
    "truncate",  # half of the answer, then the end
    "late",  # the answer comes after `seconds`
    "stall",  # the act itself comes after `seconds`, and the answer then
    "twice",  # the request is acted on twice, as when something on the road repeats it; the second answer travels
    "http",  # an HTTP status `code` with a page for people
    "soap-fault",
    "code",  # a well-formed answer that says `code`
    "garbage",
    "empty",
    "huge",  # `size` bytes that never make sense
    "drip",  # the right answer, one byte every `seconds`
    "mixed-up",  # the right answer, about another document
]
NoticeKind = Literal[
    "none",
    "doubled",  # the same mail is delivered twice
    "repeated",  # two mails say the same
    "early",  # the mail is there before the answer to the submit, and none comes later
    "delayed",  # it comes `seconds` after the end
    "reversed",  # forged: it says ERROR where the truth is OK, and the other way round
    "stranger",  # another mail comes first, about a document that nobody knows
    "malformed",  # mails in every known broken form come instead
]


class FaultPlanFault(ValueError):
    """A fault was asked for that the sandbox does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    ``acts`` tells whether the operation takes effect although the answer is bad; it means nothing for notices. ``uuid``
    is the document's (for a DC-e its access key, which JSON may call ``key``); None fits any. ``times`` counts down;
    None is for ever. ``seconds`` are real ones.
    """

    operation: Operation
    kind: str
    acts: bool = True
    uuid: str | None = None
    times: int | None = 1
    seconds: float = 1.0
    code: int = 500
    size: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        kinds = get_args(NoticeKind if self.operation == "notice" else WireKind)
        if self.operation not in get_args(Operation) or self.kind not in kinds:
            raise FaultPlanFault(f"unknown fault: {self.operation} {self.kind}")
        if (self.times is not None and self.times < 1) or self.seconds < 0 or self.size < 0:
            raise FaultPlanFault("times, seconds and size must be positive")

    @classmethod
    def planned(cls, plan: Mapping[str, Any], uuid: str | None = None) -> "Fault":
        """A fault from JSON data; ``uuid`` fills in for one that the data does not name."""
        named = {{"key": "uuid"}.get(name, name): value for name, value in plan.items()}
        try:
            return cls(**{**({"uuid": uuid} if uuid else {}), **named})
        except TypeError as fault:
            raise FaultPlanFault(str(fault)) from fault

    def fits(self, operation: str, uuid: str | None) -> bool:
        """Whether it is meant for this operation on this document."""
        meant = self.uuid is None or (uuid is not None and self.uuid.upper() == uuid.upper())
        return self.operation == operation and meant


class FaultBook:
    """The faults that are still to happen, in the order in which they were asked for.

    ``happened`` counts those that have, by operation and kind.
    """

    def __init__(self) -> None:
        self.happened: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int | None]] = []

    def add(self, *faults: Fault) -> None:
        """These shall happen from now on."""
        with self._lock:
            self._waiting += [(fault, fault.times) for fault in faults]

    def plan(self, plans: Iterable[Mapping[str, Any]], uuid: str | None = None) -> int:
        """Adds faults given as JSON data, all or none, and tells how many.

        Raises:
            FaultPlanFault: one of them is unknown.
        """
        faults = [Fault.planned(plan, uuid) for plan in plans]
        self.add(*faults)
        return len(faults)

    def take(self, operation: Operation, uuid: str | None, *, kinds: Iterable[str] | None = None) -> Fault | None:
        """The first fault that fits, used up by one; None when all goes well."""
        with self._lock:
            for place, (fault, left) in enumerate(self._waiting):
                if fault.fits(operation, uuid) and (kinds is None or fault.kind in kinds):
                    self.happened[fault.operation, fault.kind] += 1
                    if left == 1:
                        del self._waiting[place]
                    elif left is not None:
                        self._waiting[place] = (fault, left - 1)
                    return fault
            return None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> int:
        """How many faults have not been used up."""
        with self._lock:
            return len(self._waiting)
