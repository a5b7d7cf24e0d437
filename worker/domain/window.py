"""The time in which a document may still be cancelled."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """When cancelling ends. ``hard`` windows end a job that was not sent in time; soft ones only order and warn.

    ``closes_at`` is None where no end is known. Aware datetimes only.
    """

    closes_at: datetime | None = None
    hard: bool = False

    def __post_init__(self) -> None:
        if self.closes_at is not None and self.closes_at.tzinfo is None:
            raise ValueError("a window closes at an aware datetime")

    def left(self, now: datetime) -> timedelta | None:
        """Time until it closes; negative when it has; None where no end is known."""
        return None if self.closes_at is None else self.closes_at - now

    def closed(self, now: datetime) -> bool:
        """Whether a hard window has closed."""
        return self.hard and self.closes_at is not None and self.closes_at <= now
