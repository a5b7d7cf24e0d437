"""Two times: the calendar that judges dates and certificates, and the lives of documents, which run compressed."""

import threading
import time
from datetime import UTC, datetime, timedelta


class WorldClock:
    """The sandbox's own time, thread-safe.

    The calendar (``now``) runs at the pace of the world outside, because clients sign with their own clocks; it can be
    set to any moment. Life (``life``, seconds since the start) runs ``speed`` times faster, so that a receiver's days
    pass in seconds. ``advance`` moves both. ``speed=0`` leaves every life to ``advance``.
    """

    def __init__(self, *, speed: float = 1.0, start: datetime | None = None) -> None:
        if speed < 0:
            raise ValueError("speed must not be negative")
        self.speed = speed
        self._lock = threading.Lock()
        self._origin = time.monotonic()
        self._calendar = start or datetime.now(UTC)
        self._advanced = 0.0
        if self._calendar.tzinfo is None:
            raise ValueError("the start must be an aware datetime")

    def now(self) -> datetime:
        """The calendar moment, aware, in UTC."""
        with self._lock:
            return (self._calendar + timedelta(seconds=time.monotonic() - self._origin)).astimezone(UTC)

    def life(self) -> float:
        """Seconds lived since the start, compressed."""
        with self._lock:
            return (time.monotonic() - self._origin) * self.speed + self._advanced

    def set(self, moment: datetime) -> None:
        """Makes ``moment`` the present of the calendar. Lives do not notice."""
        if moment.tzinfo is None:
            raise ValueError("the moment must be an aware datetime")
        with self._lock:
            self._calendar = moment - timedelta(seconds=time.monotonic() - self._origin)

    def advance(self, seconds: float) -> None:
        """Moves the calendar and every life forward by ``seconds``."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        with self._lock:
            self._advanced += seconds
            self._calendar += timedelta(seconds=seconds)

    def wait_for(self, life: float) -> float | None:
        """Real seconds until ``life`` is reached; None when only ``advance`` can reach it."""
        missing = life - self.life()
        if missing <= 0:
            return 0.0
        return missing / self.speed if self.speed else None
