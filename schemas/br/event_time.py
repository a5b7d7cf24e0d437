"""When an event happened (``dhEvento``), in the one form that the official schema takes (TDateTimeUTC)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from schemas.invalid import Invalid

_PATTERN = re.compile(
    r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[-+](?:0[0-9]|1[01])|\+12):00", re.ASCII
)
"""Seconds, and a numeric offset of whole hours from -11 to +12; no ``Z`` and no fraction. (The official pattern also
takes a comma for the sign, by mistake.)"""


@dataclass(frozen=True, slots=True)
class EventTime:
    """A moment as it is written: ``2026-11-20T18:30:00-03:00``. ``str()`` gives the text.

    Raises:
        Invalid: ``event-time-malformed``, also for a day or hour that does not exist.
    """

    value: str

    def __post_init__(self) -> None:
        given = self.value
        text = given.strip() if isinstance(given, str) else ""
        if not _PATTERN.fullmatch(text):
            raise Invalid("event-time-malformed", given)
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise Invalid("event-time-malformed", given) from None
        object.__setattr__(self, "value", text)

    def __str__(self) -> str:
        return self.value

    @classmethod
    def of(cls, at: datetime) -> Self:
        """An aware moment, at its own offset, without fractions of a second.

        Raises:
            Invalid: ``event-time-malformed``: no offset, or one that the authority does not take.
        """
        return cls(at.isoformat(timespec="seconds"))

    @property
    def moment(self) -> datetime:
        """The same, aware."""
        return datetime.fromisoformat(self.value)
