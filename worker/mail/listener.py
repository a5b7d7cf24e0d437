"""Watching one mailbox for ever: scan, idle, scan; whatever breaks, connect anew and scan.

Nothing that the server pushes is believed beyond "look again". A folder is selected before and after each scan, and
the listener idles only when the two agree: news may come with the answer to any command, and a server that has told
them once does not tell them again in IDLE.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event
from typing import Any

from worker.domain.notice import Letter, Notice
from worker.engine.ports import Clock
from worker.mail.account import Account
from worker.mail.backoff import Backoff
from worker.mail.faults import CredentialsRefused, MailFault, described
from worker.mail.health import Health, Mood
from worker.mail.reader import Headers, Reader, Tally
from worker.mail.source import Folder, Source

log = logging.getLogger(__name__)

_SCAN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How long a listener rests. Whatever the server pushes or forgets, a full scan comes every ten minutes at least.

    ``idle``: one IDLE, far below the 29 minutes of RFC 2177, because a dead link is found out only at its end.
    ``poll``: between two scans where the server has no IDLE. ``retry``: before mails that could not be kept are read
    again. ``settled``: a connection that lived this long was a good one, and the back-off starts over.
    """

    idle: timedelta = timedelta(minutes=4)
    poll: timedelta = timedelta(minutes=1)
    retry: timedelta = timedelta(seconds=5)
    settled: timedelta = timedelta(minutes=1)

    def __post_init__(self) -> None:
        if max(self.idle, self.poll) > _SCAN:
            raise ValueError("a mailbox is scanned every ten minutes at least")


def _away() -> Backoff:
    """After any fault of the connection: seconds, growing to five minutes."""
    return Backoff(first=1, ceiling=300)


def _shut_out() -> Backoff:
    """After a refused secret: a quarter of an hour, growing to four, since repeating it may lock the account."""
    return Backoff(first=900, ceiling=4 * 3600)


def _pause(stop: Event, seconds: float) -> None:
    stop.wait(seconds)


class Listener:
    """Watches one mailbox. Several may watch the same one: ``take`` is idempotent, so they only do work twice.

    ``read`` says what a letter is on the rail, None for mail that is not for us. ``take`` keeps a notice in one
    transaction. ``beat`` is told the health at every change; it may fail without harm. ``pause`` waits out a fault.
    """

    def __init__(
        self,
        account: Account,
        *,
        rail: str,
        read: Callable[[Letter, Headers], Notice | None],
        take: Callable[[Notice], object],
        clock: Clock,
        beat: Callable[[Health], None] | None = None,
        rhythm: Rhythm | None = None,
        away: Backoff | None = None,
        shut_out: Backoff | None = None,
        pause: Callable[[Event, float], None] = _pause,
        enter: Callable[[Account, bool], Source] = Source.open,
    ) -> None:
        self._account, self._clock, self._beat, self._pause, self._enter = account, clock, beat, pause, enter
        self._rhythm = rhythm or Rhythm()
        self._away, self._shut_out = away or _away(), shut_out or _shut_out()
        self._reader = Reader(account, rail=rail, read=read, take=take, clock=clock)
        self.health = Health(mailbox=account.mailbox, folder=account.folder, started_at=clock.now())

    @property
    def mailbox(self) -> str:
        """The watched address."""
        return self._account.mailbox

    def run(self, stop: Event) -> None:
        """Watch until ``stop`` is set. Raises nothing: what goes wrong is told by the health and ends a connection."""
        while not stop.is_set():
            began = self._clock.now()
            try:
                self._attend(stop)
            except Exception as error:
                if self._clock.now() - began >= self._rhythm.settled:
                    self._away.reset()
                self._fault(error)
                self._pause(stop, self._staying_away(error))
        self._feel(mood=Mood.STOPPED)

    def _attend(self, stop: Event) -> None:
        self._feel(mood=Mood.CONNECTING)
        source = self._enter(self._account, bool(self._shut_out.failures))
        try:
            self._shut_out.reset()
            self._feel(connected_at=self._clock.now(), connections=self.health.connections + 1)
            folder = source.select()
            while not stop.is_set():
                self._scan(source, folder, stop)
                folder, before = source.select(), folder
                if folder == before and not stop.is_set():
                    self._rest(source, stop)
                    folder = source.select()
        finally:
            source.close()

    def _scan(self, source: Source, folder: Folder, stop: Event) -> None:
        known = self.health.uidvalidity
        renumbered = known is not None and known != folder.uidvalidity
        self._feel(uidvalidity=folder.uidvalidity, renumbered=self.health.renumbered + renumbered)
        for tally in self._reader.sweep(source, folder, stop):
            self._count(tally)
        if not stop.is_set():
            clear = {} if self._reader.pending else {"fault": None, "fault_at": None, "detail": ""}
            self._feel(scanned_at=self._clock.now(), pending=self._reader.pending, **clear)

    def _rest(self, source: Source, stop: Event) -> None:
        retry = self._rhythm.retry if self._reader.pending else timedelta.max
        if source.idles:
            self._feel(mood=Mood.IDLING)
            source.wait(min(self._rhythm.idle, retry).total_seconds(), stop)
        else:
            self._feel(mood=Mood.POLLING)
            self._pause(stop, min(self._rhythm.poll, retry).total_seconds())

    def _staying_away(self, error: Exception) -> float:
        # A token may simply have run out: the first refusal is followed by a fresh one soon. A password is what it is.
        if isinstance(error, CredentialsRefused):
            long = self._shut_out.next()
            return self._away.next() if self._account.token and self._shut_out.failures == 1 else long
        return self._away.next()

    def _fault(self, error: Exception) -> None:
        slug = error.slug if isinstance(error, MailFault) else "mail-fault"
        detail = error.detail if isinstance(error, MailFault) else described(error)
        log.warning("%s mailbox=%s %s", slug, self.mailbox, detail, exc_info=not isinstance(error, MailFault))
        self._feel(
            mood=Mood.AWAY,
            fault=slug,
            fault_at=self._clock.now(),
            faults=self.health.faults + 1,
            detail=detail,
            given_up=self._reader.given_up,
        )

    def _count(self, tally: Tally) -> None:
        seen = self.health
        noticed = self._clock.now() if tally.taken or tally.quarantined else seen.noticed_at
        self._feel(
            looked=seen.looked + tally.looked,
            taken=seen.taken + tally.taken,
            quarantined=seen.quarantined + tally.quarantined,
            unfiled=seen.unfiled + tally.unfiled,
            noticed_at=noticed,
            scanned_at=self._clock.now(),
            pending=self._reader.pending,
        )

    def _feel(self, **changes: Any) -> None:
        self.health = replace(self.health, **changes)
        if self._beat is not None:
            try:
                self._beat(self.health)
            except Exception:
                log.warning("mail-health-not-told mailbox=%s", self.mailbox, exc_info=True)
