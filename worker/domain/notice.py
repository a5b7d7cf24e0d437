"""What a mail notice says about a document, and where it lay."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Where a mail lay: its identity is (mailbox, folder, uidvalidity, uid), and its Message-ID where it has one."""

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    message_id: str | None
    digest: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A mail that the rail could read. It is a hint: it makes a job due, the consult that follows settles it.

    ``positive`` is what it claims (OK or ERROR); ``document`` is in canonical form. A mail that could not be read as a
    notice has ``document`` None and a ``slug`` that says why; it is kept, counted and harmless.
    """

    letter: Letter
    rail: str
    document: str | None
    positive: bool | None
    slug: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
