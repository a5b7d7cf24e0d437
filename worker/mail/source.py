"""The watched folder over an open connection. Whatever goes wrong here ends the connection."""

import imaplib
import selectors
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Self

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

from worker.mail.account import Account
from worker.mail.door import enter
from worker.mail.faults import ConnectionLost, FolderUnusable, MailFault, described
from worker.mail.headers import LIMIT

_PAGE = 80_000  # uids asked for at once: they come in one line, and imaplib takes a megabyte of it
_RANGES = 300  # in one command: with two numbers of ten digits each it stays below 8,000 octets (RFC 7162, section 4)
_LITERAL = 1024 * 1024  # a server that sends more than this for a capped header has lost its mind
_SLICE = 0.5  # seconds between two looks at the stop sign
_FAREWELL = 1.0  # seconds that a server has for saying goodbye


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder at one moment. Two equal ones: nothing has arrived or gone in between."""

    uidvalidity: int
    exists: int
    uidnext: int | None
    writable: bool = field(compare=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """The headers of a mail, raw and at most ``LIMIT`` bytes. ``received_at`` is aware, or None."""

    uid: int
    received_at: datetime | None
    raw: bytes


class Source:
    """An open mailbox. Every method may raise ``ConnectionLost``; then there is nothing to do but to close."""

    def __init__(self, client: IMAPClient, account: Account) -> None:
        self._client, self._account = client, account
        self._readonly = False
        self._ready: set[str] = set()
        client._imap.read = _bounded(client._imap.read)

    @classmethod
    def open(cls, account: Account, refresh: bool) -> Self:
        """Connect and authenticate. Raises what ``enter`` raises."""
        return cls(enter(account, refresh=refresh), account)

    @property
    def idles(self) -> bool:
        """Whether the server tells by itself that something arrived."""
        with _wire():
            return bool(self._client.has_capability("IDLE"))

    def select(self) -> Folder:
        """Open the folder anew, which also tells what changed.

        Raises:
            FolderUnusable: it is missing, or without UIDVALIDITY.
        """
        with _wire():
            try:
                try:
                    said = self._client.select_folder(self._account.folder, readonly=self._readonly)
                except IMAPClientReadOnlyError:
                    self._readonly = True
                    said = self._client.select_folder(self._account.folder, readonly=True)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                raise FolderUnusable(described(error)) from error
        if b"UIDVALIDITY" not in said:
            raise FolderUnusable(f"{self._account.folder} has no UIDVALIDITY")
        return Folder(
            uidvalidity=said[b"UIDVALIDITY"],
            exists=said[b"EXISTS"],
            uidnext=said.get(b"UIDNEXT"),
            writable=not self._readonly,
        )

    def uids(self, folder: Folder) -> list[int]:
        """All uids of the folder, newest first."""
        found: list[int] = []
        with _wire():
            if 0 < folder.exists <= _PAGE or folder.uidnext is None:
                found += self._client.search("ALL")
            else:
                # By uid, not by place in the folder: not every server reads a place as one in a UID SEARCH.
                high = folder.uidnext - 1
                while high > 0 and len(found) < folder.exists:
                    found += self._client.search(f"UID {max(1, high - _PAGE + 1)}:{high}")
                    high -= _PAGE
        return sorted(set(found), reverse=True)

    def fetch(self, uids: Sequence[int]) -> list[Mail]:
        """The headers of these mails, without marking them. A mail that is gone is not in the answer."""
        with _wire():
            answer = self._client.fetch(uids, ["INTERNALDATE", f"BODY.PEEK[HEADER]<0.{LIMIT}>"])
        return [Mail(uid, said.get(b"INTERNALDATE"), _header(said)) for uid, said in answer.items()]

    def put_away(self, uids: Sequence[int], to: str) -> bool:
        """Move mails to another folder, or mark them as seen where that can't be. False when neither worked.

        It is cosmetic: what was read is known from the ledger.
        """
        if self._readonly:
            return False
        with _wire():
            filed = [self._move(some, to) or self._see(some) for some in spans(uids)]
        return all(filed)

    def wait(self, seconds: float, stop: Event) -> None:
        """Stay in IDLE until the server says anything, the time is over, or ``stop`` is set.

        Ends by asking the server to end the IDLE, and so by finding out whether it is still there.
        """
        with _wire():
            self._client.idle()
            if not self._overheard():
                self._listen(seconds, stop)
            if stop.is_set():
                self._client.socket().settimeout(_FAREWELL)
            self._client.idle_done()

    def close(self) -> None:
        """Say goodbye if the server still listens. Never raises."""
        with suppress(Exception):
            self._client.socket().settimeout(_FAREWELL)
            self._client.logout()
        with suppress(Exception):
            self._client.shutdown()

    def _overheard(self) -> bool:
        # The first news may come in one packet with the server's consent to idle. It then lies in a buffer of ours,
        # and no waiting on the socket would ever tell.
        sock = self._client.socket()
        sock.setblocking(False)
        try:
            return bool(self._client._imap.file.peek(1))
        except OSError:
            return False
        finally:
            sock.settimeout(self._account.read_timeout)

    def _listen(self, seconds: float, stop: Event) -> None:
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._client.socket(), selectors.EVENT_READ)
            while not stop.is_set() and (left := end - time.monotonic()) > 0:
                if selector.select(min(left, _SLICE)):
                    return

    def _move(self, uids: str, to: str) -> bool:
        if not self._client.has_capability("MOVE"):
            return False
        try:
            self._client.move(uids, self._prepared(to))
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            return False
        return True

    def _prepared(self, name: str) -> str:
        prefix = self._prefix()
        name = name if name.startswith(prefix) else prefix + name
        if name not in self._ready and not self._client.folder_exists(name):
            with suppress(IMAPClientError):  # another listener was faster; if not, the move will tell
                self._client.create_folder(name)
        self._ready.add(name)
        return name

    def _prefix(self) -> str:
        if not self._client.has_capability("NAMESPACE"):
            return ""
        personal = self._client.namespace().personal
        return str(personal[0][0]) if personal else ""

    def _see(self, uids: str) -> bool:
        try:
            self._client.add_flags(uids, [SEEN], silent=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            return False
        return True


def spans(uids: Iterable[int]) -> list[str]:
    """Uids as IMAP sequence sets with ranges, ``1:3,7``, each short enough for a command line."""
    ranges: list[list[int]] = []
    for uid in sorted(uids):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    words = [f"{low}:{high}" if low != high else f"{low}" for low, high in ranges]
    return [",".join(words[at : at + _RANGES]) for at in range(0, len(words), _RANGES)]


@contextmanager
def _wire() -> Iterator[None]:
    """Whatever breaks in here, the state of the conversation is unknown: the connection is given up."""
    try:
        yield
    except MailFault:
        raise
    except Exception as error:
        raise ConnectionLost(described(error)) from error


def _header(said: dict[bytes, object]) -> bytes:
    for key, value in said.items():
        if key.startswith(b"BODY[HEADER]") and isinstance(value, bytes):
            return value[:LIMIT]
    return b""


def _bounded(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    def reading(size: int) -> bytes:
        if size > _LITERAL:
            raise imaplib.IMAP4.abort(f"literal of {size} bytes")
        return read(size)

    return reading
