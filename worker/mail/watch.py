"""The mail role: one thread per watched mailbox, until the process is asked to end."""

import logging
import signal
from collections.abc import Sequence
from threading import Event, Thread
from types import FrameType

from worker.mail.listener import Listener

log = logging.getLogger(__name__)

_GRACE = 5.0  # seconds that a listener has for ending; a server that is silent may hold one, and then it is left behind


def watch(listeners: Sequence[Listener], stop: Event) -> bool:
    """Run all listeners until ``stop`` is set. False when one of them did not end in time.

    A listener left behind does no harm: a mail is either kept and committed or it is not.
    """
    threads = [Thread(target=each.run, args=(stop,), name=f"mail {each.mailbox}", daemon=True) for each in listeners]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(_GRACE)
    late = [thread.name for thread in threads if thread.is_alive()]
    if late:
        log.warning("mail-left-behind %s", ", ".join(late))
    return not late


def stopped_by_signals() -> Event:
    """An event that SIGTERM and SIGINT set. Call it in the main thread."""
    stop = Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return stop
