"""The services whose codes (cStat) we read, and what a code amounts to."""

from schemas.br.code_table import CODES
from worker.domain.outcome import Outcome, Said
from worker.rails import reading
from worker.rails.reading import HalfAnswer

EVENT = "sefaz-event"
CONSULT = "sefaz-consult"
STATUS = "sefaz-status"


def outcome(said: Said) -> Outcome | HalfAnswer:
    """What a code, at the level and with the words in ``said``, amounts to."""
    return reading.outcome(CODES, said)
