"""One transaction of the ledger, put together from its parts."""

from sqlalchemy import Connection

from worker.ledger.archive import Archive
from worker.ledger.batches import Batches
from worker.ledger.checkpoints import Checkpoints
from worker.ledger.dispatch import Dispatch
from worker.ledger.issuers import Issuers
from worker.ledger.jobs import Jobs
from worker.ledger.lanes import Lanes
from worker.ledger.leases import Leases
from worker.ledger.notices import Notices
from worker.ledger.outbox import Outbox
from worker.ledger.pulses import Pulses
from worker.ledger.secrets import Secrets
from worker.ledger.transaction import Transaction
from worker.ledger.views import Views


class Shelves(Transaction):
    """What is kept beside the jobs, in any transaction."""

    @property
    def batches(self) -> Batches:
        """Sheets and their rows."""
        return Batches(self._connection)

    @property
    def issuers(self) -> Issuers:
        """Who may cancel."""
        return Issuers(self._connection)

    @property
    def secrets(self) -> Secrets:
        """Sealed secrets."""
        return Secrets(self._connection)

    @property
    def pulses(self) -> Pulses:
        """Signs of life."""
        return Pulses(self._connection)


class SqlUnit(Jobs, Archive, Notices, Lanes, Dispatch, Leases, Outbox, Checkpoints, Shelves):
    """``worker.engine.ports.Unit``, and what the desk commits in the same transaction."""


class Reading(Views, Shelves):
    """A reader's transaction: it sees one moment of the ledger, changes nothing and holds nobody up."""

    @property
    def archive(self) -> Archive:
        """Evidence."""
        return Archive(self._connection)

    @property
    def lanes(self) -> Lanes:
        """What is held back."""
        return Lanes(self._connection)

    @property
    def checkpoints(self) -> Checkpoints:
        """What was sealed."""
        return Checkpoints(self._connection)

    @property
    def connection(self) -> Connection:
        """For questions of their own that other parts of the ledger ask (``worker.ledger.books``)."""
        return self._connection
