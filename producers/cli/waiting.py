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
    """``follow``, with the work done here where nobody else would do it."""
    with at_work(desk) as died:
        return follow(look, tell, died, limit=limit)


def follow(
    look: Callable[[], States], tell: Callable[[States], None], died: threading.Event, *, limit: float | None
) -> States:
    """The jobs by state, once they are final or wait for a person, or ``limit`` seconds have passed.

    Raises:
        Stopped: ``work-died``; what was accepted stays accepted.
    """
    ends_at = None if limit is None else time.monotonic() + limit
    while True:
        states = look()
        tell(states)
        if not MOVING & states.keys() or (ends_at is not None and time.monotonic() >= ends_at):
            return states
        if died.wait(PAUSE):
            raise Stopped("work-died", Exit.UNREACHABLE)


@contextlib.contextmanager
def at_work(desk: "Desk") -> Iterator[threading.Event]:
    """Worker, sweep and mail of the embedded system in this process; with a broker, others do the work.

    A ``cancela up`` beside it does no harm: the ledger lets one of them sweep, and a job is claimed once.
    """
    if not desk.settings.embedded:
        yield threading.Event()
        return
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
