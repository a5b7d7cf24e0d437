"""Lanes that are held back, as the ledger remembers them, and who answers in them now."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from worker.domain.lane import Hold, Lane
from worker.domain.states import OPEN, State
from worker.ledger import tables
from worker.ledger.transaction import Transaction


class Lanes(Transaction):
    """The part of a unit that knows which lanes are open."""

    def lane_of(self, job_id: str) -> Lane:
        """The lane that a job travels in. Raises ``KeyError`` when there is no such job."""
        c = tables.jobs.c
        row = self._connection.execute(select(c.rail, c.environment, c.account).where(c.id == job_id)).first()
        if row is None:
            raise KeyError(job_id)
        return Lane(row.rail, row.environment, row.account)

    def hold(self, hold: Hold) -> None:
        """Hold a lane back, in place of what held it. A hold with an end never shortens one that is there."""
        c = tables.lanes.c
        lane = hold.lane
        new = self._insert(tables.lanes).values(
            rail=lane.rail,
            environment=lane.environment,
            account=lane.account,
            slug=hold.slug,
            since=hold.since,
            until=hold.until,
            trial=hold.trial,
        )
        longer = or_(new.excluded.until.is_(None), and_(c.until.is_not(None), c.until < new.excluded.until))
        changes = {name: new.excluded[name] for name in ("slug", "since", "until", "trial")}
        self._connection.execute(
            new.on_conflict_do_update(index_elements=[c.rail, c.environment, c.account], set_=changes, where=longer)
        )

    def free(self, lane: Lane) -> None:
        """Open a lane. A lane that is open stays so."""
        self._connection.execute(delete(tables.lanes).where(_is(lane)))

    def free_all(self, slug: str) -> None:
        """Open every lane that is held for this reason."""
        self._connection.execute(delete(tables.lanes).where(tables.lanes.c.slug == slug))

    def holds(self, lane: Lane, now: datetime) -> list[Hold]:
        """What holds this lane back now: its own hold, and that of the whole authority."""
        whole = Lane(lane.rail, lane.environment)
        return [hold for hold in self.all_holds(now) if hold.lane in (lane, whole)]

    def all_holds(self, now: datetime) -> list[Hold]:
        """Everything that is held back now."""
        c = tables.lanes.c
        query = select(tables.lanes).where(or_(c.until.is_(None), c.until > now)).order_by(c.since)
        return [
            Hold(
                lane=Lane(row.rail, row.environment, row.account),
                slug=row.slug,
                since=row.since,
                until=row.until,
                trial=row.trial,
            )
            for row in self._connection.execute(query)
        ]

    def lane_busy(self, lane: Lane, since: datetime) -> bool:
        """Whether a request of this lane that was claimed after ``since`` is under way (``sending``)."""
        c = tables.jobs.c
        sending = and_(in_lane(lane), c.state == State.SENDING.value, c.changed_at >= since)
        return self._connection.scalar(select(c.id).where(sending).limit(1)) is not None

    def reassign(self, issuer_id: str, account: str) -> None:
        """Open jobs of this issuer travel in another account's lane from now on."""
        c = tables.jobs.c
        open_ones = c.state.in_([state.value for state in OPEN])
        moved = update(tables.jobs).where(c.issuer == issuer_id, open_ones, c.account != account)
        self._connection.execute(moved.values(account=account))


def in_lane(lane: Lane) -> ColumnElement[bool]:
    """Jobs of this lane; of every account when it names none."""
    c = tables.jobs.c
    same = and_(c.rail == lane.rail, c.environment == lane.environment)
    return and_(same, c.account == lane.account) if lane.account else same


def _is(lane: Lane) -> ColumnElement[bool]:
    c = tables.lanes.c
    return and_(c.rail == lane.rail, c.environment == lane.environment, c.account == lane.account)
