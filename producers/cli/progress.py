"""A bar for people at a terminal; nothing for programs and log files."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from producers.cli.voice import Voice, console


@contextlib.contextmanager
def bar(voice: Voice, word: str) -> Iterator[Callable[[int, int], None]]:
    """Hears (done, of how many) and draws it on stderr."""
    if voice.json or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as drawn:
        task = drawn.add_task(voice.word(word), total=None)
        yield lambda done, total: drawn.update(task, completed=done, total=total)
