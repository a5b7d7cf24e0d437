"""What an authority says about a request, as a value: a closed union.

A rail translates codes, words and broken connections into exactly one of these; the engine never sees a code. What is
in no table is ``Unknown`` and goes to a person; there is no default arm anywhere.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from worker.domain.evidence import Grade


@dataclass(frozen=True, slots=True)
class Said:
    """The authority's own words, kept beside our reading of them.

    ``level`` names who speaks (``sf``, ``sat-request``, ``sat-uuid``, ``sat-status``, ``sefaz``): the same number means
    different things at different levels.
    """

    level: str
    code: str | None = None
    text: str = ""


#: ``Job.note`` when the authority knew of such a request at our very first word about the document.
KNOWN_BEFORE = "known-before-us"


class Refuser(StrEnum):
    """Whose refusal it was."""

    AUTHORITY = "authority"
    RECEIVER = "receiver"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The document is cancelled, with evidence of this grade."""

    grade: Grade
    said: Said
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The authority has the request and has not decided."""

    said: Said


@dataclass(frozen=True, slots=True)
class AlreadyKnown:
    """The authority says that it already has such a request or cancellation: ask it which, never fail."""

    said: Said


@dataclass(frozen=True, slots=True)
class Refusal:
    """A definite no that neither waiting nor new bytes can change."""

    by: Refuser
    slug: str
    said: Said


@dataclass(frozen=True, slots=True)
class Curable:
    """A definite no that freshly signed bytes can cure (clock, replaced certificate)."""

    slug: str
    said: Said


class Scope(StrEnum):
    """How far a blockage or a pause reaches."""

    AUTHORITY = "authority"
    ACCOUNT = "account"
    CREDENTIAL = "credential"
    ISSUER = "issuer"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Pause:
    """The authority wants to be left alone for a while: by everybody (``AUTHORITY``), or by this ``ACCOUNT``."""

    scope: Scope
    length: timedelta


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A definite *not now*: nothing was registered, the same bytes may be sent ``after`` a while.

    When the job is older than ``within`` the answer counts as a refusal (``None``: it never does). ``pause`` holds all
    other work of its scope back as well.
    """

    slug: str
    said: Said
    after: timedelta | None = None
    within: timedelta | None = None
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The authority denies knowing the request. Believed only when said twice, some time apart."""

    said: Said


@dataclass(frozen=True, slots=True)
class Blocked:
    """Configuration or credentials stand in the way: a person has to mend them. Nothing was registered.

    With scope ``ACCOUNT`` the whole account is stopped: repeating a refused login locks it.
    """

    scope: Scope
    slug: str
    said: Said


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code or word that is in no table. It may have been registered or not."""

    said: Said


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing that can be relied on came back.

    ``left`` is False only when it is proven that no byte of the request left the house. An authority's internal error,
    a 5xx and an unreadable body are ``left=True``: it may have acted.
    """

    left: bool
    slug: str
    said: Said = field(default_factory=lambda: Said(level="transport"))
    pause: Pause | None = None


Outcome = Confirmed | Pending | AlreadyKnown | Refusal | Curable | NotTaken | Absent | Blocked | Unknown | NoAnswer
