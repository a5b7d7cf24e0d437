"""PAC and SAT together: which outcome both words amount to.

SAT's *Cancelado* is the only proof and rules over everything. SAT's silence proves nothing in either direction. SAT's
public service follows with a delay, so while the PAC has our request, a bare no of SAT's counts only after a while.
"""

from dataclasses import dataclass

from worker.domain.evidence import Grade
from worker.domain.outcome import (
    Absent,
    Blocked,
    Confirmed,
    NoAnswer,
    Outcome,
    Pending,
    Refusal,
    Refuser,
    Scope,
    Unknown,
)
from worker.rails.mx.status import SatStatus, View

#: ``Confirmed.note`` when SAT shows a cancellation that this account at the PAC knows nothing of.
ELSEWHERE = "cancelled-elsewhere"

_ENDED = "pac-knowledge-ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of the job beside the two answers."""

    #: The PAC had the request once.
    acknowledged: bool
    #: It knew of one at our first word, and there was no second one: that request was somebody else's.
    before: bool = False
    #: There was an earlier round, and the PAC has not been seen to have this one.
    earlier: bool = False
    #: That was long enough ago for SAT's public service to have followed.
    settled: bool
    #: That was so long ago that the PAC no longer tells.
    forgotten: bool
    #: Only SAT may end this issuer's jobs well.
    required: bool


def verdict(pac: Outcome, sat: SatStatus | NoAnswer | None, known: Circumstances) -> Outcome:
    """One outcome. ``sat`` is None when SAT can't be asked, ``NoAnswer`` when it was asked in vain."""
    found = _together(pac, sat, known)
    if known.earlier and isinstance(found, Refusal):
        return Absent(found.said)  # that no was said to the earlier round; of this one nobody has heard
    return found


def _together(pac: Outcome, sat: SatStatus | NoAnswer | None, known: Circumstances) -> Outcome:
    match sat:
        case None:
            return _without_sat(pac, known)
        case NoAnswer():
            return _sat_silent(pac, sat)
        case SatStatus(view=View.CANCELLED):
            return Confirmed(Grade.SAT_STATUS, sat.said, _whose(pac, known))
        case SatStatus(view=View.UNKNOWN):
            return Unknown(sat.said)
        case SatStatus(view=View.IN_PROCESS):
            return pac if isinstance(pac, Blocked | Unknown) else Pending(sat.said)
        case SatStatus(view=View.REFUSED):
            return _denied(pac, Refusal(Refuser.RECEIVER, "receiver-refused", sat.said), known)
        case SatStatus(view=View.NOT_CANCELLABLE):
            return _denied(pac, Refusal(Refuser.AUTHORITY, "not-cancellable", sat.said), known)
        case SatStatus(view=View.NOT_REQUESTED | View.NOT_FOUND):
            return _nothing_seen(pac, sat, known)
    raise ValueError(f"no such view: {sat}")


def _whose(pac: Outcome, known: Circumstances) -> str | None:
    """Whose cancellation SAT shows: ours unless the PAC says otherwise, by silence about it or by its acuse's date."""
    match pac:
        case Absent() if known.before or not known.acknowledged:
            return ELSEWHERE
        case Confirmed():
            return pac.note
        case _:
            return None


def _without_sat(pac: Outcome, known: Circumstances) -> Outcome:
    match pac:
        case Confirmed() if known.required:
            return Pending(pac.said)
        case Absent() if known.forgotten:
            return Blocked(Scope.REQUEST, _ENDED, pac.said)
        case _:
            return pac


def _sat_silent(pac: Outcome, silence: NoAnswer) -> Outcome:
    """The PAC's good word must wait for SAT's, and so must its *never heard of it*: SAT may know better."""
    match pac:
        case Confirmed():
            return Pending(pac.said)
        case Absent():
            return silence
        case _:
            return pac


def _denied(pac: Outcome, refusal: Refusal, known: Circumstances) -> Outcome:
    """SAT shows a no. It may be that of an earlier request, or older than what the PAC has just done."""
    match pac:
        case Absent() if known.forgotten:
            return refusal
        case Confirmed() | Absent() if known.acknowledged and known.settled:
            return refusal
        case Confirmed():
            return Pending(refusal.said)
        case _:
            return pac


def _nothing_seen(pac: Outcome, sat: SatStatus, known: Circumstances) -> Outcome:
    """SAT shows no request, or no such document. Never an ending."""
    match pac:
        case Confirmed():
            return Pending(sat.said)
        case Absent() if known.forgotten:
            return Blocked(Scope.REQUEST, _ENDED, sat.said)
        case _:
            return pac
