"""The producers' only counter: what may be asked of the system, and nothing about how it works.

Everything that comes out is a view (``schemas.views``); everything that goes in is validated; refusals carry a slug.
"""

from worker.assembly import House, house
from worker.desk.batches import BatchDesk
from worker.desk.health import HealthDesk
from worker.desk.intake import IntakeDesk
from worker.desk.issuers import IssuerDesk
from worker.desk.jobs import JobDesk
from worker.desk.trust import TrustDesk
from worker.desk.upkeep import UpkeepDesk

__all__ = ["Desk", "desk"]


class Desk:
    """One counter with seven windows."""

    def __init__(self, house: House) -> None:
        self.settings = house.settings
        self.intake = IntakeDesk(house)
        self.batches = BatchDesk(house, self.intake)
        self.jobs = JobDesk(house)
        self.issuers = IssuerDesk(house)
        self.health = HealthDesk(house, self.issuers)
        self.upkeep = UpkeepDesk(house)
        self.trust = TrustDesk(house)


def desk() -> Desk:
    """The counter of this process."""
    return Desk(house())
