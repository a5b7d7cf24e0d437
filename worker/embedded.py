"""Everything in one process: the same Celery tasks on an in-memory broker, under the same sweep.

The broker's content dies with the process; that costs nothing but the next sweep, because the ledger knows what is due.
"""

import contextlib
import sys
import threading
import warnings
from collections.abc import Callable, Iterator

import structlog
from celery import Celery
from celery.platforms import SecurityWarning
from celery.worker import WorkController

from worker import assembly
from worker.celery import application
from worker.dispatch import CeleryBroker
from worker.mail.watch import stopped_by_signals
from worker.observe.logs import configure
from worker.settings import Settings, load
from worker.sweep import Roller

log = structlog.get_logger()

#: How long a running call may take to end when the process is asked to stop, in seconds.
GRACE = 45.0


@contextlib.contextmanager
def up(settings: Settings) -> Iterator[threading.Event]:
    """Worker, sweep and, where a mailbox is set, the mail listener, until the block ends.

    The event that is yielded is set when one of them has died: nothing runs on half a system.
    """
    with assembly.house().ledger.unit() as unit:
        unit.forget_dispatched()  # what lay in the broker of an earlier process died with it
    app = application(settings)
    stop, died = threading.Event(), threading.Event()
    worker = _worker(app, settings)
    roles = {
        "worker": worker.start,
        "sweep": lambda: Roller(assembly.house(), CeleryBroker(app)).run(stop),
    }
    if settings.imap_host:
        roles["mail"] = lambda: assembly.watch_mail(stop)

    def guarded(name: str) -> None:
        try:
            roles[name]()
        except Exception as fault:
            log.exception("role.died", role=name, fault=type(fault).__name__)
        finally:
            if not stop.is_set():
                died.set()

    threads = [threading.Thread(target=guarded, args=(name,), name=name, daemon=True) for name in roles]
    for thread in threads:
        thread.start()
    try:
        yield died
    finally:
        stop.set()
        worker.stop()
        for thread in threads:
            thread.join(GRACE)


def _worker(app: Celery, settings: Settings) -> WorkController:
    """A Celery worker whose pool is threads of this process; no gossip, mingle or heartbeat, for nobody could hear."""
    app.loader.import_default_modules()
    # Celery warns of a root worker because of pickle; ours takes JSON from this very process and nothing else.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    return app.Worker(
        pool="threads",
        concurrency=settings.concurrency,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        send_events=False,
        loglevel=settings.log_level,
        quiet=True,
    )


def main(settings: Settings, ready: Callable[[], None] = lambda: None) -> int:
    """Run until SIGTERM or SIGINT; an exit status, 1 when a part of it died.

    ``ready`` is called once it runs and can be ended.
    """
    stop = stopped_by_signals()
    with up(settings) as died:
        ready()
        log.info("up", ledger=repr(assembly.house().ledger), mailbox=settings.imap_address or settings.imap_user)
        while not stop.is_set() and not died.is_set():
            stop.wait(0.2)
        failed = died.is_set()
    log.info("down")
    return 1 if failed else 0


if __name__ == "__main__":
    configure(load().log_level, as_json=load().log_json)
    assembly.house().open()
    sys.exit(main(assembly.house().settings))
