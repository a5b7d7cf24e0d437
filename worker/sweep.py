"""The ``sweep`` role: ``python -m worker.sweep``. Any number may run; one is active, the others wait to take over."""

import signal
import threading

import structlog

from worker import assembly
from worker.engine.ports import Broker, Parts
from worker.engine.sweep import sweep

log = structlog.get_logger()

#: Pauses after rounds that failed, in seconds: a ledger that is away is not hammered.
_BACK_OFF = (1.0, 2.0, 5.0, 15.0)


def run(parts: Parts, broker: Broker, stop: threading.Event, *, window: int, handful: int, every: float) -> None:
    """Sweep until ``stop`` is set. A busy round is followed by the next one almost at once; a fault by a pause."""
    faults = 0
    while not stop.is_set():
        try:
            done = sweep(parts, broker, window=window, handful=handful)
        except Exception as fault:
            log.exception("sweep.fault", fault=type(fault).__name__)
            stop.wait(_BACK_OFF[min(faults, len(_BACK_OFF) - 1)])
            faults += 1
            continue
        faults = 0
        if done.broker_down:
            log.warning("sweep.broker-down")
        if done.reaped or done.expired:
            log.info("sweep.round", reaped=done.reaped, expired=done.expired, dispatched=done.dispatched)
        stop.wait(every / 25 if done.busy else every)


def main() -> None:
    """Run the role until SIGTERM or SIGINT."""
    from worker.celery import app, settings
    from worker.dispatch import CeleryBroker
    from worker.observe.logs import configure

    configure(settings.log_level, as_json=settings.log_json)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    log.info("sweep.up")
    run(
        assembly.parts(),
        CeleryBroker(app),
        stop,
        window=settings.window,
        handful=settings.handful,
        every=settings.sweep_every,
    )
    log.info("sweep.down")


if __name__ == "__main__":
    main()
