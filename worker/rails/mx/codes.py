"""The levels at which Mexican codes are spoken, and what a code amounts to."""

from schemas.mx.code_table import CODES
from worker.domain.outcome import Outcome, Said
from worker.rails import reading
from worker.rails.reading import HalfAnswer

SUBMIT = "sf-submit"
STATUS = "sf-status"
SAT_REQUEST = "sat-request"
SAT_UUID = "sat-uuid"
SAT_RETENTION = "sat-retention"


def outcome(said: Said) -> Outcome | HalfAnswer:
    """What a code, at the level and with the words in ``said``, amounts to."""
    return reading.outcome(CODES, said)
