"""The life of a job: its states, and the one table of what may move it from one to the next.

``docs/state-machine.md`` is generated from this file and compared with it in CI. A state moves only because a fact
(``worker.domain.facts``) was recorded; a pair that is not in ``TRANSITIONS`` is impossible, not merely unusual.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a job stands. The paragraph of each state is in ``BIOGRAPHIES``."""

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    WAITING = "waiting"
    PARKED = "parked"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    @property
    def final(self) -> bool:
        """Nothing moves a job out of a final state, ever."""
        return self in FINAL


FINAL = frozenset({State.CANCELLED, State.REFUSED, State.EXPIRED, State.WITHDRAWN})

OPEN = tuple(state for state in State if state not in FINAL)

BIOGRAPHIES: dict[State, str] = {
    State.HELD: "Waits for an approval or for another document of its batch. An operator releases it; a hard window "
    "that closes ends it as expired.",
    State.QUEUED: "Ready to be signed and sent, for the first time or again with the same bytes. Nothing of it is "
    "under way anywhere: either nothing has left the house, or the authority has said that it holds nothing.",
    State.SENDING: "Claimed by one worker under a lease and a fencing number. The signed bytes are committed; the "
    "request may have left. When the lease runs out the sweep moves it to uncertain.",
    State.UNCERTAIN: "The request may have arrived and nobody answered. It is asked about, never sent, until the "
    "authority has twice denied knowing it.",
    State.WAITING: "The authority has the request and has not decided: in process, or the receiver has to answer. "
    "Polling widens from minutes to days and has no end of its own; a notice makes it due at once.",
    State.PARKED: "A person is needed: an unknown code, credentials, a spent budget. It says why and what to do, and "
    "stays until an operator retries or withdraws it.",
    State.CANCELLED: "Final. Holds its evidence and the grade of it.",
    State.REFUSED: "Final. Says by whom: the authority, the receiver, or a rule of ours. A new round may be opened.",
    State.EXPIRED: "Final. The window closed before anything was sent.",
    State.WITHDRAWN: "Final. An operator took it back while nothing had left the house.",
}

_S = State

#: (from, fact, to). ``None`` is the state before the first fact.
TRANSITIONS: frozenset[tuple[State | None, str, State]] = frozenset(
    {
        (None, "accepted", _S.QUEUED),
        (None, "accepted", _S.HELD),
        (_S.HELD, "released", _S.QUEUED),
        (_S.HELD, "withdrawn", _S.WITHDRAWN),
        (_S.HELD, "expired", _S.EXPIRED),
        (_S.QUEUED, "claimed", _S.SENDING),
        (_S.QUEUED, "withdrawn", _S.WITHDRAWN),
        (_S.QUEUED, "expired", _S.EXPIRED),
        (_S.QUEUED, "parked", _S.PARKED),
        (_S.QUEUED, "retried", _S.QUEUED),
        (_S.SENDING, "not-sent", _S.QUEUED),
        (_S.SENDING, "answer-lost", _S.UNCERTAIN),
        (_S.SENDING, "lease-expired", _S.UNCERTAIN),
        (_S.SENDING, "acknowledged", _S.WAITING),
        (_S.SENDING, "adopted", _S.WAITING),
        (_S.SENDING, "confirmed", _S.CANCELLED),
        (_S.SENDING, "refused", _S.REFUSED),
        (_S.SENDING, "voided", _S.QUEUED),
        (_S.SENDING, "postponed", _S.QUEUED),
        (_S.SENDING, "parked", _S.PARKED),
        (_S.UNCERTAIN, "acknowledged", _S.WAITING),
        (_S.UNCERTAIN, "confirmed", _S.CANCELLED),
        (_S.UNCERTAIN, "refused", _S.REFUSED),
        (_S.UNCERTAIN, "voided", _S.QUEUED),
        (_S.UNCERTAIN, "postponed", _S.QUEUED),
        (_S.UNCERTAIN, "denied", _S.UNCERTAIN),
        (_S.UNCERTAIN, "absence-proven", _S.QUEUED),
        (_S.UNCERTAIN, "not-answered", _S.UNCERTAIN),
        (_S.UNCERTAIN, "noticed", _S.UNCERTAIN),
        (_S.UNCERTAIN, "retried", _S.UNCERTAIN),
        (_S.UNCERTAIN, "parked", _S.PARKED),
        (_S.WAITING, "acknowledged", _S.WAITING),
        (_S.WAITING, "confirmed", _S.CANCELLED),
        (_S.WAITING, "refused", _S.REFUSED),
        (_S.WAITING, "voided", _S.QUEUED),
        (_S.WAITING, "postponed", _S.QUEUED),
        (_S.WAITING, "denied", _S.UNCERTAIN),
        (_S.WAITING, "not-answered", _S.WAITING),
        (_S.WAITING, "noticed", _S.WAITING),
        (_S.WAITING, "retried", _S.WAITING),
        (_S.WAITING, "parked", _S.PARKED),
        (_S.PARKED, "retried", _S.QUEUED),
        (_S.PARKED, "retried", _S.UNCERTAIN),
        (_S.PARKED, "withdrawn", _S.WITHDRAWN),
        (_S.PARKED, "expired", _S.EXPIRED),
        (_S.HELD, "restored", _S.PARKED),
        (_S.QUEUED, "restored", _S.UNCERTAIN),
        (_S.SENDING, "restored", _S.UNCERTAIN),
        (_S.UNCERTAIN, "restored", _S.UNCERTAIN),
        (_S.WAITING, "restored", _S.WAITING),
        (_S.PARKED, "restored", _S.PARKED),
    }
    # An answer that came after its worker had lost the claim moves nothing; it is written down in any state.
    | {(state, "heard-late", state) for state in State}
)
