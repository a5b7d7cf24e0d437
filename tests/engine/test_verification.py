"""Verification: everything that can be wrong with a ledger is named. Books are made of paper here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.domain.samples import NOON, accepted, fact
from worker.domain import journal
from worker.domain.job import Job
from worker.engine.checkpoint import GENESIS, Checkpoint, SealedHead
from worker.engine.ports import Head
from worker.engine.verification import Illegible, Sum, Untruth, Volume, verify
from worker.signing.custody import MasterKeys

KEYS = MasterKeys([b"k" * 32])


def volume(document: str, *names: str) -> Volume:
    """A sound job that lived through this."""
    job, line = journal.begin(accepted(document=document))
    lines = [line]
    for name in names:
        job, line = journal.advance(job, lines[-1], fact(name))
        lines.append(line)
    return Volume(job=job, head=Head(line.seq, line.hash), sealed_seq=line.seq, lines=lines)


def sealed(volumes: Sequence[Volume], last: Checkpoint | None = None, **changes: object) -> Checkpoint:
    """A checkpoint over all of these."""
    heads = tuple(SealedHead(one.job.id, one.head.seq, one.head.hash) for one in volumes)
    bare = Checkpoint(
        number=last.number + 1 if last else 1,
        at=NOON,
        key_id=KEYS.current,
        jobs=(last.jobs if last else 0) + len(heads),
        lines=(last.lines if last else 0) + sum(head.seq for head in heads),
        heads=heads,
        previous=last.mac if last else GENESIS,
    )
    bare = replace(bare, **changes)  # type: ignore[arg-type]
    return replace(bare, mac=KEYS.mac(bare.content, KEYS.current))


@dataclass
class Paper:
    """Books that anybody can write into."""

    shelf: list[Volume | Illegible]
    seals: list[Checkpoint]
    lost: list[str] = field(default_factory=list)

    def volumes(self) -> Iterable[Volume | Illegible]:
        return self.shelf

    def orphans(self) -> Iterable[str]:
        return self.lost

    def checkpoints(self) -> Iterable[Checkpoint]:
        return self.seals

    def written(self, heads: Sequence[SealedHead]) -> Mapping[tuple[str, int], str]:
        return {(line.job_id, line.seq): line.hash for one in self._sound() for line in one.lines}

    def existing(self, job_ids: Sequence[str]) -> set[str]:
        return {one.job.id for one in self._sound()} & set(job_ids)

    def sum(self) -> Sum:
        marks = [one.sealed_seq for one in self._sound() if one.sealed_seq]
        return Sum(len(marks), sum(marks), self.seals[-1] if self.seals else None)

    def _sound(self) -> list[Volume]:
        return [one for one in self.shelf if isinstance(one, Volume)]

    def found(self) -> list[tuple[str, str | None]]:
        return [(one.slug, one.job_id) for one in self.untruths()]

    def untruths(self) -> list[Untruth]:
        return list(verify(self, KEYS))


def test_sound_books_have_nothing_to_tell() -> None:
    """Sealed or not sealed yet, in one checkpoint or several; an empty ledger too."""
    one, two = volume("D-1", "claimed"), volume("D-2")
    first = sealed([one])
    assert [] == Paper([], []).found()
    assert [] == Paper([replace(one, sealed_seq=0)], []).found()
    assert [] == Paper([one, two], [first, sealed([two], first)]).found()


def test_what_cannot_be_read_is_named() -> None:
    """A row whose JSON was broken is wrong, and so is one without a journal."""
    one = volume("D-1")
    assert [("journal-broken", "j")] == Paper([Illegible("j", "ValueError")], []).found()
    assert [("journal-broken", one.job.id)] == Paper([replace(one, lines=[], sealed_seq=0)], []).found()


def test_a_row_that_says_something_else_is_named() -> None:
    """Its fields, its head and the mark of what is sealed all follow from the journal."""
    one = replace(volume("D-1", "claimed"), sealed_seq=0)
    wrong: Job = replace(one.job, request={"motive": "01"})
    for forged in (replace(one, job=wrong), replace(one, head=Head(1, "0" * 64))):
        assert [("row-untrue", one.job.id)] == Paper([forged], []).found()
    assert [("row-untrue", one.job.id), ("jobs-miscounted", None)] == Paper([replace(one, sealed_seq=9)], []).found()


def test_wrong_copies_for_readers_are_named() -> None:
    """A line is true and its columns lie: whoever reads the table would be misled."""
    one = replace(volume("D-1", "claimed"), sealed_seq=0, miscopied=(2,))
    assert [("journal-miscopied", one.job.id)] == Paper([one], []).found()


def test_a_recomputed_chain_is_named() -> None:
    """A journal that holds together and fits its row was still not the one that was sealed; told once."""
    true, forged = volume("D-1", "claimed", "confirmed"), volume("D-1", "claimed", "refused")
    first = sealed([true])
    again = sealed([true], first, jobs=1, lines=3)
    assert [("chain-recomputed", true.job.id)] == Paper([forged], [first, again]).found()
    shorter = replace(volume("D-1"), sealed_seq=3)
    assert {"chain-recomputed", "row-untrue"} == {slug for slug, _ in Paper([shorter], [first]).found()}


def test_a_missing_job_is_named() -> None:
    """Gone with its journal, it still stands in a checkpoint; gone without it, its lines are orphans."""
    one, two = volume("D-1"), volume("D-2")
    seal = sealed([one, two])
    assert [("job-missing", two.job.id)] == Paper([one], [seal]).found()
    assert [("job-missing", two.job.id)] == Paper([one], [seal], lost=[two.job.id]).found()


def test_a_forged_checkpoint_is_named() -> None:
    """Changed, left out, or sealed under a key that nobody has."""
    one, two = volume("D-1"), volume("D-2")
    first = sealed([one])
    second = sealed([two], first)
    both: list[Volume | Illegible] = [one, two]
    changed = Paper(both, [first, replace(second, heads=())]).untruths()
    assert [("checkpoint-broken", 2)] == [(each.slug, each.checkpoint) for each in changed]
    assert ["checkpoint-broken"] == [slug for slug, _ in Paper(both, [second]).found()]
    foreign = Paper(both, [first, replace(second, key_id="another")]).untruths()
    assert [("checkpoint-key-missing", 2)] == [(each.slug, each.checkpoint) for each in foreign]


def test_a_smuggled_job_is_noticed() -> None:
    """A job that claims to be sealed, or one whose mark was put back, makes the sums differ."""
    one, two = volume("D-1", "claimed"), volume("D-2")
    for forged in ([one, two], [replace(one, sealed_seq=1)], [replace(one, sealed_seq=0)]):
        assert [("jobs-miscounted", None)] == Paper(list(forged), [sealed([one])]).found()
