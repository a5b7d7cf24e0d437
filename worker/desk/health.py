"""Whether this installation can do its work: what ``cancela doctor`` says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from kombu.connection import Connection
from kombu.exceptions import OperationalError

from schemas.problem import Problem
from worker.assembly import House
from worker.desk.issuers import IssuerDesk
from worker.domain.states import State
from worker.engine.deadline import widest
from worker.ledger.faults import LedgerFault
from worker.ledger.views import Filter
from worker.mail.health import BLIND
from worker.signing.custody import CannotUnseal

#: Problems of an issuer that keep nothing from being cancelled.
WARNINGS = frozenset({"mailbox-missing", "csd-ends-soon", "a1-ends-soon", "a1-without-chain", "sefaz-trust-missing"})


#: Roles that give a sign of life by themselves; a mailbox's listener gives one under its own name.
ROLES = ("sweep", "worker")

#: A role that has said nothing for so long is taken for dead.
SILENT = timedelta(minutes=1)


class Grade(StrEnum):
    """How bad it is."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    grade: Grade
    problem: Problem | None = None
    detail: str = ""


class HealthDesk:
    """Where one asks how the system is."""

    def __init__(self, house: House, issuers: IssuerDesk) -> None:
        self._house, self._issuers = house, issuers

    def swept_elsewhere(self) -> bool:
        """Whether another process sweeps at this moment: then somebody does the work of an embedded system."""
        with self._house.ledger.unit() as unit:
            return not unit.take_lease("sweep", self._house.me, self._house.clock.now(), timedelta(0))

    def findings(self, *, online: bool = False) -> Iterator[Finding]:
        """Everything that was looked at, one by one. ``online`` also asks the authorities' doors."""
        ledger = self._ledger()
        yield ledger
        keys = self._keys()
        yield keys
        yield self._broker()
        yield self._mailbox()
        if ledger.grade is Grade.BAD:
            return
        if keys.grade is not Grade.BAD:
            yield from self._all_issuers(online)
        yield from self._roles()
        yield from self._lanes()
        yield from self._closing()
        yield self._parked()

    def _ledger(self) -> Finding:
        try:
            self._house.ledger.check()
        except LedgerFault as fault:
            return Finding(what="ledger", grade=Grade.BAD, problem=Problem(slug=fault.slug))
        return Finding(what="ledger", grade=Grade.GOOD, detail=repr(self._house.ledger))

    def _keys(self) -> Finding:
        try:
            keys = self._house.keys
        except CannotUnseal as fault:
            return Finding(what="master-key", grade=Grade.BAD, problem=Problem(slug=fault.slug))
        return Finding(what="master-key", grade=Grade.GOOD, detail=keys.current)

    def _broker(self) -> Finding:
        if self._house.settings.embedded:
            return Finding(what="broker", grade=Grade.GOOD, detail="memory (embedded)")
        try:
            with Connection(self._house.settings.broker, connect_timeout=5) as connection:
                connection.ensure_connection(max_retries=1, timeout=5)
                return Finding(what="broker", grade=Grade.GOOD, detail=connection.as_uri())
        except (OperationalError, OSError) as fault:
            problem = Problem(slug="broker-unreachable", params={"why": type(fault).__name__})
            return Finding(what="broker", grade=Grade.BAD, problem=problem)

    def _mailbox(self) -> Finding:
        if not self._house.settings.imap_host:
            return Finding(what="mailbox", grade=Grade.WARNING, problem=Problem(slug="mailbox-not-watched"))
        return Finding(what="mailbox", grade=Grade.GOOD, detail=str(self._house.settings.imap_host))

    def _all_issuers(self, online: bool) -> Iterator[Finding]:
        for issuer in self._issuers.known():
            found = self._issuers.check(issuer.id, online=online)
            if not found:
                yield Finding(what=f"issuer {issuer.tax_id} ({issuer.environment})", grade=Grade.GOOD)
            for problem in found:
                bad = problem.slug not in WARNINGS
                yield Finding(
                    what=f"issuer {issuer.tax_id} ({issuer.environment})",
                    grade=Grade.BAD if bad else Grade.WARNING,
                    problem=problem,
                )

    def _roles(self) -> Iterator[Finding]:
        now = self._house.clock.now()
        with self._house.ledger.reading() as reading:
            pulses = {pulse.name: pulse for pulse in reading.pulses.pulses()}
        for role in ROLES:
            pulse = pulses.pop(role, None)
            if pulse is None or now - pulse.at > SILENT:
                since = pulse.at.isoformat(timespec="seconds") if pulse else "?"
                problem = Problem(slug="role-silent", params={"role": role, "since": since})
                yield Finding(what=role, grade=Grade.WARNING, problem=problem)
            else:
                yield Finding(what=role, grade=Grade.GOOD, detail=pulse.at.isoformat(timespec="seconds"))
        for name, pulse in pulses.items():
            slug = pulse.data.get("slug") or ("mail-blind" if now - pulse.at > BLIND else None)
            ill = Problem(slug=slug, params={"mailbox": name}) if slug else None
            yield Finding(what=name, grade=Grade.BAD if slug else Grade.GOOD, problem=ill)

    def _lanes(self) -> Iterator[Finding]:
        with self._house.ledger.reading() as reading:
            holds = reading.lanes.all_holds(self._house.clock.now())
        for hold in holds:
            if not hold.trial:
                until = hold.until.isoformat(timespec="seconds") if hold.until else "?"
                what = f"lane {hold.lane.rail} {hold.lane.environment} {hold.lane.account}".rstrip()
                problem = Problem(slug="lane-held", params={"why": hold.slug, "until": until})
                yield Finding(what=what, grade=Grade.BAD, problem=problem)

    def _closing(self) -> Iterator[Finding]:
        now = self._house.clock.now()
        until = now + widest(self._house.parts)
        with self._house.ledger.reading() as reading:
            count = reading.closing(now, until)
        if count:
            params = {"count": count, "until": until.isoformat(timespec="seconds")}
            yield Finding(what="windows", grade=Grade.BAD, problem=Problem(slug="windows-closing", params=params))

    def _parked(self) -> Finding:
        with self._house.ledger.reading() as reading:
            counts = reading.counts(Filter())
        waits = counts.get(State.PARKED, 0)
        if waits:
            return Finding(
                what="jobs", grade=Grade.WARNING, problem=Problem(slug="jobs-parked", params={"count": waits})
            )
        return Finding(what="jobs", grade=Grade.GOOD, detail=", ".join(f"{state}: {n}" for state, n in counts.items()))
