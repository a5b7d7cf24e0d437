"""What becomes of each mail."""

import hashlib
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event

import pytest

from tests.mail.world import DOCUMENT, FOREIGN, FixedClock, Kept, account, notice_mail, read
from worker.domain.notice import Letter, Notice
from worker.mail.faults import ConnectionLost
from worker.mail.headers import LIMIT
from worker.mail.reader import CHUNK, Reader
from worker.mail.source import Folder, Mail, Source

POISON = notice_mail(666)


@dataclass
class Shelf(Source):
    """A folder in memory; mails are made when they are fetched."""

    mails: dict[int, bytes]
    filed: dict[str, list[int]] = field(default_factory=dict)
    fetched: list[int] = field(default_factory=list)
    moves: list[int] = field(default_factory=list)
    files: bool = True

    def uids(self, folder: Folder) -> list[int]:
        """Newest first."""
        return sorted(self.mails, reverse=True)

    def fetch(self, uids: Sequence[int]) -> list[Mail]:
        """Those that are there."""
        self.fetched.append(len(uids))
        return [Mail(uid, None, self.mails[uid]) for uid in uids if uid in self.mails]

    def put_away(self, uids: Sequence[int], to: str) -> bool:
        """Moved, so gone."""
        self.moves.append(len(uids))
        if self.files:
            self.filed.setdefault(to, []).extend(uids)
            for uid in uids:
                del self.mails[uid]
        return self.files


def folder(uidvalidity: int = 7) -> Folder:
    """Any moment of it."""
    return Folder(uidvalidity=uidvalidity, exists=1, uidnext=2, writable=True)


def swept(reader: Reader, shelf: Shelf, times: int = 1, *, uidvalidity: int = 7) -> Reader:
    """Sweep the shelf so many times."""
    for _ in range(times):
        for _tally in reader.sweep(shelf, folder(uidvalidity), Event()):
            pass
    return reader


def make(kept: Kept, reading: object = read) -> Reader:
    """A reader over that ledger."""
    return Reader(account("127.0.0.1", 1), rail="mx", read=reading, take=kept.take, clock=FixedClock())  # type: ignore[arg-type]


def test_a_letter_says_where_and_what_it_is() -> None:
    """Mailbox, folder, numbers, Message-ID and the digest of the raw headers identify a letter."""
    kept = Kept()
    swept(make(kept), Shelf({5: notice_mail(1)}))

    assert [
        Letter(
            mailbox="notices@example.org",
            folder="INBOX",
            uidvalidity=7,
            uid=5,
            message_id="<1@pac.example>",
            digest=hashlib.sha256(notice_mail(1)).hexdigest(),
            received_at=FixedClock().now(),
        )
    ] == [notice.letter for notice in kept.notices]


def test_mail_that_is_not_for_us_is_left_alone_and_read_once() -> None:
    """It is neither moved nor marked, nor fetched again by the next sweep."""
    shelf = Shelf({1: FOREIGN})
    swept(make(Kept()), shelf, 3)

    assert (shelf.mails, shelf.filed, shelf.fetched) == ({1: FOREIGN}, {}, [1])


def test_a_notice_without_a_document_is_kept_and_set_apart() -> None:
    """Malformed notices go to the ledger too, and to the quarantine folder for a person to see."""
    kept, shelf = Kept(), Shelf({1: b"Message-ID: <1@a>\r\nX-SFService: Cancelar\r\n\r\n"})
    swept(make(kept), shelf)

    assert [notice.slug for notice in kept.notices] == ["notice-malformed"]
    assert shelf.filed == {"Quarantine": [1]}


def test_poison_is_set_apart_after_three_tries_and_hides_no_other() -> None:
    """A mail on which reading raises is tried three times, then kept as poison with its headers; others go through."""

    def choking(letter: Letter, headers: Sequence[tuple[str, bytes]]) -> Notice | None:
        if letter.message_id == "<666@pac.example>":
            raise ZeroDivisionError
        return read(letter, headers)

    kept, shelf = Kept(), Shelf({1: notice_mail(1), 2: POISON, 3: notice_mail(3)})
    reader = swept(make(kept, choking), shelf, 2)

    assert (shelf.mails, reader.pending) == ({2: POISON}, 1)

    swept(reader, shelf)

    assert shelf.filed == {"Processed": [1, 3], "Quarantine": [2]}
    assert (
        kept.notices[-1].slug,
        kept.notices[-1].document,
        kept.notices[-1].rail,
        kept.notices[-1].headers["X-UUIDCancelacion"],
    ) == ("mail-poison", None, "mx", DOCUMENT)
    assert reader.pending == 0


