"""Messages to other services."""

from tests.conformance.ledger.samples import later
from worker.engine.ports import Letterbox
from worker.ledger.ledger import SqlLedger


def test_a_message_waits_until_it_is_sent(ledger: SqlLedger) -> None:
    """Oldest first; ticked off one by one; numbers are never used twice."""
    for number in range(3):
        with ledger.unit() as unit:
            unit.post(Letterbox(task="t", queue="q", payload={"n": number, "text": "Ñ"}))
    with ledger.unit() as unit:
        letters = unit.posted(later(0), 2)
        assert [letter.payload for letter in letters] == [{"n": 0, "text": "Ñ"}, {"n": 1, "text": "Ñ"}]
        unit.sent([letter.id for letter in unit.posted(later(0), 9) if letter.id is not None])
        unit.post(Letterbox(task="t", queue="q", payload={}))
    with ledger.unit() as unit:
        (fresh,) = unit.posted(later(0), 9)
    assert fresh.id not in [letter.id for letter in letters]


def test_a_message_that_could_not_be_handed_over_waits(ledger: SqlLedger) -> None:
    """It keeps its place, counts its attempts and is not due before its time."""
    with ledger.unit() as unit:
        unit.post(Letterbox(task="a", queue="q", payload={}))
        unit.post(Letterbox(task="b", queue="q", payload={}))
        first = unit.posted(later(0), 10)[0]
        assert first.id is not None
        unit.unsent(first.id, later(1))
        assert [("b", 0)] == [(one.task, one.attempts) for one in unit.posted(later(0), 10)]
        assert [("a", 1), ("b", 0)] == [(one.task, one.attempts) for one in unit.posted(later(1), 10)]
