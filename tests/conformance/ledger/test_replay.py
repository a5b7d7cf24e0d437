"""Whatever happens to a job: its journal adds up to its row, and tampering is found."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from tests.conformance.ledger.samples import added, lived, stored
from tests.domain.samples import NOON, fact
from worker.domain import journal
from worker.domain.facts import FACTS, Fact
from worker.domain.job import Impossible
from worker.domain.journal import BrokenChain
from worker.domain.outcome import Said
from worker.ledger.ledger import SqlLedger

_NUMBERS = itertools.count()

_HAPPENINGS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(sorted(set(FACTS) - {"accepted"})),
            "minutes": st.integers(0, 10**6),
            "said": st.none() | st.builds(Said, st.just("sf"), st.none() | st.text(max_size=5), st.text(max_size=9)),
            "slug": st.none() | st.just("a-slug"),
            "yes": st.booleans(),
        }
    ),
    max_size=30,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_HAPPENINGS)
def test_the_journal_adds_up_to_the_row(ledger: SqlLedger, happenings: list[dict[str, Any]]) -> None:
    """After any life, the row read back is the one that its journal replays to, and the head is its last line."""
    job = added(ledger, f"R-{next(_NUMBERS)}")
    for happening in happenings:
        with ledger.unit() as unit:
            found = unit.get(job.id)
            assert found is not None
            try:
                job, line = journal.advance(found[0], (found[1].seq, found[1].hash), _fact(found[0].fence, **happening))
            except Impossible:
                continue
            unit.save(job, line)
    with ledger.unit() as unit:
        found = unit.get(job.id)
        lines = unit.journal(job.id)
    assert found is not None
    assert (job, (lines[-1].seq, lines[-1].hash)) == (found[0], (found[1].seq, found[1].hash))
    assert found[0] == journal.replay(lines)


def _fact(fence: int, *, name: str, minutes: int, said: Said | None, slug: str | None, yes: bool) -> Fact:
    at = NOON + timedelta(minutes=minutes, microseconds=minutes)
    own: dict[str, Any] = {"at": at, "said": said}
    if slug:
        own["slug"] = slug
    if "due_at" in FACTS[name].__dataclass_fields__:
        own["due_at"] = at + timedelta(minutes=1)
    if name == "claimed":
        own |= {"fence": fence + 1, "signed_now": yes}
    if name == "parked":
        own["absent"] = yes
    return fact(name, **own)


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE journal SET data = replace(data, 'cli:ana', 'cli:bob') WHERE seq = 1",
        "UPDATE journal SET state_to = 'waiting' WHERE seq = 2",
        "UPDATE journal SET hash = previous WHERE seq = 3",
        "DELETE FROM journal WHERE seq = 2",
    ],
)
def test_tampering_is_found(ledger: SqlLedger, engine: Engine, forgery: str) -> None:
    """Somebody who gets round the triggers can change lines, and the replay finds it."""
    job = added(ledger)
    lived(ledger, job.id, "claimed", "acknowledged")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("DROP TRIGGER journal_no_update"))
            connection.execute(text("DROP TRIGGER journal_no_delete"))
        connection.execute(text(forgery))
    with ledger.unit() as unit:
        lines = unit.journal(job.id)
    with pytest.raises(BrokenChain):
        journal.replay(lines)
    assert stored(ledger, job.id).id == job.id
