"""A chaos run: documents come in, processes are killed, servers fall, and in the end it is counted.

Everything is drawn from one seed: which documents, which victims, which weather. What the operating system makes of it
differs from run to run; that is the point.
"""

import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.problem import Problem
from schemas.requests import parse
from tests.chaos.city import City
from tests.chaos.judge import Judge, Verdict
from tests.chaos.plans import plans
from tests.chaos.weather import Weather, weathers
from worker.desk import Desk
from worker.domain.states import FINAL, State
from worker.engine.operator import CannotDo
from worker.ledger.views import Filter

#: Documents that are open at any time: each kind of trouble is met at once.
OPEN = 90
#: Seconds for the last document to end, after everything has calmed down.
PATIENCE = 180.0
#: Why a job may be parked in a run: it was hit too often. A person then looks and lets it go on.
EXPECTED = frozenset({"poison", "too-many-attempts"})
#: How often a victim is chosen among those who are sending something right now.
AIMED = 0.4
#: Seconds to wait for one.
AIMING = 4.0
#: How often one child is killed and not the whole family: a new child works at once, a new family after seconds.
CHILD = 0.7


@dataclass(slots=True)
class Hit:
    """A kill that met a claimed job: when, and which line of its journal was the claim."""

    at: datetime
    job_id: str
    seq: int


@dataclass(slots=True)
class Report:
    """What a run came to."""

    seed: int
    jobs: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    weather: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    parked: Counter[str] = field(default_factory=Counter)
    #: Kills that met a job between claim and record.
    hits: int = 0
    recovery: list[float] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    died: Counter[str] = field(default_factory=Counter)
    last_words: list[str] = field(default_factory=list)


