"""The authoriser's register: every DC-e, every event seen, every cancellation, counted. Thread-safe."""

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sandbox.clock import WorldClock
from sandbox.documents import Submission
from sandbox.sefaz_answers import registered
from sandbox.sefaz_codes import Rejected
from sandbox.sefaz_documents import DCE_LIVES, Dce, Registered
from sandbox.sefaz_elsewhere import Elsewhere
from sandbox.sefaz_judge import Cancellation
from sandbox.sefaz_manners import Manners

WINDOW = timedelta(hours=24)
TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a query sees: the DC-e itself, 100 or 101, the events it may be shown and in which style."""

    dce: Dce
    code: int
    events: tuple[Registered, ...]
    style: str


class Register:
    """The DC-e and what was done to them.

    ``strangers`` names the life of a DC-e that nobody announced; by default the register does not know it.
    """

    def __init__(
        self, clock: WorldClock, manners: Manners, elsewhere: Elsewhere, *, strangers: str = "unknown"
    ) -> None:
        if strangers not in DCE_LIVES:
            raise ValueError(f"unknown life: {strangers}")
        self.clock, self.manners, self.strangers = clock, manners, strangers
        self._elsewhere = elsewhere
        self._lock = threading.RLock()
        self._known: dict[str, Dce] = {}
        self._numbers = count(1)

    def planned(self, plans: Iterable[Mapping[str, Any]]) -> list[Dce]:
        """The DC-e of these plans, not yet admitted. Raises ``PlanFault``."""
        now, lived = self.clock.now(), self.clock.life()
        return [Dce.planned(plan, now=now, lived=lived) for plan in plans]

    def admit(self, plans: Iterable[Mapping[str, Any]]) -> int:
        """Registers DC-e with their plans, all or none, and tells how many. Raises ``PlanFault``: none was admitted."""
        return self.enter(self.planned(plans))

    def enter(self, planned: Iterable[Dce]) -> int:
        """Registers DC-e that are planned already."""
        with self._lock:
            before = len(self._known)
            self._known.update((dce.key, dce) for dce in planned)
            return len(self._known) - before

    def dce(self, key: str) -> Dce:
        """The DC-e with this key; one that nobody announced is remembered from now on."""
        with self._lock:
            known = self._known.get(key)
            if known is None:
                plan = {"key": key, "life": self.strangers}
                known = Dce.planned(plan, now=self.clock.now(), lived=self.clock.life())
                self._known[key] = known
            if known.plan.elsewhere and not known.registrations:
                self._cancel_elsewhere(known)
            return known

    def submit(self, asked: Cancellation, message: bytes, environment: str) -> Registered:
        """Registers a good event.

        Raises:
            Rejected: nothing was registered: it was before, or the DC-e does not allow it.
        """
        with self._lock:
            dce, now, lived = self.dce(asked.event.key), self.clock.now(), self.clock.life()
            digest = hashlib.sha256(message).hexdigest()
            try:
                self._allow(dce, asked, now, lived)
            except Rejected as refusal:
                code = refusal.code(self.manners.family)
                dce.submissions.append(Submission(now.isoformat(), digest, code, registered=False))
                raise
            in_time = now - dce.authorised_at <= WINDOW
            code = 135 if in_time and dce.plan.code == 155 else dce.plan.code
            done = self._registered(dce, environment, code, message, now)
            dce.registrations.append(done)
            dce.submissions.append(Submission(now.isoformat(), digest, done.code, registered=True))
            return done

    def look(self, key: str, cnpj: str) -> Sight:
        """What the company ``cnpj`` sees when it asks for a DC-e; events are shown to the issuer's family only.

        Raises:
            Rejected: ``unknown``.
        """
        with self._lock:
            dce, lived = self.dce(key), self.clock.life()
            style = dce.query_style[min(dce.asked, len(dce.query_style) - 1)]
            dce.asked += 1
            if not dce.known(lived):
                raise Rejected("unknown")
            hidden = style == "without-event" or cnpj[:8] != dce.cnpj[:8]
            return Sight(dce, dce.standing(lived), () if hidden else tuple(dce.visible(lived)), style)

    def told(self) -> dict[str, Any]:
        """Every DC-e by its key, as JSON-ready data."""
        with self._lock:
            lived = self.clock.life()
            return {key: self.dce(key).told(lived) for key in list(self._known)}

    def effects(self, key: str) -> int:
        """How many events were registered for it here."""
        with self._lock:
            return int(self.dce(key).told(self.clock.life())["effects"]["sefaz"])

    def state(self, key: str) -> str:
        """``untouched``, ``cancelled`` or ``refused``."""
        with self._lock:
            return self.dce(key).state()

    def _allow(self, dce: Dce, asked: Cancellation, now: datetime, lived: float) -> None:
        """Raises ``Rejected`` by the first rule of the register that stands against the event."""
        dce.first_event = lived if dce.first_event is None else dce.first_event
        if lived < dce.first_event + dce.plan.paused_for:
            raise Rejected("paused")
        if dce.registrations:
            raise Rejected(dce.duplicate, _traces(dce) if dce.duplicate == "duplicate" else "")
        if not dce.known(lived):
            raise Rejected("unknown", f"(chDCe:{dce.key}]")
        at, plan = asked.event.at, dce.plan
        if dce.issued_at and at < dce.issued_at - TOLERANCE:
            raise Rejected("before-issue")
        if at < dce.authorised_at - TOLERANCE:
            raise Rejected("before-authorisation")
        if at > now + TOLERANCE:
            raise Rejected("future")
        if now - dce.authorised_at > WINDOW and plan.code != 155:
            raise Rejected("window")
        if dce.protocol not in (None, asked.protocol):
            raise Rejected("protocol")
        if plan.refusal is not None:
            raise Rejected(plan.refusal)

    def _registered(self, dce: Dce, environment: str, code: int, message: bytes, now: datetime) -> Registered:
        protocol = f"3{dce.key[:2]}{now:%y}0{next(self._numbers):010}"
        answer = registered(environment, dce.key, code, protocol, now)
        return Registered(self.clock.life(), code, protocol, message, answer)

    def _cancel_elsewhere(self, dce: Dce) -> None:
        at = min(dce.authorised_at + timedelta(minutes=10), self.clock.now())
        done = self._registered(dce, "2", 135, self._elsewhere.cancellation(dce, at), at)
        dce.registrations.append(replace(done, elsewhere=True))


def _traces(dce: Dce) -> str:
    """The marks that a duplicate's answer carries, as the sister service writes them."""
    first = dce.registrations[0]
    moment = first.answer.partition("<dhRegEvento>")[2].partition("</dhRegEvento>")[0]
    return f"[nProt:{first.protocol}][dhRegEvento:{moment}]"
