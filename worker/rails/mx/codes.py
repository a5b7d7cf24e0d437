"""From a code at its level to an outcome. There is no default: what is in no table is ``Unknown``."""

from dataclasses import dataclass
from datetime import timedelta

from schemas.mx.code_table import Entry, lookup
from worker.domain.outcome import (
    Absent,
    AlreadyKnown,
    Blocked,
    Curable,
    NoAnswer,
    NotTaken,
    Outcome,
    Pending,
    Refusal,
    Refuser,
    Said,
    Scope,
    Unknown,
)

SUBMIT = "sf-submit"
STATUS = "sf-status"
SAT_REQUEST = "sat-request"
SAT_UUID = "sat-uuid"
SAT_RETENTION = "sat-retention"


@dataclass(frozen=True, slots=True)
class HalfAnswer:
    """A code that needs what stands beside it: ``ended`` an acuse, ``receipt`` the document that it names."""

    reading: str
    said: Said


def outcome(said: Said) -> Outcome | HalfAnswer:
    """What a code, at the level and with the words in ``said``, amounts to."""
    entry = lookup(said.level, said.code) if said.code else None
    return Unknown(said) if entry is None else _outcome(entry, said)


def _outcome(entry: Entry, said: Said) -> Outcome | HalfAnswer:
    slug = entry.slug or ""
    match entry.reading:
        case "ended" | "receipt":
            return HalfAnswer(entry.reading, said)
        case "pending":
            return Pending(said)
        case "already-known":
            return AlreadyKnown(said)
        case "refusal":
            return Refusal(Refuser(entry.by or ""), slug, said)
        case "curable":
            return Curable(slug, said)
        case "not-taken":
            return NotTaken(slug, said, after=_minutes(entry.after_minutes), within=_hours(entry.within_hours))
        case "absent":
            return Absent(said)
        case "blocked":
            return Blocked(Scope(entry.scope or ""), slug, said)
        case "no-answer":
            return NoAnswer(left=True, slug=slug, said=said)
        case other:
            raise ValueError(f"{entry.level} {entry.code}: no such reading {other!r}")


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


def _hours(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(hours=count)
