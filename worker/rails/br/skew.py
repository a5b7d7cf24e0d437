"""How far our clock is ahead of the authority's. An event dated in the authority's future is refused (578, 635)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: The authority writes whole seconds.
_ROUNDING = timedelta(seconds=1)


_ABSURD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Measure:
    began: datetime
    ahead: timedelta


class Skew:
    """One authority's clock against ours, as its answers tell. Safe for threads: a measure is replaced as a whole.

    Only what is certain counts. When we asked at ``began`` and the authority then wrote a later time of its own, we are
    not ahead of it, however long the answer took.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last: _Measure | None = None

    def note(self, stamp: datetime, began: datetime) -> None:
        """The authority wrote ``stamp`` in its answer to what we asked at ``began``.

        Of several stamps in one answer the latest counts: some are of things long done.
        """
        ahead = began - stamp - _ROUNDING
        if abs(ahead) > _ABSURD:
            return  # no clock is that wrong; something else wrote that date
        last = self._last
        if last is None or last.began <= began:
            ahead = min(ahead, last.ahead) if last is not None and last.began == began else ahead
            self._last = _Measure(began, ahead)

    def ahead(self, believed: timedelta) -> timedelta:
        """By how much we are ahead at least; zero when not, or when nothing was measured within ``believed``.

        A measure from the future means that somebody set our clock back: it says nothing any more.
        """
        last = self._last
        if last is None or not timedelta() <= self._now() - last.began <= believed:
            return timedelta()
        return max(last.ahead, timedelta())