class Run:
    """One run on one city. ``calm``: processes are killed and authorities fail, and the servers stay as they are.

    ``crowd`` is how many documents are open; ``hunting``: the run ends with the first offence that can be seen.
    """

    def __init__(
        self,
        city: City,
        *,
        seed: int,
        kills: int,
        gap: float = 1.0,
        calm: bool = False,
        hunting: bool = False,
        crowd: int = OPEN,
    ) -> None:
        self.city, self.kills, self.gap, self.calm, self.hunting = city, kills, gap, calm, hunting
        self.crowd = crowd
        self.report = Report(seed)
        self._chance = random.Random(seed)
        self._plans = plans(random.Random(seed + 1))
        self._forecast: list[Weather] = []
        self._now: list[tuple[Weather, float]] = []
        self._documents: set[str] = set()
        self._repeated: dict[str, int] = {}
        self._hits: list[Hit] = []

    def run(self) -> Report:
        """All of it."""
        for name in self.city.roles:
            self.city.start(name)
        while self.report.kills.total() < self.kills:
            self._feed()
            if not self.calm:
                self._change_the_weather()
            time.sleep(self._chance.uniform(0.3, 1.7) * self.gap)
            self._kill()
        self._calm()
        self._finish()
        return self._counted()

    # -- work -------------------------------------------------------------------------------------------------------
    def _feed(self) -> None:
        """Top up. A producer that got no receipt asks again: asking twice is one job."""
        missing = self.crowd - self.city.surely(self._open)
        fresh = []
        for _ in range(max(0, missing)):
            plan = next(self._plans)
            document, request = self.city.papers.new(plan.rail, plan.life, plan.faults)
            self._documents.add(document)
            self._repeated[document] = plan.repeated
            fresh.append(parse(request))
        if fresh:
            receipts = self.city.surely(lambda: Desk(self.city.house).intake.accept(fresh, actor="producer:chaos"))
            assert not [receipt for receipt in receipts if isinstance(receipt, Problem)]

    def _open(self) -> int:
        with self.city.house.ledger.reading() as reading:
            return len(reading.jobs(Filter(states=[state for state in State if state not in FINAL]), limit=500).jobs)

    def _look_after_the_parked(self) -> None:
        """A person looks at what was parked, and lets it go on."""
        with self.city.house.ledger.reading() as reading:
            parked = reading.jobs(Filter(states=[State.PARKED]), limit=500).jobs
        for job in parked:
            self.report.parked[job.slug or "?"] += 1
            with contextlib.suppress(CannotDo):
                Desk(self.city.house).jobs.retry(job.id, why="looked at it", actor="operator:chaos", lang="en")

    # -- trouble ----------------------------------------------------------------------------------------------------
    def _change_the_weather(self) -> None:
        for past, until in self._now:
            if time.monotonic() >= until:
                past.end()
        self._now = [each for each in self._now if time.monotonic() < each[1]]
        if not self._forecast:
            self._forecast = weathers(self.city)
            self._chance.shuffle(self._forecast)
        taken = {weather.where for weather, _ in self._now}
        weather = next((each for each in self._forecast if each.where not in taken), None)
        if weather is not None:
            self._forecast.remove(weather)
            weather.begin()
            self.report.weather[weather.name] += 1
            self._now.append((weather, time.monotonic() + weather.seconds))

    def _kill(self) -> None:
        self._revive()
        families = {name: self.city.family(name) for name in self.city.roles}
        name, victims = self._victims(families)
        at = datetime.now(UTC)
        self.city.kill(name, victims)
        met = [Hit(at, job, seq) for job, (pid, seq) in self.city.claimants().items() if pid in victims]
        self._hits += met
        self.report.hits += bool(met)
        self.report.kills[name.rstrip("-12") + (" child" if victims[0] != families[name][0] else "")] += 1

    def _victims(self, families: dict[str, list[int]]) -> tuple[str, list[int]]:
        """A role and which of its processes: all of them, or one child."""
        if self._chance.random() < AIMED:
            aimed = self._senders(families)
            if aimed:
                return self._chance.choice(aimed)
        name = self._chance.choice(sorted(families))
        family = families[name]
        if len(family) > 1 and self._chance.random() < CHILD:
            return name, [self._chance.choice(family[1:])]
        return name, family

    def _senders(self, families: dict[str, list[int]]) -> list[tuple[str, list[int]]]:
        """Who is sending something, as soon as anybody is."""
        end = time.monotonic() + AIMING
        while time.monotonic() < end:
            sending = {pid for pid, _ in self.city.claimants().values()}
            if aimed := [(name, [pid]) for name, pids in families.items() for pid in pids if pid in sending]:
                return aimed
            time.sleep(0.02)
        return []

    def _revive(self) -> None:
        for name in self.city.revive():
            self.report.died[name] += 1
            self.report.last_words.append(self.city.last_words(name))

    # -- the end ----------------------------------------------------------------------------------------------------
    def _calm(self) -> None:
        for past, _ in self._now:
            past.end()
        for proxy in (*self.city.authorities, self.city.mail, self.city.broker, self.city.database):
            if proxy is not None:
                proxy.heal()

    def _finish(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.city.surely(self._open):
            self._revive()
            self.city.surely(self._look_after_the_parked)
            if self.hunting and self.city.surely(self._judged).offended:
                return
            time.sleep(0.5)

    def _judged(self) -> Verdict:
        return Judge(self.city.house, self.city.sandbox).verdict(self._documents, self._repeated)

    def _counted(self) -> Report:
        report, city = self.report, self.city
        report.jobs = len(self._documents)
        report.verdict = self._judged()
        happened = {f"{operation} {kind}": count for (operation, kind), count in city.sandbox.faults.happened.items()}
        report.faults = Counter(happened)
        report.faults["worker frozen after its claim"] = city.frozen()
        with city.house.ledger.reading() as reading:
            for hit in self._hits:
                line = reading.history(hit.job_id).lines[hit.seq]
                report.recovery.append((datetime.fromisoformat(str(line.data["at"])) - hit.at).total_seconds())
        return report
