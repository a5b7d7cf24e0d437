"""Writing down a fact: the row, its journal line, the archived proof and what follows from it, in one transaction."""

from collections.abc import Iterable
from dataclasses import replace

from worker.domain import journal, patience
from worker.domain.facts import Fact
from worker.domain.job import Job
from worker.domain.states import State
from worker.engine.ports import Exchange, Head, Parts, Unit
from worker.engine.reply import letter


def proof(unit: Unit, exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """The digests of what the authority answered, archived."""
    return tuple(unit.archive(exchange.received) for exchange in exchanges if exchange.received)


def record(
    parts: Parts, unit: Unit, job: Job, head: Head, fact: Fact, exchanges: Iterable[Exchange] = ()
) -> tuple[Job, Head]:
    """The job after ``fact``, saved, with the head of its journal.

    Raises:
        Impossible: the job's state does not allow the fact; the transaction must not be committed.
    """
    after, line = journal.advance(job, (head.seq, head.hash), fact)
    unit.save(after, line)
    unit.keep(job.id, line.seq, exchanges)
    head = Head(line.seq, line.hash)
    if after.state.final and not job.state.final and after.reply:
        unit.post(letter(after.reply, after, "ended"))
    if job.state is State.SENDING and after.state in (State.UNCERTAIN, State.WAITING):
        return _early(parts, unit, after, head)
    return after, head


def _early(parts: Parts, unit: Unit, job: Job, head: Head) -> tuple[Job, Head]:
    """A notice can be faster than the answer to the submit: it was kept, and counts now."""
    early = unit.early_notices(job.rail, job.document)
    if not early:
        return job, head
    unit.match(early, job.id)
    rule = parts.rails[job.rail].patience(job.environment)
    noticed = patience.noticed(job, rule, at=parts.clock.now(), actor="mail")
    return record(parts, unit, job, head, replace(noticed, slug="notice-early"))
