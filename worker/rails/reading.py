"""From a code at its level to an outcome. There is no default: what is in no table is ``Unknown``."""

from dataclasses import dataclass
from datetime import timedelta

from schemas.code_table import HALF, CodeTable, Entry
from worker.domain.outcome import (
    Absent,
    AlreadyKnown,
    Blocked,
    Curable,
    NoAnswer,
    NotTaken,
    Outcome,
    Pause,
    Pending,
    Refusal,
    Refuser,
    Said,
    Scope,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class HalfAnswer:
    """A code that needs what stands beside it: ``ended`` an acuse, ``registered`` a protocol, and so on."""

    reading: str
    said: Said
    warning: str | None = None


def outcome(table: CodeTable, said: Said) -> Outcome | HalfAnswer:
    """What a code, at the level and with the words in ``said``, amounts to."""
    entry = table.lookup(said.level, said.code) if said.code else None
    return Unknown(said) if entry is None else _outcome(entry, said)


def _outcome(entry: Entry, said: Said) -> Outcome | HalfAnswer:
    slug = entry.slug or ""
    match entry.reading:
        case half if half in HALF:
            return HalfAnswer(half, said, entry.warning)
        case "pending":
            return Pending(said)
        case "already-known":
            return AlreadyKnown(said)
        case "refusal":
            return Refusal(Refuser(entry.by or ""), slug, said)
        case "curable":
            return Curable(slug, said)
        case "not-taken":
            after, within = _minutes(entry.after_minutes), _hours(entry.within_hours)
            return NotTaken(slug, said, after=after, within=within, pause=_pause(entry))
        case "absent":
            return Absent(said)
        case "blocked":
            return Blocked(Scope(entry.scope or ""), slug, said)
        case "no-answer":
            return NoAnswer(left=True, slug=slug, said=said, pause=_pause(entry))
        case other:
            raise ValueError(f"{entry.level} {entry.code}: no such reading {other!r}")


def _pause(entry: Entry) -> Pause | None:
    length = _minutes(entry.pause_minutes)
    return None if length is None else Pause(Scope(entry.pause or ""), length)


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


def _hours(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(hours=count)