def test_poison_that_cannot_even_be_kept_stays_where_it_is() -> None:
    """When the ledger refuses the quarantine entry as well, the ledger is at fault and the mail is not touched."""
    kept, shelf = Kept(), Shelf({1: notice_mail(1)})
    kept.faults = [RuntimeError() for _ in range(6)]
    reader = swept(make(kept), shelf, 4)

    assert ({1}, []) == (set(shelf.mails), kept.notices)

    swept(reader, shelf)

    assert (shelf.filed, kept.notices[0].slug) == ({"Processed": [1]}, None)


def test_a_sweep_ends_when_several_in_a_row_cannot_be_kept() -> None:
    """Nobody asks a dead ledger fifty thousand times."""
    kept, shelf = Kept(), Shelf({uid: notice_mail(uid) for uid in range(1, 1001)})
    kept.faults = [RuntimeError() for _ in range(1000)]
    swept(make(kept), shelf)

    assert (kept.calls, shelf.fetched) == (5, [CHUNK])


def test_a_mail_that_cannot_be_filed_is_not_taken_again() -> None:
    """In a folder that we may only read, what is done is remembered while the process lives, and counted."""
    kept, shelf = Kept(), Shelf({1: notice_mail(1)}, files=False)
    reader = make(kept)

    assert sum(tally.unfiled for tally in reader.sweep(shelf, folder(), Event())) == 1

    swept(reader, shelf)

    assert (1, {1: notice_mail(1)}) == (kept.calls, shelf.mails)


def test_what_could_not_be_filed_for_a_broken_line_is_filed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice that was kept is not read again, and yet its mail leaves the folder with the next sweep."""
    kept, shelf = Kept(), Shelf({1: notice_mail(1)})
    reader = make(kept)
    with monkeypatch.context() as broken:
        broken.setattr(shelf, "put_away", _break)
        with pytest.raises(ConnectionLost):
            swept(reader, shelf)
    swept(reader, shelf)

    assert (kept.calls, shelf.filed) == (1, {"Processed": [1]})


def test_many_mails_are_filed_a_few_thousand_at_once() -> None:
    """Moving costs a server by the command, not by the mail."""
    shelf = Shelf({uid: notice_mail(uid) for uid in range(1, 5001)})
    reader = Reader(account("127.0.0.1", 1), rail="mx", read=read, take=lambda notice: None, clock=FixedClock())
    swept(reader, shelf)

    assert (shelf.moves, shelf.mails) == ([2000, 2000, 1000], {})


def _break(uids: Sequence[int], to: str) -> bool:
    raise ConnectionLost("gone")


def test_another_uidvalidity_is_another_folder() -> None:
    """The same uids mean other mails then, so all are read."""
    kept, shelf = Kept(), Shelf({1: notice_mail(1)}, files=False)
    reader = swept(make(kept), shelf)
    shelf.mails = {1: notice_mail(2)}
    swept(reader, shelf, uidvalidity=8)

    assert [notice.letter.uidvalidity for notice in kept.notices] == [7, 8]


def test_a_stop_is_obeyed_between_two_mails() -> None:
    """What was kept is filed, the rest stays for the next start."""
    kept, shelf, stop = Kept(), Shelf({1: notice_mail(1), 2: notice_mail(2)}), Event()

    def take(notice: Notice) -> None:
        kept.take(notice)
        stop.set()

    reader = Reader(account("127.0.0.1", 1), rail="mx", read=read, take=take, clock=FixedClock())
    list(reader.sweep(shelf, folder(), stop))

    assert ({"Processed": [2]}, {1}) == (shelf.filed, set(shelf.mails))


@pytest.mark.parametrize("count", [50_000])
def test_fifty_thousand_waiting_mails_fit_in_little_memory(count: int) -> None:
    """Mails are fetched by the hundred and let go; only their numbers are remembered."""

    class Endless(dict[int, bytes]):
        def __getitem__(self, uid: int) -> bytes:
            return b"Subject: x\r\n" + b"X-Filler: " + b"x" * (LIMIT - 100) if uid % 500 == 0 else FOREIGN

    shelf = Shelf(Endless.fromkeys(range(1, count + 1), b""))
    tracemalloc.start()
    swept(make(Kept()), shelf)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (CHUNK, count) == (max(shelf.fetched), sum(shelf.fetched))
    assert peak < 20 * 2**20
