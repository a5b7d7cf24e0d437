"""A role of the system as the chaos run starts it: ``python -m tests.chaos.role worker``.

The roles are the real ones. What differs is given in the environment: a shorter lease, so that five hundred kills take
minutes; now and then a worker that freezes right after its claim, as a virtual machine does that is moved; and, to try
the run itself, a planted bug.
"""

import os
import random
import sys
import time
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from tests.chaos.bugs import BUGS
from worker import assembly
from worker.engine import crash
from worker.engine.ports import Parts


class Hasty(assembly.House):
    """A house whose workers have little time. The chain of times stays: call < lease."""

    @cached_property
    def parts(self) -> Parts:
        """See ``House.parts``."""
        lease = float(os.environ["CHAOS_LEASE"])
        made: Parts = super().parts
        return replace(made, lease=timedelta(seconds=lease), call=timedelta(seconds=lease * 2 / 3))


def freeze(point: str) -> None:
    """Once in a while nothing happens for longer than the claim holds, just before the request would leave."""
    often, lease = float(os.environ["CHAOS_FREEZE"]), float(os.environ["CHAOS_LEASE"])
    if point == "submit.claimed" and random.random() < often:
        with Path(os.environ["CHAOS_NOTES"]).open("a") as notes:
            notes.write("freeze\n")
        time.sleep(random.uniform(1.0, 3.0) * lease)


def main() -> None:
    """Be this role until a signal comes, or SIGKILL."""
    role, *arguments = sys.argv[1:]
    assembly.House = Hasty  # type: ignore[misc]
    crash.watch(freeze)
    if bug := os.environ.get("CHAOS_BUG"):
        BUGS[bug]()
    match role:
        case "worker":
            from worker.celery import app

            app.worker_main(["worker", "--loglevel", "INFO", *arguments])
        case "sweep":
            from worker import sweep

            sweep.main()
        case "mail":
            sys.exit(assembly.run_mail())
        case "up":
            from worker import embedded

            sys.exit(embedded.main(assembly.house().settings))
        case _:
            raise SystemExit(f"no such role: {role}")


if __name__ == "__main__":
    main()
