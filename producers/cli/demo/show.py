"""The demo while it runs: a live picture at a terminal, a line now and then in a file."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from producers.cli import shown
from producers.cli.voice import Voice, console
from producers.cli.waiting import MOVING, States

_EVERY = 5.0
"""Seconds between two lines of a log."""


@contextlib.contextmanager
def live(voice: Voice) -> Iterator[Callable[[States], None]]:
    """Hears the jobs by state and shows them."""
    if voice.json:
        yield lambda _states: None
    elif sys.stdout.isatty():
        with _picture(voice) as tell:
            yield tell
    else:
        yield _lines()


def over(states: States) -> int:
    """How many jobs do not move by themselves any more."""
    return sum(count for state, count in states.items() if state not in MOVING)


def _lines() -> Callable[[States], None]:
    last = [-_EVERY]

    def tell(states: States) -> None:
        if time.monotonic() - last[0] >= _EVERY or not MOVING & states.keys():
            last[0] = time.monotonic()
            sys.stdout.write(f"  {over(states)}/{sum(states.values())}  {shown.states(states)}\n")
            sys.stdout.flush()

    return tell


@contextlib.contextmanager
def _picture(voice: Voice) -> Iterator[Callable[[States], None]]:
    from rich.console import Group
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    def drawn(states: States) -> Group:
        table = Table(box=None, pad_edge=False, show_header=False)
        for state, count in sorted(states.items(), key=lambda each: -each[1]):
            table.add_row(voice.word(f"state-{state}"), str(count))
        return Group(ProgressBar(total=max(sum(states.values()), 1), completed=over(states), width=60), table)

    with Live(drawn({}), console=console(sys.stdout), transient=True, refresh_per_second=8) as live_view:
        yield lambda states: live_view.update(drawn(states))
