"""``--wait``: until nothing moves by itself any more. On one machine the waiting process does the work as well."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from producers.cli.ends import Exit, Stopped

if TYPE_CHECKING:
    from worker.desk import Desk

#: States that change without a person.
MOVING = frozenset({"queued", "sending", "uncertain", "waiting"})

#: Seconds between two looks at the ledger.
PAUSE = 0.5

States = Mapping[str, int]


def until_over(
    desk: "Desk", look: Callable[[], States], tell: Callable[[States], None], *, limit: float | None
) -> States:
    """``follow``; on one machine the work is done here, as soon as no ``cancela up`` beside it does it."""
    began = time.monotonic()
    states = follow(look, tell, threading.Event(), limit=limit, elsewhere=lambda: _elsewhere(desk))
    left = None if limit is None else limit - (time.monotonic() - began)
    if _over(states, left):
        return states
    with at_work(desk) as died:
        return follow(look, tell, died, limit=left)


def follow(
    look: Callable[[], States],
    tell: Callable[[States], None],
    died: threading.Event,
    *,
    limit: float | None,
    elsewhere: Callable[[], bool] = lambda: True,
) -> States:
    """The jobs by state, once they are final or wait for a person, or ``limit`` seconds have passed.

    It ends as well when ``elsewhere`` nobody works any more.

    Raises:
        Stopped: ``work-died``; what was accepted stays accepted.
    """
    ends_at = None if limit is None else time.monotonic() + limit
    while True:
        states = look()
        tell(states)
        if _over(states, None if ends_at is None else ends_at - time.monotonic()) or not elsewhere():
            return states
        if died.wait(PAUSE):
            raise Stopped("work-died", Exit.UNREACHABLE)


def _over(states: States, left: float | None) -> bool:
    return not MOVING & states.keys() or (left is not None and left <= 0)


def _elsewhere(desk: "Desk") -> bool:
    return not desk.settings.embedded or desk.health.swept_elsewhere()


@contextlib.contextmanager
def at_work(desk: "Desk") -> Iterator[threading.Event]:
    """Worker, sweep and mail of the embedded system in this process.

    Another one beside it does no harm: the ledger lets one of them sweep, and a job is claimed once.
    """
    if "log_level" not in desk.settings.model_fields_set:
        os.environ["CANCELA_LOG_LEVEL"] = "WARNING"  # Celery's application reads the settings for itself
    from worker.embedded import up

    with up(desk.settings) as died:
        yield died


def status(states: States, refused_rows: int = 0) -> Exit:
    """How a command that waited ends."""
    if any(count for state, count in states.items() if state != "cancelled"):
        return Exit.NOT_CANCELLED
    return Exit.WRONG if refused_rows else Exit.DONE
