"""A lane: the road that jobs of one account at one authority share, and what may hold it back.

A refused login stops its account's lane at once, since repeating it locks the account; an authority that says it is
paused stops everybody's. Jobs in a lane that is held stay in the ledger and lose nothing but time; other lanes go on.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lane:
    """The road of ``account`` to the authority of ``rail`` and ``environment``; of all accounts when it is empty."""

    rail: str
    environment: str
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a lane is not open.

    ``until`` None: a person has to mend something first. ``trial``: one job at a time may go, to see whether it has
    been mended; its answer opens the lane or stops it again. A new account's lane begins on trial.
    """

    lane: Lane
    slug: str
    since: datetime
    until: datetime | None = None
    trial: bool = False

    def stops(self, now: datetime) -> bool:
        """Whether nothing at all may go."""
        return not self.trial and (self.until is None or self.until > now)
