"""One call and its wall-clock deadline, known to the socket underneath without passing through three libraries."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, auto


class Phase(Enum):
    """How far a call has come. Everything before ``SENT`` proves that nothing left the house."""

    NAME = auto()
    CONNECT = auto()
    PROXY = auto()
    TLS = auto()
    SENT = auto()


class Overdue(TimeoutError):
    """The call's time is up. A ``TimeoutError``, so that every library underneath takes it for one."""


class Call:
    """A budget of seconds that begins now. Monotonic: it is about patience, not about dates."""

    def __init__(self, seconds: float, connect: float) -> None:
        self._ends = time.monotonic() + seconds
        self._connect = connect
        self.phase = Phase.NAME

    @property
    def left(self) -> bool:
        """Whether a byte of the request may have left the house."""
        return self.phase is Phase.SENT

    def remaining(self) -> float:
        """Seconds that are left, more than zero.

        Raises:
            Overdue: none are left.
        """
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise Overdue("the call's time is up")
        return seconds

    def connecting(self) -> float:
        """Seconds that one step of connecting may take."""
        return min(self.remaining(), self._connect)


_current: ContextVar[Call] = ContextVar("call")


@contextmanager
def calling(call: Call) -> Iterator[Call]:
    """Make ``call`` the one that sockets of this thread of execution obey."""
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


def current() -> Call:
    """The call that is being made. Raises ``LookupError`` outside of one: nothing may be sent without a deadline."""
    return _current.get()
