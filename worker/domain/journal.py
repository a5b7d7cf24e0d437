"""The append-only history of a job, chained by hashes: each line seals the one before it.

``replay`` folds the lines of one job into its row again, and raises ``BrokenChain`` when a line was changed, dropped,
repeated or moved. Encoding is canonical JSON, so that the hash can be checked by anybody with the exported lines.
"""

import hashlib
import json
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from worker.domain import job as jobs
from worker.domain.facts import FACTS, Accepted, Fact
from worker.domain.job import Job
from worker.domain.outcome import Said
from worker.domain.states import State

#: What the first line of every job seals.
GENESIS = "0" * 64


class BrokenChain(Exception):
    """The journal of a job does not hold together: a line was changed, dropped, repeated or moved."""

    slug = "journal-broken"

    def __init__(self, job_id: str, seq: int, why: str) -> None:
        super().__init__(f"job {job_id}, line {seq}: {why}")
        self.job_id, self.seq, self.why = job_id, seq, why


@dataclass(frozen=True, slots=True)
class Line:
    """One line: which fact moved the job from where to where, and the hash over it and its predecessor's hash."""

    job_id: str
    seq: int
    state_from: State | None
    state_to: State
    fact: str
    data: Mapping[str, Any]
    previous: str
    hash: str

    def decoded(self) -> Fact:
        """The fact that this line holds."""
        return decode(self.fact, self.data)


def begin(fact: Accepted) -> tuple[Job, Line]:
    """A new job and the first line of its journal."""
    job = jobs.accept(fact)
    return job, _line(job.id, 1, None, job.state, fact, GENESIS)


def advance(job: Job, head: Line | tuple[int, str], fact: Fact) -> tuple[Job, Line]:
    """The job after ``fact`` and the line that says so. ``head`` is its last line, or that line's (seq, hash)."""
    seq, previous = (head.seq, head.hash) if isinstance(head, Line) else head
    after = job.apply(fact)
    return after, _line(job.id, seq + 1, job.state, after.state, fact, previous)


def replay(lines: Iterable[Line]) -> Job:
    """The row that these lines add up to.

    Raises:
        BrokenChain: the lines are not one unbroken journal of one job.
    """
    job: Job | None = None
    head = (0, GENESIS)
    for line in lines:
        if line.seq != head[0] + 1:
            raise BrokenChain(line.job_id, line.seq, f"follows line {head[0]}")
        if line.previous != head[1]:
            raise BrokenChain(line.job_id, line.seq, "does not seal its predecessor")
        if line.hash != _seal(
            line.job_id, line.seq, line.state_from, line.state_to, line.fact, line.data, line.previous
        ):
            raise BrokenChain(line.job_id, line.seq, "its hash does not fit its content")
        after = _after(job, line)
        before = None if job is None else job.state
        if after.id != line.job_id or before is not line.state_from or after.state is not line.state_to:
            raise BrokenChain(line.job_id, line.seq, "does not say what its fact does")
        job, head = after, (line.seq, line.hash)
    if job is None:
        raise BrokenChain("?", 0, "no lines")
    return job


def encode(fact: Fact) -> dict[str, Any]:
    """A fact as plain JSON values; fields that are empty are left out."""
    return {
        field.name: _plain(value)
        for field in fields(fact)
        if (value := getattr(fact, field.name)) is not None and value != ()
    }


def decode(name: str, data: Mapping[str, Any]) -> Fact:
    """The fact that ``encode`` wrote."""
    return FACTS[name](**{key: _typed(_hints(name)[key], value) for key, value in data.items()})


def _after(job: Job | None, line: Line) -> Job:
    """What the line's fact makes of the job, if it can have happened there at all."""
    try:
        fact = line.decoded()
        if job is not None:
            return job.apply(fact)
        if isinstance(fact, Accepted):
            return jobs.accept(fact)
    except (jobs.Impossible, KeyError, TypeError, ValueError) as broken:
        raise BrokenChain(line.job_id, line.seq, f"{line.fact!r} cannot have happened here") from broken
    raise BrokenChain(line.job_id, line.seq, "a journal begins with accepted")


def _line(job_id: str, seq: int, before: State | None, after: State, fact: Fact, previous: str) -> Line:
    data = encode(fact)
    seal = _seal(job_id, seq, before, after, fact.name, data, previous)
    return Line(job_id, seq, before, after, fact.name, data, previous, seal)


def _seal(
    job_id: str,
    seq: int,
    before: State | None,
    after: State,
    fact: str,
    data: Mapping[str, Any],
    previous: str,
) -> str:
    content = json.dumps(
        [job_id, seq, before, after, fact, data, previous],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case StrEnum():
            return value.value
        case Said():
            return {"level": value.level, "code": value.code, "text": value.text}
        case tuple():
            return list(value)
        case _:
            return value


@cache
def _hints(name: str) -> dict[str, Any]:
    return get_type_hints(FACTS[name])


def _typed(hint: Any, value: Any) -> Any:
    """``value`` from JSON as the type that the fact's field has."""
    if get_origin(hint) in (types.UnionType, Union):
        hint = next(choice for choice in get_args(hint) if choice is not type(None))
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is Said:
        return Said(**value)
    if get_origin(hint) is tuple:
        return tuple(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return value
