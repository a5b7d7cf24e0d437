"""How the authoriser of DC-e behaves just now: which codes it speaks, whether it is open, whom it has had enough of."""

import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.clock import WorldClock
from sandbox.sefaz_codes import FAMILIES, Family

HOUR = 3600.0


@dataclass(slots=True)
class Manners:
    """What can be told to the authoriser at any time.

    ``paused`` is 108 or 109 while its services rest, and then ``returns_after`` (seconds) and ``remark`` stand in the
    status service's answer. ``queries`` is how often a key may be asked for within an hour, ``rejections`` how often
    the same event may be rejected alike (sister manual CT-e 4.00: 10 and 20); None is no limit.
    """

    family: Family = "nfe"
    paused: int | None = None
    returns_after: float | None = None
    remark: str | None = None
    queries: int | None = 10
    rejections: int | None = 20

    def wish(self, wish: Mapping[str, Any]) -> None:
        """Changes what ``wish`` names, all or nothing. Raises ``ValueError`` for what cannot be."""
        unknown = set(wish) - set(self.told())
        if unknown:
            raise ValueError(f"unknown keys: {sorted(unknown)}")
        if wish.get("family", self.family) not in FAMILIES or wish.get("paused") not in (None, 108, 109):
            raise ValueError("the family is nfe or mdfe, a pause is 108, 109 or null")
        for name in ("queries", "rejections"):
            if wish.get(name) is not None and int(wish[name]) < 1:
                raise ValueError(f"{name} must be positive")
        for name, value in wish.items():
            setattr(self, name, cast(Any, value))

    def told(self) -> dict[str, Any]:
        """The manners, JSON-ready."""
        names = ("family", "paused", "returns_after", "remark", "queries", "rejections")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class Consumption:
    """Who asks too often is silenced for an hour of life, counted per CNPJ. Thread-safe."""

    clock: WorldClock
    manners: Manners
    _until: dict[str, float] = field(default_factory=dict)
    _seen: dict[tuple[str, ...], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def silenced(self, cnpj: str) -> bool:
        """Whether this company is not listened to now."""
        with self._lock:
            return self.clock.life() < self._until.get(cnpj, 0.0)

    def queried(self, cnpj: str, key: str) -> bool:
        """Counts a query; True when it was one too many."""
        return self._counted((cnpj, key), self.manners.queries)

    def rejected(self, cnpj: str, key: str, code: int) -> bool:
        """Counts the rejection of an event; True when there was one too many of its like."""
        return self._counted((cnpj, key, str(code)), self.manners.rejections)

    def silence(self, cnpj: str, seconds: float = HOUR) -> None:
        """From now on this company is not listened to."""
        with self._lock:
            self._until[cnpj] = self.clock.life() + seconds

    def forgive(self) -> None:
        """Everybody may ask again, and nothing has been counted."""
        with self._lock:
            self._until.clear()
            self._seen.clear()

    def _counted(self, what: tuple[str, ...], limit: int | None) -> bool:
        if limit is None:
            return False
        with self._lock:
            lived, moments = self.clock.life(), self._seen[what]
            while moments and moments[0] <= lived - HOUR:
                moments.popleft()
            moments.append(lived)
            excess = len(moments) > limit
            if excess:
                moments.clear()
                self._until[what[0]] = lived + HOUR
            return excess
