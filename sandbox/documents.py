"""One document of the sandbox's world: its plan, what was asked for it, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.lives import LIVES, Life, Stage

ACUSE_STYLES = ("bare", "soap", "escaped", "in-message", "mojibake", "latin-1", "empty-folios", "absent")
_USUAL_STYLES = ("bare", "soap")


class PlanFault(ValueError):
    """A plan handed in that the sandbox cannot follow."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One request that reached the PAC with good credentials: which bytes, and how it was answered."""

    at: str
    sha256: str
    code: int
    registered: bool


@dataclass(frozen=True, slots=True)
class Registration:
    """A cancellation request that the PAC took: the effect that must happen once."""

    life: Life
    lived_at: float
    sha256: str
    email: str

    @property
    def ends_at(self) -> float | None:
        """The moment of life at which the PAC's process ends; None for one that never does."""
        return self.lived_at + self.life.last.after if self.life.last.ending else None

    def stage(self, lived: float) -> Stage:
        """Where it stands at this moment of life."""
        return self.life.stage(lived - self.lived_at)


@dataclass(slots=True, kw_only=True)
class Document:
    """A document and everything that happened to it. Guarded by the world's lock."""

    uuid: str
    issuer: str | None = None
    receiver: str | None = None
    total: Decimal | None = None
    lives: tuple[str, ...] = ("accepted",)
    answer_after: float | None = None
    acuse_style: str = "bare"
    registrations: list[Registration] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    refused_with: int | None = None
    status_asked: int = 0
    sat_asked: int = 0

    @classmethod
    def planned(cls, plan: Mapping[str, Any]) -> "Document":
        """A document from a plan as it comes over the wire.

        Keys: ``uuid``, ``issuer``, ``receiver``, ``total``, ``life`` (a name, or a list with one name per request made
        for it), ``answer_after`` (seconds of life), ``acuse_style``.

        Raises:
            PlanFault: names what is unknown or unreadable.
        """
        unknown = set(plan) - {"uuid", "issuer", "receiver", "total", "life", "answer_after", "acuse_style", "faults"}
        if unknown or "uuid" not in plan:
            raise PlanFault(f"unknown keys: {sorted(unknown)}" if unknown else "a plan needs a uuid")
        uuid = str(plan["uuid"]).upper()
        life = plan.get("life", "accepted")
        lives = (life,) if isinstance(life, str) else tuple(life)
        style = plan.get("acuse_style") or _USUAL_STYLES[sum(uuid.encode()) % len(_USUAL_STYLES)]
        if not lives or any(name not in LIVES for name in lives):
            raise PlanFault(f"unknown life: {life}")
        if style not in ACUSE_STYLES:
            raise PlanFault(f"unknown acuse style: {style}")
        try:
            total = None if plan.get("total") is None else Decimal(str(plan["total"]))
            answer_after = None if plan.get("answer_after") is None else float(plan["answer_after"])
        except (InvalidOperation, ValueError, TypeError) as fault:
            raise PlanFault(f"not a number: {fault}") from fault
        return cls(
            uuid=uuid,
            issuer=plan.get("issuer"),
            receiver=plan.get("receiver"),
            total=total,
            lives=lives,
            answer_after=answer_after,
            acuse_style=style,
        )

    def next_life(self, asked_by: str) -> Life:
        """The life that the next request will live."""
        if any(past.life.last.ending == "cancelled" for past in self.registrations):
            return LIVES["already-cancelled"]
        if self.issuer is not None and self.issuer != asked_by:
            return LIVES["not-the-issuer"]
        life = LIVES[self.lives[min(len(self.registrations), len(self.lives) - 1)]]
        if self.answer_after is not None and life.ends:
            return life.answering_after(self.answer_after)
        return life

    @property
    def effects(self) -> dict[str, int]:
        """How many requests were registered at the PAC, and how many reached SAT as new ones."""
        return {
            "pac": len(self.registrations),
            "sat": sum(registration.life.reaches_sat for registration in self.registrations),
        }

    def stage(self, lived: float) -> Stage:
        """Where the newest request stands; before any, how the document rests."""
        if self.registrations:
            return self.registrations[-1].stage(lived)
        return Stage(0, self.refused_with or 702, LIVES[self.lives[0]].rest)

    def state(self, lived: float) -> str:
        """``untouched``, ``pending``, ``cancelled`` or ``refused``: what became of the document."""
        if not self.registrations:
            return "refused" if self.refused_with else "untouched"
        return self.stage(lived).ending or "pending"

    def told(self, lived: float) -> dict[str, Any]:
        """The document as JSON-ready data."""
        sat = self.stage(lived).sat
        return {
            "issuer": self.issuer,
            "receiver": self.receiver,
            "total": None if self.total is None else str(self.total),
            "life": list(self.lives),
            "state": self.state(lived),
            "sat": {"found": sat.found, "estado": sat.estado, "estatus": sat.estatus},
            "effects": self.effects,
            "submissions": [
                {"at": each.at, "sha256": each.sha256, "code": each.code, "registered": each.registered}
                for each in self.submissions
            ],
            "notices": list(self.notices),
            "status_asked": self.status_asked,
            "sat_asked": self.sat_asked,
        }
