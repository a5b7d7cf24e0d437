"""The world's truth: every document, every request seen, every effect, counted. Thread-safe."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.clock import WorldClock
from sandbox.documents import Document, Registration, Submission
from sandbox.lives import UNSEEN, SatView, magic_life

# The PAC tells the status of a request for sixty days after SAT's answer (method documentation, getStatus).
REMEMBERED = 60 * 86_400.0
_STRAYS = 1_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What the PAC knows of a request when it is asked."""

    code: int
    acuse: str | None = None
    style: str = "bare"
    issuer: str = ""


class World:
    """The documents and what was done to them.

    ``strangers`` names the life that a document has which nobody announced; with the default the PAC does not know it
    (623). The published test UUIDs always have their documented lives. ``on_registered`` hears of every effect.
    """

    def __init__(self, clock: WorldClock, *, strangers: str = "foreign") -> None:
        self.clock = clock
        self.strangers = strangers
        self.on_registered: Callable[[Document, Registration], None] = lambda _document, _registration: None
        self._lock = threading.RLock()
        self._told = threading.Condition(self._lock)
        self._documents: dict[str, Document] = {}
        self._strays: deque[dict[str, Any]] = deque(maxlen=_STRAYS)

    def admit(self, plans: Iterable[Mapping[str, Any]]) -> int:
        """Registers documents with their plans, all or none, and tells how many.

        Raises:
            PlanFault: one of them cannot be followed; none was admitted.
        """
        documents = [Document.planned(plan) for plan in plans]
        with self._lock:
            self._documents.update((document.uuid, document) for document in documents)
        return len(documents)

    def document(self, uuid: str) -> Document:
        """The document, as the world knows it; one that nobody announced is remembered from now on."""
        uuid = uuid.upper()
        with self._lock:
            known = self._documents.get(uuid)
            if known is None:
                known = Document.planned({"uuid": uuid, "life": magic_life(uuid) or self.strangers})
                self._documents[uuid] = known
            return known

    def submit(self, uuid: str, issuer: str, sha256: str, email: str) -> int:
        """A good request for ``uuid`` has arrived; registers it if the PAC would, and returns the PAC's code."""
        with self._lock:
            document, lived = self.document(uuid), self.clock.life()
            life = document.next_life(issuer)
            code, registered = life.at_submit, life.at_submit in (200, 211)
            if (current := self._remembered(document, lived)) and current.stage(lived).ending != "refused":
                code, registered = (code if life.answers_repeats_alike else 701), False
            elif registered:
                registration = Registration(life, lived, sha256, email)
                document.registrations.append(registration)
                self.on_registered(document, registration)
            elif life.refused_status != 702:
                document.refused_with = life.refused_status
            document.submissions.append(Submission(self.clock.now().isoformat(), sha256, code, registered))
            return code

    def stray(self, sha256: str, code: int, why: str) -> None:
        """Notes a submit that was turned away before it touched a document."""
        with self._lock:
            self._strays.append({"at": self.clock.now().isoformat(), "sha256": sha256, "code": code, "why": why})

    def status(self, uuid: str) -> Standing:
        """What getStatus knows of this document now."""
        with self._lock:
            document, lived = self._documents.get(uuid.upper()), self.clock.life()
            if document is None:
                return Standing(702)
            document.status_asked += 1
            current = self._remembered(document, lived)
            if current is None:
                return Standing(document.refused_with or 702)
            stage = current.stage(lived)
            return Standing(stage.pac, stage.acuse, document.acuse_style, document.issuer or "")

    def sat_view(self, uuid: str, issuer: str, receiver: str, total: Decimal) -> SatView:
        """What SAT's public service shows to somebody who knows these four facts."""
        with self._lock:
            document = self._documents.get(uuid.upper())
            if document is None:
                return UNSEEN
            document.sat_asked += 1
            wrong = (
                document.issuer not in (None, issuer)
                or document.receiver not in (None, receiver)
                or document.total not in (None, total)
            )
            return UNSEEN if wrong else document.stage(self.clock.life()).sat

    def noticed(self, uuid: str, what: str) -> None:
        """Notes a mail about the document, once it lies in the mailbox (or could not be put there)."""
        with self._told:
            self.document(uuid).notices.append(what)
            self._told.notify_all()

    def wait_noticed(self, uuid: str, count: int = 1, seconds: float = 10.0) -> bool:
        """Waits until ``count`` mails about the document have been noted; False when they have not in time."""
        with self._told:
            return self._told.wait_for(lambda: len(self.document(uuid).notices) >= count, seconds)

    def effects(self, uuid: str) -> dict[str, int]:
        """How often a cancellation of this document was registered, by ``pac`` and ``sat``."""
        with self._lock:
            return self.document(uuid).effects

    def state(self, uuid: str) -> str:
        """``untouched``, ``pending``, ``cancelled`` or ``refused``."""
        with self._lock:
            return self.document(uuid).state(self.clock.life())

    def told(self) -> dict[str, Any]:
        """Everything, as JSON-ready data."""
        with self._lock:
            lived = self.clock.life()
            return {
                "now": self.clock.now().isoformat(),
                "lived": lived,
                "documents": {uuid: document.told(lived) for uuid, document in self._documents.items()},
                "strays": list(self._strays),
            }

    @staticmethod
    def _remembered(document: Document, lived: float) -> Registration | None:
        """The newest registration, unless the PAC has forgotten it by now."""
        if not document.registrations:
            return None
        newest = document.registrations[-1]
        forgotten = newest.ends_at is not None and lived - newest.ends_at > REMEMBERED
        return None if forgotten else newest
