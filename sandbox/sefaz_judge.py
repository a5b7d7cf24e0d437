"""Judges an event on its own bytes, in the order of the authoriser's published groups of rules.

The transmitter comes before this. Here: form (B, D), signature and its certificate (E, F), environment (G), and what
the event says of itself and of the key (J). What only the register knows comes afterwards.
"""

from dataclasses import dataclass
from datetime import datetime

from sandbox import sefaz_schema as schema
from sandbox.sefaz_codes import Rejected
from sandbox.sefaz_key import check, is_cnpj
from sandbox.sefaz_schema import CANCELLATION, Event
from sandbox.sefaz_seal import verified
from sandbox.sefaz_trust import Belief


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A good event: what it says, and the digest under its signature."""

    event: Event
    protocol: str
    justification: str
    digest: str


def judge(message: bytes, *, transmitter: str, environment: str, now: datetime, belief: Belief) -> Cancellation:
    """Reads and verifies an ``eventoDCe``. ``transmitter`` is the CNPJ of the TLS client, ``environment`` ours.

    Raises:
        Rejected: by the first rule that it breaks.
    """
    root = schema.parsed(message)
    event = schema.event(root)
    certificate, digest = verified(root)
    signer = belief.check(certificate, "signer", now)
    if not event.author[:8] == signer[:8] == transmitter[:8]:
        raise Rejected("wrong-base", f"{event.author[:8]}, {signer[:8]}, {transmitter[:8]}")
    if event.environment != environment:
        raise Rejected("environment")
    _of_itself(event)
    protocol, justification = schema.cancellation(event.detail)
    _of_the_key(event, now)
    return Cancellation(event, protocol, justification, digest)


def _of_itself(event: Event) -> None:
    if not is_cnpj(event.author):
        raise Rejected("author-cnpj")
    if event.id != f"ID{event.kind}{event.key}{event.sequence:03}":
        raise Rejected("id")
    if event.kind != CANCELLATION:
        raise Rejected("event-kind", event.kind)
    if event.version != "1.00":
        raise Rejected("event-version", event.version)


def _of_the_key(event: Event, now: datetime) -> None:
    parts = check(event.key, now.year)
    if event.author != parts.cnpj or event.emitter != parts.emitter:
        raise Rejected("author")
    if event.organ != parts.uf:
        raise Rejected("organ", event.organ)
    if event.sequence != 1:
        raise Rejected("sequence", str(event.sequence))
