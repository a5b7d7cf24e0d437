"""A process that bears others: everything is imported once, each walk runs in a child of its own that may be killed.

``python -m tests.chaos.nursery`` reads one walk per line (JSON) and answers with the child's exit status, negative for
the signal that ended it. It has one thread, so that forking is harmless.
"""

import json
import os
import signal
import sys
import traceback
from typing import Any

from tests.chaos.walk import walk
from worker.engine import crash


def die_at(name: str) -> None:
    """SIGKILL for this process when it comes to the point of this name."""

    def reached(point: str) -> None:
        if point == name:
            os.kill(os.getpid(), signal.SIGKILL)

    crash.watch(reached)


def lived(told: dict[str, Any]) -> int:
    """How a child ended that took this walk."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if told["die_at"]:
                die_at(told["die_at"])
            walk(told["settings"], told["control"], told["requests"], told["notices"])
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """One walk per line, until the input ends."""
    for line in sys.stdin:
        print(lived(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
