"""The ``sweep`` role: ``python -m worker.sweep``. Any number may run; one is active, the others wait to take over."""

import contextlib
import signal
import threading
from datetime import datetime

import structlog

from worker import assembly
from worker.assembly import PULSE, House
from worker.dispatch import CeleryBroker
from worker.domain.lane import Lane
from worker.engine.checkpoint import BITE, checkpoint
from worker.engine.deadline import widest
from worker.engine.ports import BrokerDown
from worker.engine.sweep import leave, sweep
from worker.observe.logs import configure

log = structlog.get_logger()

#: Pauses after rounds that failed, in seconds: a ledger that is away is not hammered.
_BACK_OFF = (1.0, 2.0, 5.0, 15.0)
#: Checkpoints in one round: a round stays short whatever has moved.
_BITES = 5


class Roller:
    """Sweeps round after round, and lets it be known that it does."""

    def __init__(self, house: House, broker: CeleryBroker) -> None:
        self._house, self._broker = house, broker
        self._told: datetime | None = None
        self._sealed: datetime | None = None
        self._lately: dict[Lane, datetime] = {}

    def run(self, stop: threading.Event) -> None:
        """Sweep until ``stop`` is set. A busy round is followed by the next one almost at once, a fault by a pause."""
        faults = 0
        every = self._house.settings.sweep_every
        while not stop.is_set():
            try:
                busy = self._round()
            except Exception as fault:
                log.exception("sweep.fault", fault=type(fault).__name__)
                stop.wait(_BACK_OFF[min(faults, len(_BACK_OFF) - 1)])
                faults += 1
                continue
            faults = 0
            stop.wait(every / 25 if busy else every)
        with contextlib.suppress(Exception):  # the lease runs out by itself
            leave(self._house.parts)

    def _round(self) -> bool:
        settings = self._house.settings
        done = sweep(
            self._house.parts, self._broker, window=settings.window, handful=settings.handful, lately=self._lately
        )
        for job_id in done.stuck:
            log.error("sweep.stuck", job=job_id)
        if done.broker_down:
            log.warning("sweep.broker-down")
        if done.reaped or done.expired or done.pressed:
            log.info("sweep.round", reaped=done.reaped, expired=done.expired, pressed=done.pressed)
        if done.active:
            self._tell()
            self._seal()
        return done.busy

    def _tell(self) -> None:
        now = self._house.clock.now()
        if self._told is not None and now - self._told < PULSE:
            return
        self._told = now
        self._house.beat("sweep", {"me": self._house.me})
        with contextlib.suppress(BrokerDown):
            self._broker.pulse()
        with self._house.ledger.reading() as reading:
            closing = reading.closing(now, now + widest(self._house.parts))
        if closing:
            log.warning("windows.closing", jobs=closing)

    def _seal(self) -> None:
        """A checkpoint now and then. The line in the log is a witness outside the database."""
        now = self._house.clock.now()
        if self._sealed is not None and now - self._sealed < self._house.settings.checkpoint_after:
            return
        made = checkpoint(self._house.parts, self._house.keys, bites=_BITES)
        if made is not None:
            log.info("checkpoint", number=made.number, jobs=made.jobs, lines=made.lines, mac=made.mac)
        if made is None or len(made.heads) < BITE:
            self._sealed = now  # else there is more, and the next round goes on with it


def main() -> None:
    """Run the role until SIGTERM or SIGINT."""
    from worker.celery import app, settings

    configure(settings.log_level, as_json=settings.log_json)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    log.info("sweep.up")
    Roller(assembly.house(), CeleryBroker(app)).run(stop)
    log.info("sweep.down")


if __name__ == "__main__":
    main()
