"""How a watched mailbox is doing, for whoever is on call. A blind or silent mailbox must not look like a quiet one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BLIND = timedelta(minutes=12)
"""A listener scans every four minutes; three scans missed in a row are no coincidence."""


class Mood(StrEnum):
    """What a listener is doing."""

    CONNECTING = "connecting"
    IDLING = "idling"
    POLLING = "polling"
    AWAY = "away"
    """Waiting out a fault; ``Health.fault`` says which."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One listener at one moment. Counters count since it started; no field holds a secret.

    ``pending`` mails were read and could not be kept yet; ``unfiled`` ones were kept and could be neither moved nor
    marked; ``given_up`` ones can't be fetched. ``fault`` is the slug of the last fault and stays, with its
    time, until the next good scan.
    """

    mailbox: str
    folder: str
    started_at: datetime
    mood: Mood = Mood.CONNECTING
    connected_at: datetime | None = None
    scanned_at: datetime | None = None
    noticed_at: datetime | None = None
    connections: int = 0
    uidvalidity: int | None = None
    renumbered: int = 0
    looked: int = 0
    taken: int = 0
    quarantined: int = 0
    unfiled: int = 0
    given_up: int = 0
    pending: int = 0
    faults: int = 0
    fault: str | None = None
    fault_at: datetime | None = None
    detail: str = ""


def ailment(health: Health, now: datetime, *, blind: timedelta = BLIND, silence: timedelta | None = None) -> str | None:
    """The slug of what is wrong with this mailbox; None when nothing is.

    ``silence`` is how long a mailbox may bring no notice at all, for someone who expects some. A refused secret is told
    at once, any other fault once it has kept us from looking for longer than ``blind``.
    """
    if health.mood is Mood.AWAY and health.fault == "mail-credentials-refused":
        return health.fault
    if now - (health.scanned_at or health.started_at) > blind:
        return "mail-blind"
    if health.pending:
        return "mail-not-kept"
    if silence is not None and now - (health.noticed_at or health.started_at) > silence:
        return "mail-silent"
    return None
