"""The judge: compares what the ledger says with what the authorities hold true, document by document."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sandbox.server import Sandbox
from worker.assembly import House
from worker.domain import journal
from worker.domain.job import Job
from worker.domain.journal import Line
from worker.domain.states import State
from worker.ledger.views import Filter

#: Facts after which a job may be sent again: absence proven, or proof that nothing was left behind.
PROOFS = frozenset({"absence-proven", "not-sent", "voided", "postponed"})
#: Facts that only the worker who claimed the job may state while it is being sent.
_CLAIMANTS = frozenset({"not-sent", "answer-lost", "acknowledged", "adopted", "confirmed", "refused", "voided"}) | {
    "postponed",
    "parked",
}
#: What each ending means at the authority.
_TRUE = {State.CANCELLED: {"cancelled"}, State.REFUSED: {"refused"}, State.EXPIRED: {"untouched", "refused"}}


@dataclass(slots=True)
class Verdict:
    """What was found. Each offence names its documents."""

    endings: Counter[str] = field(default_factory=Counter)
    adopted: int = 0
    #: No job, or one that did not end.
    lost: list[str] = field(default_factory=list)
    #: More than one effect, a request that arrived although the authority had it, or one sent again without proof.
    twice: list[str] = field(default_factory=list)
    #: Ended otherwise than the authority says, or cancelled without evidence.
    wrong: list[str] = field(default_factory=list)
    #: A worker without the claim has moved the job.
    zombies: list[str] = field(default_factory=list)
    #: The journal does not add up to the row.
    untrue: list[str] = field(default_factory=list)

    @property
    def flawless(self) -> bool:
        """Nothing was found."""
        return not (self.lost or self.untrue or self.offended)

    @property
    def offended(self) -> bool:
        """Something was found that no waiting will mend. (What is read while others write may look untrue.)"""
        return bool(self.twice or self.wrong or self.zombies)


class Judge:
    """Judges by what both sides have on record."""

    def __init__(self, house: House, sandbox: Sandbox) -> None:
        self._house, self._sandbox = house, sandbox

    def verdict(self, documents: Collection[str], repeated: Mapping[str, int] | None = None) -> Verdict:
        """On these documents; ``repeated`` tells how often the road itself has doubled a request (fault ``twice``)."""
        verdict = Verdict()
        found_by = {document: self._found(document) for document in sorted(documents)}
        truth = self._sandbox.truth()["documents"]  # later than the ledger, which only ever follows it
        for document, found in found_by.items():
            if found is None:
                verdict.lost.append(document)
                continue
            self._one(verdict, *found, truth[document], (repeated or {}).get(document, 0))
        return verdict

    def _found(self, document: str) -> tuple[Job, tuple[Line, ...]] | None:
        with self._house.ledger.reading() as reading:
            jobs = reading.jobs(Filter(document=document), limit=1).jobs
            return (jobs[0], reading.history(jobs[0].id).lines) if jobs else None

    def _one(self, verdict: Verdict, job: Job, lines: Collection[Line], truth: Mapping[str, Any], doubled: int) -> None:
        verdict.endings[job.state.value] += 1
        verdict.adopted += _adopted(lines)
        if not job.state.final:
            verdict.lost.append(job.document)
        elif not _agreed(job, truth):
            verdict.wrong.append(
                f"{job.document} {job.state.value} for {truth['state']}: {[line.fact for line in lines]}"
            )
        if max(truth["effects"].values()) > 1 or in_vain(truth) > doubled or blind(lines):
            verdict.twice.append(job.document)
        if foreign(lines):
            verdict.zombies.append(job.document)
        try:
            told = journal.replay(lines)
        except Exception:
            verdict.untrue.append(job.document)
        else:
            if told != job:
                verdict.untrue.append(job.document)


def _agreed(job: Job, truth: Mapping[str, Any]) -> bool:
    """Whether the authorities say the same. What was cancelled before us needs no request of ours to be so."""
    before_us = truth.get("sat", {}).get("estado") == "Cancelado"
    if job.state is State.CANCELLED:
        return job.grade is not None and (before_us or truth["state"] in _TRUE[job.state])
    return truth["state"] in _TRUE.get(job.state, ())


def in_vain(truth: Mapping[str, Any]) -> int:
    """Requests that arrived although the authority had registered one already."""
    arrived = [each["registered"] for each in truth["submissions"]]
    return len(arrived) - arrived.index(True) - 1 if True in arrived else 0


def blind(lines: Iterable[Line]) -> bool:
    """Whether it was claimed again without a proof that the authority holds nothing."""
    facts = [line.fact for line in lines]
    claims = [place for place, fact in enumerate(facts) if fact == "claimed"]
    return any(not PROOFS & set(facts[one:following]) for one, following in pairwise(claims))


def foreign(lines: Iterable[Line]) -> bool:
    """Whether somebody who did not hold the claim has said what came of sending."""
    claimant: str | None = None
    for line in lines:
        if line.fact == "claimed":
            claimant = str(line.data["actor"])
        elif claimant is not None and line.state_from is State.SENDING:
            if line.fact in _CLAIMANTS and line.data["actor"] != claimant:
                return True
            if line.state_to is not State.SENDING:
                claimant = None
    return False


def _adopted(lines: Iterable[Line]) -> bool:
    """Whether its answer got lost, and asking found it at the authority."""
    facts = [line.fact for line in lines]
    lost = next((place for place, fact in enumerate(facts) if fact in ("answer-lost", "lease-expired")), None)
    if lost is None:
        return False
    after = facts[lost:]
    return not PROOFS & set(after) and bool({"acknowledged", "confirmed"} & set(after))
