"""When the PAC writes: at the end of every cancellation, unless something goes wrong with the mail on request."""

import asyncio
import heapq
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

from sandbox.documents import Document, Registration
from sandbox.faults import Fault, FaultBook, NoticeKind
from sandbox.mailroom import Mailroom
from sandbox.notice import malformed, notice
from sandbox.truth import World

_log = logging.getLogger(__name__)
_AT_THE_END: tuple[NoticeKind, ...] = ("none", "doubled", "repeated", "delayed", "reversed", "stranger", "malformed")


@dataclass(frozen=True, slots=True)
class _Owed:
    uuid: str
    positive: bool
    to: str


class Notices:
    """Keeps the mails that are owed in the order of their moments, and sends them through the mailroom.

    Lives in the sandbox's event loop, except ``wake``, which any thread may call.
    """

    def __init__(self, world: World, faults: FaultBook, mailroom: Mailroom) -> None:
        self._world, self._faults, self._mailroom = world, faults, mailroom
        self._owed: list[tuple[float, int, _Owed]] = []
        self._turn = count()
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._later: set[asyncio.Task[None]] = set()

    def owe(self, document: Document, registration: Registration) -> None:
        """A request was registered: its end will be told, if it has one and an address was given."""
        if registration.ends_at is None or not registration.email:
            return
        owed = _Owed(document.uuid, registration.life.last.ending == "cancelled", registration.email)
        heapq.heappush(self._owed, (registration.ends_at, next(self._turn), owed))
        self.wake()

    def wake(self) -> None:
        """Time was moved, or something is owed: look again. From any thread."""
        self._loop.call_soon_threadsafe(self._changed.set)

    async def before_answer(self, document: Document) -> None:
        """Sends the notice of a request that was just registered at once, if it was asked to come too early."""
        if self._faults.take("notice", document.uuid, kinds=("early",)) is None:
            return
        mine = [entry for entry in self._owed if entry[2].uuid == document.uuid]
        for entry in mine:
            self._owed.remove(entry)
            await self._tell(entry[2])
        heapq.heapify(self._owed)

    async def run(self) -> None:
        """Sends what is due, for ever."""
        while True:
            self._changed.clear()
            wait = self._world.clock.wait_for(self._owed[0][0]) if self._owed else None
            if wait == 0.0:
                await self._settle(heapq.heappop(self._owed)[2])
                continue
            try:
                await asyncio.wait_for(self._changed.wait(), wait)
            except TimeoutError:
                continue

    async def post(self, uuid: str, letters: Iterable[bytes], to: str, what: str) -> None:
        """Sends letters and notes them, or notes that they could not be delivered."""
        for letter in letters:
            try:
                await asyncio.to_thread(self._mailroom.send, letter, to)
            except OSError as fault:
                _log.warning("a notice about %s could not be delivered: %s", uuid, fault)
                what = "undelivered"
            self._world.noticed(uuid, what)

    async def _settle(self, owed: _Owed) -> None:
        fault = self._faults.take("notice", owed.uuid, kinds=_AT_THE_END)
        if fault is None:
            await self._tell(owed)
        elif fault.kind == "delayed":
            task = asyncio.create_task(self._tell_after(fault.seconds, owed))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        else:
            await self._tell_badly(owed, fault)

    async def _tell_badly(self, owed: _Owed, fault: Fault) -> None:
        at = self._world.clock.now()
        truth = notice(owed.uuid, owed.positive, owed.to, at)
        again = notice(owed.uuid, owed.positive, owed.to, at)
        match fault.kind:
            case "doubled":
                await self.post(owed.uuid, (truth, truth), owed.to, _word(owed.positive))
            case "repeated":
                await self.post(owed.uuid, (truth, again), owed.to, _word(owed.positive))
            case "reversed":
                forged = notice(owed.uuid, not owed.positive, owed.to, at)
                await self.post(owed.uuid, (forged,), owed.to, f"forged {_word(not owed.positive)}")
            case "stranger":
                nobody = notice(str(uuid4()), True, owed.to, at)
                await self.post(owed.uuid, (nobody,), owed.to, "stranger")
                await self._tell(owed)
            case "malformed":
                await self.post(owed.uuid, malformed(owed.uuid, owed.to, at), owed.to, "malformed")
            case _:
                self._world.noticed(owed.uuid, "withheld")

    async def _tell_after(self, seconds: float, owed: _Owed) -> None:
        await asyncio.sleep(seconds)
        await self._tell(owed)

    async def _tell(self, owed: _Owed) -> None:
        letter = notice(owed.uuid, owed.positive, owed.to, self._world.clock.now())
        await self.post(owed.uuid, (letter,), owed.to, _word(owed.positive))


def _word(positive: bool) -> str:
    return "OK" if positive else "ERROR"
