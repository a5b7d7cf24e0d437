"""The real clock."""

from datetime import UTC, datetime


class SystemClock:
    """``worker.engine.ports.Clock``, in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)
