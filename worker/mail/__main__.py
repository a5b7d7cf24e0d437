"""``python -m worker.mail``: the mail role."""

import sys
from importlib import import_module

if __name__ == "__main__":
    # By name: the assembly knows the mail listener, not the other way round.
    sys.exit(import_module("worker.assembly").run_mail())
