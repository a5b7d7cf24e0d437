"""The mail role as a process."""

import os
import signal
import sys
import types
from collections.abc import Iterator
from threading import Event

import pytest

from tests.mail.scripted import Scripted
from tests.mail.world import Kept, account, listener, notice_mail
from worker.mail import watch as under_test
from worker.mail.watch import stopped_by_signals, watch


@pytest.fixture
def _signals() -> Iterator[None]:
    """The handlers as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_every_mailbox_is_watched_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread each; all end together."""
    kept, stop = Kept(), Event()
    with Scripted() as one, Scripted() as two:
        one.mails, two.mails = {1: notice_mail(1)}, {1: notice_mail(2)}

        def take(notice: object) -> None:
            Kept.take(kept, notice)  # type: ignore[arg-type]
            if len(kept.notices) == 2:
                stop.set()

        monkeypatch.setattr(kept, "take", take)
        ended = watch([listener(account(each.host, each.port), kept) for each in (one, two)], stop)

    assert ended
    assert len(kept.notices) == 2


def test_a_listener_that_does_not_end_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that holds a listener does not hold the process."""
    monkeypatch.setattr(under_test, "_GRACE", 0.01)
    stop, release = Event(), Event()

    class Stuck:
        mailbox = "m"

        def run(self, stop: Event) -> None:
            stop.set()
            release.wait(20)

    try:
        assert not watch([Stuck()], stop)  # type: ignore[list-item]
    finally:
        release.set()


@pytest.mark.usefixtures("_signals")
def test_signals_set_the_stop() -> None:
    """SIGTERM ends the role."""
    stop = stopped_by_signals()
    os.kill(os.getpid(), signal.SIGTERM)

    assert stop.wait(20)


def test_the_role_is_joined_by_the_assembly(monkeypatch: pytest.MonkeyPatch) -> None:
    """``python -m worker.mail`` runs what the assembly has put together and ends with its answer."""
    import runpy

    assembly = types.ModuleType("worker.assembly")
    assembly.run_mail = lambda: 3  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "worker.assembly", assembly)

    with pytest.raises(SystemExit) as end:
        runpy.run_module("worker.mail", run_name="__main__")

    assert end.value.code == 3
