"""Which outcome SEFAZ's words amount to: about an event that was sent, about a document that was asked about."""

import re
from dataclasses import dataclass
from datetime import timedelta

from schemas.br.registration import Registration as Numbers
from worker.domain.evidence import Grade
from worker.domain.outcome import (
    Absent,
    Confirmed,
    NoAnswer,
    NotTaken,
    Outcome,
    Pending,
    Refusal,
    Refuser,
    Said,
    Unknown,
)
from worker.rails.br import codes
from worker.rails.br.answers import Event, Registered, Registration, Standing, Unfit, Word, moment
from worker.rails.br.gateway import NUMBERS
from worker.rails.reading import HalfAnswer

#: Sixteen digits; other documents have fifteen or seventeen.
_PROTOCOL = re.compile(r"\d{16}", re.ASCII)

#: The only event that a DC-e has.
CANCELLATION = "110111"

#: ``Confirmed.note``: the registered event is not ours; it can't be told whose it is; it was not shown in time.
ELSEWHERE = "cancelled-elsewhere"
UNATTRIBUTED = "sefaz-event-unattributed"
NOT_SHOWN = "sefaz-event-not-shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of the job beside the answer."""

    document: str
    #: ``tpAmb`` and ``nSeqEvento`` of our request.
    environment: str = "2"
    sequence: str = "1"
    #: The event that we sent; None where it can't be found.
    ours: Event | None = None
    #: The document may have been authorised too recently to be known everywhere; then ask again after so long.
    recent: timedelta | None = None
    #: The authority has denied the document before, long enough ago.
    denied: bool = False
    #: The event has been asked for long enough.
    waited: bool = False
    #: What an earlier answer told of the registration.
    told: Numbers | None = None


def submitted(answer: Registration, known: Circumstances) -> Outcome:
    """What the answer to an event amounts to."""
    said = _said(codes.EVENT, answer.word, _numbers(answer))
    if astray := _astray(answer.word, known):
        return astray
    heard = codes.outcome(said)
    if not isinstance(heard, HalfAnswer):
        return heard
    match heard.reading:
        case "registered":
            if wrong := _wrong(answer, known):
                return unfit(Unfit("answer-incomplete", " ".join(wrong)))
            return Confirmed(Grade.AUTHORITY_EVENT, said, heard.warning)
        case "unknown-document" if known.recent is not None:
            return NotTaken("sefaz-dce-unknown", said, after=known.recent)
        case "unknown-document":
            return Refusal(Refuser.AUTHORITY, "sefaz-dce-unknown", said)
        case _:
            return Unknown(said)


def asked(answer: Standing, known: Circumstances) -> tuple[Outcome, Registered | None]:
    """What the answer to the question amounts to, with the event that proves a cancellation.

    An event is proof whatever code stands above it.
    """
    if astray := _astray(answer.word, known):
        return astray, None
    for registered in sorted(answer.events, key=lambda one: not _is_ours(one, known)):
        if cancels(registered, known):
            assert registered.registration is not None
            said = _said(codes.CONSULT, answer.word, _numbers(registered.registration))
            return Confirmed(Grade.AUTHORITY_EVENT, said, _note(registered, known)), registered
    said = _said(codes.CONSULT, answer.word, known.told)
    heard = codes.outcome(said)
    if not isinstance(heard, HalfAnswer):
        return heard, None
    match heard.reading:
        case "cancelled" if answer.word.key is None:
            return unfit(Unfit("answer-incomplete", "chDCe")), None
        case "cancelled" if known.waited:
            return Confirmed(Grade.AUTHORITY_EVENT, said, NOT_SHOWN), None
        case "cancelled":
            return Pending(said), None
        case "unknown-document" if known.denied:
            return Refusal(Refuser.AUTHORITY, "sefaz-dce-unknown", said), None
        case "unknown-document":
            return Absent(said), None
        case _:
            return Unknown(said), None


def unfit(fault: Unfit) -> NoAnswer:
    """An answer that can't be relied on: the authority may have acted."""
    return NoAnswer(left=True, slug=fault.slug, said=Said("local", NUMBERS.get(fault.slug), fault.words))


def cancels(registered: Registered, known: Circumstances) -> bool:
    """Whether this is a registered cancellation of the document, and nothing in it speaks of another one."""
    told, event = registered.registration, registered.event
    if told is None or registered.kind != CANCELLATION or _wrong(told, known):
        return False
    if event is not None and event.key != known.document:
        return False
    heard = codes.outcome(Said(codes.EVENT, told.word.code))
    return isinstance(heard, HalfAnswer) and heard.reading == "registered"


def _is_ours(registered: Registered, known: Circumstances) -> bool:
    """Ours has our Id and our digest."""
    theirs, ours = registered.event, known.ours
    return bool(theirs and ours and theirs.id and (theirs.id, theirs.digest) == (ours.id, ours.digest))


def _note(registered: Registered, known: Circumstances) -> str | None:
    """Whose it is. Ours may still deserve a warning."""
    theirs, ours = registered.event, known.ours
    if theirs is None or ours is None or not (theirs.id and theirs.digest):
        return UNATTRIBUTED
    if not _is_ours(registered, known):
        return ELSEWHERE
    assert registered.registration is not None
    heard = codes.outcome(Said(codes.EVENT, registered.registration.word.code))
    return heard.warning if isinstance(heard, HalfAnswer) else None


def _astray(word: Word, known: Circumstances) -> NoAnswer | None:
    """An answer about another document belongs to somebody else's request."""
    if word.key in (None, known.document):
        return None
    return unfit(Unfit("answer-names-another-document", f"chDCe {word.key}"))


def _wrong(answer: Registration, known: Circumstances) -> list[str]:
    """What keeps a registration from being one of our request: parts that are missing, malformed, or another's."""
    sound = {
        "chDCe": answer.word.key == known.document,
        "nProt": bool(_PROTOCOL.fullmatch(answer.protocol or "")),
        "dhRegEvento": moment(answer.at) is not None,
        "tpEvento": answer.kind in (None, CANCELLATION),
        "tpAmb": answer.environment in (None, known.environment),
        "nSeqEvento": (answer.sequence or known.sequence).lstrip("0") == known.sequence,
    }
    return [name for name, fine in sound.items() if not fine]


def _numbers(answer: Registration) -> Numbers | None:
    return Numbers(answer.protocol, answer.at) if answer.protocol else None


def _said(level: str, word: Word, numbers: Numbers | None) -> Said:
    """The authority's reason; where it registered something, with protocol and date in its own form of writing them."""
    return Said(level, word.code, numbers.beside(word.reason) if numbers else word.reason)
