"""One DC-e of the sandbox's world: its plan, which events came for it, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.documents import PlanFault, Submission
from sandbox.sefaz_codes import PASSING
from sandbox.sefaz_key import parts

HOUR = timedelta(hours=1)
EVENT_STYLES = ("plain", "identified", "escaped", "no-code", "no-reason", "no-protocol")
"""Forms of the answer to an event; the last three lack what they name."""
QUERY_STYLES = ("flat", "nested", "escaped", "without-event")
DUPLICATES = ("duplicate", "already-cancelled", "cancelled-before")
"""What an event for a cancelled DC-e is told: 573 or 631, 218, 420."""
_KEYS = "kind key cnpj protocol authorised_at issued_at life event_style query_style duplicate visible_after faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class DceLife:
    """A plan. ``age`` is how long ago the DC-e was authorised, unless the plan says when.

    ``code`` is what a good event ends with. ``refusal`` names why none is taken. Seconds are seconds of life: since the
    announcement for ``known_after``, since the first event for ``paused_for``, since the registration for
    ``linked_after``.
    """

    age: timedelta = HOUR
    code: int = 135
    refusal: str | None = None
    elsewhere: bool = False
    known_after: float = 0.0
    paused_for: float = 0.0
    linked_after: float = 0.0


DCE_LIVES: dict[str, DceLife] = {
    "cancellable": DceLife(),
    "transport-begun": DceLife(refusal="transport"),
    "window-closed": DceLife(age=25 * HOUR, refusal="window"),
    "wrong-protocol": DceLife(refusal="protocol"),
    "already-cancelled-by-other": DceLife(elsewhere=True),
    "unknown": DceLife(known_after=float("inf")),
    "known-later": DceLife(known_after=60.0),
    "registers-but-not-linked": DceLife(code=136, linked_after=60.0),
    "late-homologated": DceLife(age=30 * HOUR, code=155),
    "paused": DceLife(paused_for=60.0),
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A cancellation that the authoriser has: the event and the answer to it (XML without declaration)."""

    lived_at: float
    code: int
    protocol: str
    event: bytes
    answer: str
    elsewhere: bool = False


@dataclass(slots=True, kw_only=True)
class Dce:
    """A DC-e and everything that happened to it. Guarded by the register's lock.

    ``protocol`` is that of its authorisation; None for one that nobody announced, which fits any.
    """

    key: str
    cnpj: str
    protocol: str | None
    authorised_at: datetime
    issued_at: datetime | None = None
    life: str = "cancellable"
    event_style: str = "plain"
    query_style: tuple[str, ...] = ("flat",)
    duplicate: str = "duplicate"
    visible_after: float = 0.0
    announced: float = 0.0
    first_event: float | None = None
    registrations: list[Registered] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    asked: int = 0

    @classmethod
    def planned(cls, plan: Mapping[str, Any], *, now: datetime, lived: float) -> "Dce":
        """A DC-e from a plan as it comes over the wire.

        Keys: ``key`` (44 characters), ``cnpj`` (of the issuer; from the key), ``protocol`` (16 digits, that of the
        authorisation), ``authorised_at`` and ``issued_at`` (ISO, aware), ``life``, ``event_style``, ``query_style`` (a
        name, or a list with one per query), ``duplicate``, ``visible_after`` (seconds of life until queries show a
        registered event).

        Raises:
            PlanFault: names what is unknown or unreadable.
        """
        if unknown := set(plan) - set(_KEYS.split()):
            raise PlanFault(f"unknown keys: {sorted(unknown)}")
        key, name = str(plan.get("key", "")), str(plan.get("life", "cancellable"))
        styles = plan.get("query_style") or ("flat", "nested")[sum(key.encode()) % 2]
        protocol = plan.get("protocol")
        checks = {
            f"not a key: {key}": len(key) == 44,
            f"unknown life: {name}": name in DCE_LIVES,
            "not a protocol": protocol is None or (len(str(protocol)) == 16 and str(protocol).isdecimal()),
            "unknown style": plan.get("event_style", "plain") in EVENT_STYLES,
            "unknown query style": set([styles] if isinstance(styles, str) else styles) <= set(QUERY_STYLES),
            "unknown duplicate": plan.get("duplicate", "duplicate") in DUPLICATES,
        }
        if wrong := [what for what, right in checks.items() if not right]:
            raise PlanFault(", ".join(wrong))
        return cls(
            key=key,
            cnpj=str(plan.get("cnpj") or parts(key).cnpj),
            protocol=None if protocol is None else str(protocol),
            authorised_at=_moment(plan.get("authorised_at")) or now - DCE_LIVES[name].age,
            issued_at=_moment(plan.get("issued_at")),
            life=name,
            event_style=plan.get("event_style", "plain"),
            query_style=(styles,) if isinstance(styles, str) else tuple(styles),
            duplicate=plan.get("duplicate", "duplicate"),
            visible_after=float(plan.get("visible_after", 0)),
            announced=lived,
        )

    @property
    def plan(self) -> DceLife:
        """What its life is like."""
        return DCE_LIVES[self.life]

    @property
    def registered_protocol(self) -> str:
        """The protocol of the authorisation in the register; one of its own where none was announced."""
        known = self.protocol or f"3{self.key[:4]}0{int(self.key[25:34]):010}"
        if self.plan.refusal != "protocol":
            return known
        return known[:-1] + str((int(known[-1]) + 1) % 10)

    def known(self, lived: float) -> bool:
        """Whether the register shows it by now."""
        return lived >= self.announced + self.plan.known_after

    def visible(self, lived: float) -> list[Registered]:
        """The cancellations that a query shows by now."""
        return [each for each in self.registrations if each.elsewhere or lived >= each.lived_at + self.visible_after]

    def standing(self, lived: float) -> int:
        """100 or 101: what a query says of it by now."""
        linked = (each for each in self.visible(lived) if self._linked(each, lived))
        return 101 if any(linked) else 100

    def state(self) -> str:
        """``untouched``, ``cancelled`` or ``refused``: what became of it."""
        if self.registrations:
            return "cancelled"
        final = [each for each in self.submissions if each.code not in PASSING]
        return "refused" if final else "untouched"

    def told(self, lived: float) -> dict[str, Any]:
        """The DC-e as JSON-ready data."""
        own = [each for each in self.registrations if not each.elsewhere]
        return {
            "kind": "dce",
            "issuer": self.cnpj,
            "life": [self.life],
            "state": self.state(),
            "sefaz": {
                "found": self.known(lived),
                "code": self.standing(lived),
                "protocol": self.registrations[0].protocol if self.registrations else None,
                "elsewhere": any(each.elsewhere for each in self.registrations),
            },
            "effects": {"sefaz": len(own)},
            "submissions": [
                {"at": each.at, "sha256": each.sha256, "code": each.code, "registered": each.registered}
                for each in self.submissions
            ],
            "queries": self.asked,
        }

    def _linked(self, registered: Registered, lived: float) -> bool:
        return registered.elsewhere or lived >= registered.lived_at + self.plan.linked_after


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise PlanFault(f"not an aware moment: {text}")
    return moment
