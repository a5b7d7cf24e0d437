"""What the mail tests share: a clock, a ledger in memory, a reader of notices, and a listener that runs for a while."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Condition, Event, Thread

from worker.domain.notice import Letter, Notice
from worker.mail.account import Account, Security
from worker.mail.backoff import Backoff
from worker.mail.listener import Listener, Rhythm

PATIENCE = 20.0  # seconds that a signal may take before a test fails
DOCUMENT = "71452784-AFC7-4BE5-8623-3BA1436D573B"


def notice_mail(number: int = 1, *, status: str = "OK", filler: int = 0) -> bytes:
    """A mail as the PAC writes it, with ``filler`` bytes of body."""
    head = (
        f"Message-ID: <{number}@pac.example>\r\nX-SFService: Cancelar\r\nSubject: aviso {number}\r\n"
        f"X-UUIDCancelacion: {DOCUMENT}\r\nX-StatusCancelacion: {status}\r\n\r\n"
    )
    return head.encode() + b"x" * filler + b"\r\n"


FOREIGN = b"Message-ID: <news@example.org>\r\nSubject: not for us\r\n\r\nhello\r\n"


class FixedClock:
    """Time that moves when a test says so."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Where it was put."""
        return self.time

    def advance(self, by: timedelta) -> None:
        """Move it."""
        self.time += by


def read(letter: Letter, headers: Sequence[tuple[str, bytes]]) -> Notice | None:
    """A rail's reading, as simple as can be."""
    said = {name.lower(): value.decode("ascii", "replace") for name, value in headers}
    if "x-sfservice" not in said:
        return None
    document = said.get("x-uuidcancelacion")
    return Notice(
        letter=letter,
        rail="mx",
        document=document,
        positive=said.get("x-statuscancelacion") == "OK",
        slug=None if document else "notice-malformed",
        headers=said,
    )


class Kept:
    """The ledger as far as mail goes: keeps a letter once and lets tests wait for it. ``faults`` are raised first."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.faults: list[Exception] = []
        self.calls = 0
        self._changed = Condition()

    def take(self, notice: Notice) -> None:
        """Keep it, unless this letter or its Message-ID is known."""
        with self._changed:
            self.calls += 1
            self._changed.notify_all()
            if self.faults:
                raise self.faults.pop(0)
            letter = notice.letter
            if letter.message_id not in {known.letter.message_id for known in self.notices}:
                self.notices.append(notice)

    def await_notices(self, number: int) -> list[Notice]:
        """All of them, once there are ``number``."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.notices) >= number, PATIENCE), len(self.notices)
            return list(self.notices)

    def await_calls(self, number: int) -> int:
        """How often ``take`` was called, once it was ``number`` times."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.calls >= number, PATIENCE), self.calls
            return self.calls


class Pauses:
    """Waiting without waiting: remembers how long a listener wanted to stay away."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._changed = Condition()

    def __call__(self, stop: Event, seconds: float) -> None:
        with self._changed:
            self.seconds.append(seconds)
            self._changed.notify_all()

    def await_pauses(self, number: int) -> list[float]:
        """All of them, once there are ``number``."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.seconds) >= number, PATIENCE), self.seconds
            return list(self.seconds)


def account(host: str, port: int, user: str = "user", password: str = "secret") -> Account:
    """In clear, on loopback."""
    return Account(
        mailbox="notices@example.org",
        host=host,
        port=port,
        user=user,
        password=password,
        security=Security.PLAIN,
        connect_timeout=5,
        read_timeout=5,
    )


def listener(where: Account, kept: Kept, *, rhythm: Rhythm | None = None, pauses: Pauses | None = None) -> Listener:
    """A listener with everything that it needs; back-off without chance."""
    return Listener(
        where,
        rail="mx",
        read=read,
        take=kept.take,
        clock=FixedClock(),
        rhythm=rhythm,
        pause=pauses or Pauses(),
        away=Backoff(1, 300, chance=lambda: 0.0),
        shut_out=Backoff(900, 14400, chance=lambda: 0.0),
    )


@contextmanager
def running(*listeners: Listener) -> Iterator[Event]:
    """Listeners at work in threads of their own; they end with the block, and must."""
    stop = Event()
    threads = [Thread(target=each.run, args=(stop,), daemon=True) for each in listeners]
    for thread in threads:
        thread.start()
    try:
        yield stop
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in threads)
