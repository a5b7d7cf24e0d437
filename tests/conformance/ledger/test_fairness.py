"""One tenant's hundred thousand jobs do not delay another's ten: counted in places in the order of dispatch."""

from sqlalchemy import Engine, text

from tests.conformance.ledger.samples import added
from tests.engine.world import ListBroker, SetClock
from worker.engine.ports import Parts
from worker.engine.sweep import dispatch
from worker.ledger import tables
from worker.ledger.ledger import SqlLedger

MANY, FEW = 100_000, 10
#: A window of work in the broker, as it is by default.
WINDOW = 64


def cloned(engine: Engine, job_id: str, count: int) -> None:
    """So many further jobs like this one. Their journals are left out: nobody reads one to find what is due."""
    columns = [column.name for column in tables.jobs.columns]
    told = ", ".join({"id": "'big-' || n", "document": "'big-' || n"}.get(name, f'j."{name}"') for name in columns)
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
    into = ", ".join(f'"{name}"' for name in columns)
    statement = f"INSERT INTO jobs ({into}) {numbers} SELECT {told} FROM jobs j, numbers WHERE j.id = '{job_id}'"
    with engine.begin() as connection:
        connection.execute(text(statement))
        if engine.dialect.name == "postgresql":
            connection.execute(text("ANALYZE jobs"))


def order(ledger: SqlLedger, rounds: int) -> list[str]:
    """Ids in the order in which so many rounds hand them over; each message is worked off before the next round."""
    clock, broker = SetClock(), ListBroker()
    parts = Parts(ledger=ledger, rails={}, clock=clock, me="sweep")
    for _ in range(rounds):
        dispatch(parts, broker, window=WINDOW, handful=1)
        clock.forward(seconds=1)
        _worked_off(ledger, [job_id for _, ids, _ in broker.sent for job_id in ids])
    return [job_id for _, ids, _ in broker.sent for job_id in ids]


def _worked_off(ledger: SqlLedger, ids: list[str]) -> None:
    with ledger.unit() as unit:
        c = tables.jobs.c
        later = {"due_at": SetClock().now().replace(year=2030), "dispatched_until": None}
        unit._connection.execute(tables.jobs.update().where(c.id.in_(ids)).values(later))


def test_a_long_queue_delays_nobody(ledger: SqlLedger, engine: Engine) -> None:
    """The ten come among the first twenty, though they came last and the hundred thousand are as urgent."""
    big = added(ledger, "big", tenant="big")
    cloned(engine, big.id, MANY - 1)
    small = {added(ledger, f"small-{number}", tenant="small").id for number in range(FEW)}
    handed = order(ledger, 3)
    assert len(handed) == len(set(handed)) == 3 * WINDOW
    places = [place for place, job_id in enumerate(handed, 1) if job_id in small]
    assert FEW == len(places)
    assert max(places) <= 2 * FEW


def test_who_comes_while_others_work_need_not_wait_either(ledger: SqlLedger, engine: Engine) -> None:
    """The next window begins with him."""
    big = added(ledger, "big", tenant="big")
    cloned(engine, big.id, 2000)
    assert WINDOW == len(order(ledger, 1))
    late = added(ledger, "late", tenant="small", closes_at=None)
    assert late.id in order(ledger, 1)[:2]
