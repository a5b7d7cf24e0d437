"""The PAC's account: who may ask, and how too many wrong passwords end."""

import threading

from sandbox.replies import TurnedAway

_TRIES = 5


class Account:
    """One user of the PAC.

    ``refusal`` set to a documented code (603 expired, 605 inactive, 620, 631, 633 …) makes every call end with it.
    """

    def __init__(self, user: str, password: str) -> None:
        self.user, self.password = user, password
        self.refusal: int | None = None
        self._failures = 0
        self._lock = threading.Lock()

    @property
    def blocked(self) -> bool:
        """Whether too many wrong passwords came: the right one does not help any more."""
        return self._failures >= _TRIES

    def unlock(self) -> None:
        """Forgets the failures and the refusal, as the PAC's support would."""
        with self._lock:
            self._failures, self.refusal = 0, None

    def admit(self, user: str | None, password: str | None) -> None:
        """Lets the right caller pass.

        Raises:
            TurnedAway: 611 nothing given, 601 wrong, 604 wrong once too often, 602 blocked, or ``refusal``.
        """
        with self._lock:
            if not user or not password:
                raise TurnedAway(611)
            if self.blocked:
                raise TurnedAway(602)
            if (user, password) != (self.user, self.password):
                self._failures += 1
                raise TurnedAway(604 if self.blocked else 601)
            self._failures = 0
            if self.refusal is not None:
                raise TurnedAway(self.refusal)
