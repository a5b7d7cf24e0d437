"""Reading what lies in a folder: what is for us goes to the ledger, then out of the way; the rest is left alone.

What the ledger has seen is the ledger's knowledge, so nothing is remembered here beyond the life of the process: after
a restart every mail is looked at again and ``take`` changes nothing for those that are known.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from threading import Event

from worker.domain.notice import Letter, Notice
from worker.engine.ports import Clock
from worker.mail.account import Account
from worker.mail.faults import ConnectionLost
from worker.mail.headers import message_id, split, text
from worker.mail.source import Folder, Mail, Source

log = logging.getLogger(__name__)

Headers = Sequence[tuple[str, bytes]]

CHUNK = 200
"""Mails fetched at once. With 64 KiB of headers each this bounds memory at about 13 MB."""

_FILE_AT = 2_000  # mails moved at once: in a folder of fifty thousand one move takes a second, however few it moves
_TRIES = 3
_IN_A_ROW = 5  # so many mails that can't be kept, one after the other: it is not the mails, it is the ledger
_POISON_FIELDS, _POISON_VALUE = 60, 500


class _Fate(Enum):
    FOREIGN = auto()
    TAKEN = auto()
    QUARANTINED = auto()
    AGAIN = auto()


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of some mails. ``unfiled`` ones are kept and could be neither moved nor marked."""

    looked: int = 0
    taken: int = 0
    quarantined: int = 0
    unfiled: int = 0


class Reader:
    """Reads one folder of one mailbox. ``take`` keeps a notice in one transaction, once per letter."""

    def __init__(
        self,
        account: Account,
        *,
        rail: str,
        read: Callable[[Letter, Headers], Notice | None],
        take: Callable[[Notice], object],
        clock: Clock,
    ) -> None:
        self._account, self._rail, self._read, self._take, self._clock = account, rail, read, take, clock
        self._chunk = CHUNK
        self._uidvalidity: int | None = None
        self._done: set[int] = set()
        self._tries: dict[int, int] = {}
        self._to_file: dict[str, set[int]] = {account.processed: set(), account.quarantine: set()}
        self._failures = 0
        self.given_up = 0

    @property
    def pending(self) -> int:
        """Mails that were looked at and have to be looked at again soon."""
        return len(self._tries)

    def sweep(self, source: Source, folder: Folder, stop: Event) -> Iterator[Tally]:
        """Read every mail of the folder that was not read yet, chunk by chunk, newest first.

        Mails whose notice can't be kept stay for the next sweep; so do all others once several in a row could not.
        """
        fresh = self._fresh(source, folder)
        self._failures = 0
        while fresh and not stop.is_set() and self._failures < _IN_A_ROW:
            some = fresh[: self._chunk]
            del fresh[: self._chunk]
            yield self._tally([self._settle(mail, folder, stop) for mail in self._fetch(source, some)])
            if sum(map(len, self._to_file.values())) >= _FILE_AT:
                yield self._file(source)
        yield self._file(source)
        if not fresh:
            self._chunk = CHUNK

    def _fresh(self, source: Source, folder: Folder) -> list[int]:
        if folder.uidvalidity != self._uidvalidity:
            self._uidvalidity = folder.uidvalidity
            self._done, self._tries = set(), {}
            self._to_file = {name: set() for name in self._to_file}
        present = source.uids(folder)
        for known in (self._done, *self._to_file.values()):
            known.intersection_update(present)
        self._tries = {uid: self._tries[uid] for uid in present if uid in self._tries}
        return [uid for uid in present if uid not in self._done]

    def _fetch(self, source: Source, uids: Sequence[int]) -> list[Mail]:
        try:
            return source.fetch(uids)
        except ConnectionLost:
            # One mail that the server or the client chokes on must not hide all others: the next connection asks for
            # fewer at once, until it stands alone and is given up. Polling will find what it said.
            self._chunk = max(1, len(uids) // 4)
            if len(uids) == 1 and self._failed(uids[0]):
                log.warning("mail-given-up mailbox=%s uid=%s", self._account.mailbox, uids[0])
                self._finish(uids[0])
                self.given_up += 1
            raise

    def _settle(self, mail: Mail, folder: Folder, stop: Event) -> _Fate:
        if stop.is_set() or self._failures >= _IN_A_ROW:
            return _Fate.AGAIN
        fate = self._hand_over(mail, folder)
        self._failures = self._failures + 1 if fate is _Fate.AGAIN else 0
        if fate is not _Fate.AGAIN:
            self._finish(mail.uid)
        if fate is _Fate.TAKEN:
            self._to_file[self._account.processed].add(mail.uid)
        elif fate is _Fate.QUARANTINED:
            self._to_file[self._account.quarantine].add(mail.uid)
        return fate

    def _hand_over(self, mail: Mail, folder: Folder) -> _Fate:
        headers = split(mail.raw)
        letter = self._letter(mail, folder, headers)
        try:
            notice = self._read(letter, headers)
            if notice is None:
                return _Fate.FOREIGN
            self._take(notice)
        except Exception:
            log.warning("mail-not-kept mailbox=%s uid=%s", letter.mailbox, mail.uid, exc_info=True)
            return self._quarantined(letter, headers) if self._failed(mail.uid) else _Fate.AGAIN
        return _Fate.TAKEN if notice.document is not None else _Fate.QUARANTINED

    def _quarantined(self, letter: Letter, headers: Headers) -> _Fate:
        # The ledger itself tells poison from an outage: when it can't keep this either, the mail is not to blame.
        poison = Notice(
            letter=letter, rail=self._rail, document=None, positive=None, slug="mail-poison", headers=_legible(headers)
        )
        try:
            self._take(poison)
        except Exception:
            log.warning("mail-not-kept mailbox=%s uid=%s", letter.mailbox, letter.uid, exc_info=True)
            return _Fate.AGAIN
        return _Fate.QUARANTINED

    def _letter(self, mail: Mail, folder: Folder, headers: Headers) -> Letter:
        return Letter(
            mailbox=self._account.mailbox,
            folder=self._account.folder,
            uidvalidity=folder.uidvalidity,
            uid=mail.uid,
            message_id=message_id(headers),
            digest=hashlib.sha256(mail.raw).hexdigest(),
            received_at=mail.received_at or self._clock.now(),
        )

    def _tally(self, fates: Sequence[_Fate]) -> Tally:
        return Tally(len(fates), fates.count(_Fate.TAKEN), fates.count(_Fate.QUARANTINED))

    def _file(self, source: Source) -> Tally:
        # What is not filed because the connection breaks is filed by the next sweep.
        unfiled = 0
        for name, uids in self._to_file.items():
            if uids and not source.put_away(sorted(uids), name):
                unfiled += len(uids)
            uids.clear()
        return Tally(unfiled=unfiled)

    def _failed(self, uid: int) -> bool:
        self._tries[uid] = self._tries.get(uid, 0) + 1
        return self._tries[uid] >= _TRIES

    def _finish(self, uid: int) -> None:
        self._done.add(uid)
        self._tries.pop(uid, None)


def _legible(headers: Headers) -> dict[str, str]:
    """Enough of the headers for a person to see what mail it was; fields that occur twice stand in one entry."""
    legible: dict[str, str] = {}
    for name, value in headers[:_POISON_FIELDS]:
        shown = text(value)[:_POISON_VALUE]
        legible[name] = f"{legible[name]}\n{shown}" if name in legible else shown
    return legible
