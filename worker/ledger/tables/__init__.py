"""The tables. What the database can check, it checks: a wrong row is refused, whoever writes it.

Changes go through a migration (``worker/ledger/migrations``); a test compares both.
"""

from worker.ledger.tables.catalogue import metadata
from worker.ledger.tables.counter import batch_rows, batches, issuers, secrets
from worker.ledger.tables.evidence import archive, exchanges, notices
from worker.ledger.tables.job import jobs, journal
from worker.ledger.tables.traffic import lanes, leases, outbox, pulses
from worker.ledger.tables.trust import checkpoints

__all__ = [
    "archive",
    "batch_rows",
    "batches",
    "checkpoints",
    "exchanges",
    "issuers",
    "jobs",
    "journal",
    "lanes",
    "leases",
    "metadata",
    "notices",
    "outbox",
    "pulses",
    "secrets",
]
