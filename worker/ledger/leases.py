"""Leases: what only one process may do at a time, and who does it now."""

from datetime import datetime, timedelta

from sqlalchemy import case, or_

from worker.ledger import tables
from worker.ledger.transaction import Transaction

_FAR = timedelta(minutes=1)


class Leases(Transaction):
    """The part of a unit that says whose turn it is."""

    def take_lease(self, name: str, owner: str, now: datetime, length: timedelta) -> bool:
        """Whether ``owner`` holds the named lease until now + length: newly, still, or because another's ran out."""
        c = tables.leases.c
        new = self._insert(tables.leases).values(name=name, owner=owner, until=now + length, fence=1)
        stays = c.owner == new.excluded.owner
        taken = new.on_conflict_do_update(
            index_elements=[c.name],
            set_={
                "owner": new.excluded.owner,
                "until": new.excluded.until,
                "fence": case((stays, c.fence), else_=c.fence + 1),
            },
            # Nobody takes a lease for longer than it is good for: one far ahead was taken under a broken clock.
            where=or_(stays, c.until <= now, c.until > now + max(2 * length, _FAR)),
        )
        return self._connection.execute(taken.returning(c.fence)).first() is not None
