"""How long to stay away after something failed, growing with every failure in a row."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Doubles from ``first`` to ``ceiling`` seconds, plus up to a quarter so that many listeners do not come in step.

    ``chance`` returns a number in [0, 1).
    """

    first: float
    ceiling: float
    chance: Callable[[], float] = field(default=random.random, repr=False)
    failures: int = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        pause = min(self.ceiling, self.first * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return pause * (1 + self.chance() / 4)

    def reset(self) -> None:
        """Things went well; the next failure is a first one again."""
        self.failures = 0
