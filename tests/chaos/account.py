"""What a run has to show for itself, and what it is told off for."""

from statistics import median

from tests.chaos.plans import kinds
from tests.chaos.run import EXPECTED, Report
from worker.engine.sweep import LEASE

#: Of the kills, at least so many have to meet a job between claim and record: the others prove little.
SHARE = 0.1
#: What a dead worker's job may take beyond its lease: another sweep's taking over, and a ledger that is away itself.
SLACK = LEASE.total_seconds() + 15.0


def told(report: Report) -> str:
    """The figures, for people."""
    verdict, kills = report.verdict, report.kills.total()
    rows = {
        "seed": report.seed,
        "jobs": report.jobs,
        "endings": _counts(verdict.endings),
        "kills": f"{kills} ({_counts(report.kills)})",
        "kills between claim and record": f"{report.hits} ({report.hits / max(1, kills):.0%})",
        "weather": _counts(report.weather),
        "faults": _counts(report.faults),
        "lost": _named(verdict.lost),
        "done twice": _named(verdict.twice),
        "wrong ending": _named(verdict.wrong),
        "moved without the claim": _named(verdict.zombies),
        "journal untrue": _named(verdict.untrue),
        "adopted by consult": verdict.adopted,
        "parked and let go on": _counts(report.parked),
        "roles that ended by themselves": _counts(report.died),
        "time to recover": _times(report.recovery),
    }
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items())


def failings(report: Report, *, lease: float, weathers: set[str], thorough: bool = True) -> list[str]:
    """Why this run has failed; empty when it has not. ``thorough`` demands that every kind of trouble occurred."""
    verdict, kills = report.verdict, report.kills.total()
    found = [
        f"{what}: {names}"
        for what, names in {
            "lost": verdict.lost,
            "done twice": verdict.twice,
            "wrong ending": verdict.wrong,
            "moved without the claim": verdict.zombies,
            "journal untrue": verdict.untrue,
            "parked for no good reason": sorted(set(report.parked) - EXPECTED),
        }.items()
        if names
    ]
    if report.recovery and max(report.recovery) > lease + SLACK:
        found.append(f"slow to recover: {max(report.recovery):.1f} s")
    if thorough:
        wanted = {f"{operation} {kind}" for operation, kind in kinds()} | {"worker frozen after its claim"}
        missing = sorted(
            (wanted - {name for name, count in report.faults.items() if count}) | weathers - set(report.weather)
        )
        found += [f"never occurred: {missing}"] if missing else []
        found += [f"only {report.hits} of {kills} kills met a claimed job"] if report.hits < SHARE * kills else []
    return found


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "-"


def _named(documents: list[str]) -> str:
    return f"{len(documents)}" + (f": {', '.join(documents[:20])}" if documents else "")


def _times(seconds: list[float]) -> str:
    return f"median {median(seconds):.1f} s, worst {max(seconds):.1f} s" if seconds else "-"
