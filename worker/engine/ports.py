"""What the engine needs from the world, as protocols. Adapters are joined to it in ``worker.assembly`` only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from worker.domain.issuer import Issuer
from worker.domain.job import Job
from worker.domain.notice import Letter, Notice
from worker.domain.outcome import Outcome, Pause, Said
from worker.domain.patience import Patience
from worker.domain.window import Window
from worker.engine.unit import AlreadyThere, Due, Exchange, Head, Ledger, Letterbox, Unit

__all__ = [
    "AlreadyThere",
    "Answer",
    "Broker",
    "BrokerDown",
    "CannotPrepare",
    "Clock",
    "Due",
    "Exchange",
    "Head",
    "Issuers",
    "Ledger",
    "Letterbox",
    "Mailbox",
    "Parts",
    "Rail",
    "Undeliverable",
    "Unit",
    "Vault",
]


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call to an authority came to, with the exchanges that prove it, in order.

    ``account`` is the word of whoever checks the account's login, where ``outcome`` is made of several words: a
    refused login must not hide behind another authority's good news.
    """

    outcome: Outcome
    exchanges: tuple[Exchange, ...] = ()
    account: Outcome | None = None


class CannotPrepare(Exception):
    """The request can't be built or signed as things are; a person has to mend something. Nothing was sent.

    ``slug`` is stable and explained in ``schemas/messages``. With a ``pause`` it is nothing about this job: all of that
    scope stay queued and are tried again after it.
    """

    def __init__(self, slug: str, said: Said | None = None, pause: Pause | None = None) -> None:
        super().__init__(slug)
        self.slug, self.said, self.pause = slug, said, pause


class Rail(Protocol):
    """One authority's road. Two rails read alike; what differs is data and the way of asking."""

    id: str

    def patience(self, environment: str) -> Patience:
        """How long to wait before what."""
        ...

    def window(self, request: Mapping[str, Any], now: datetime) -> Window:
        """How long this document may be cancelled."""
        ...

    def forget_credentials(self) -> None:
        """Drop every key and password that was opened; the next use asks the vault again."""
        ...

    def prepare(self, job: Job, now: datetime) -> bytes:
        """The signed request, exactly as it will travel. No network.

        Raises:
            CannotPrepare: with the slug of what stands in the way.
        """
        ...

    def submit(self, job: Job, signed: bytes) -> Answer:
        """Send these bytes, once. Never raises for what an authority or the network does."""
        ...

    def consult(self, job: Job) -> Answer:
        """Ask what became of the document. Sends nothing binding. Never raises for authority or network."""
        ...


class Issuers(Protocol):
    """Who may cancel."""

    def issuer(self, issuer_id: str) -> Issuer:
        """Raises ``KeyError`` when there is none."""
        ...


class Vault(Protocol):
    """Sealed secrets. What it returns is held in memory only and never logged."""

    def open(self, tenant: str, purpose: str, ref: str) -> bytes:
        """The secret. Raises ``KeyError`` when there is none, ``Sealed`` faults when it can't be opened."""
        ...


class Broker(Protocol):
    """Legs: carries ids, may lose them."""

    def send(self, phase: str, job_ids: Sequence[str], account: str) -> None:
        """Hand ids of one account to a worker. Raises ``BrokerDown`` when it can't."""
        ...

    def tell(self, letter: Letterbox) -> None:
        """Hand a message to another service. Raises ``Undeliverable`` when it can't, for whatever reason."""
        ...


class Undeliverable(Exception):
    """This message can't be handed over. It is tried again later and holds nobody else up."""


class BrokerDown(Exception):
    """The broker can't be reached. Nothing is lost: what is due stays due."""


class Mailbox(Protocol):
    """Used by the notices story: what a letter says on this rail."""

    def read(self, letter: Letter, headers: Sequence[tuple[str, bytes]]) -> Notice | None:
        """The notice that these headers make, or None when the mail is not for us."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that the story is told with."""

    ledger: Ledger
    rails: Mapping[str, Rail]
    clock: Clock
    me: str
    lease: timedelta = timedelta(seconds=60)
    call: timedelta = timedelta(seconds=40)
    redispatch: timedelta = timedelta(seconds=30)
