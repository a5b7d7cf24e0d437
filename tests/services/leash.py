"""Ends a test server when the tests are gone, however they went: run as ``leash.py PID SIGNAL DIRECTORY``.

Its standard input is a pipe from the test process. Letting go of the server properly writes a word into it; the end of
the pipe without that word means that the tests died (Ctrl-C twice, SIGKILL, power of the terminal), and the server
with its directory has to go too. Imports nothing but the standard library, so that it starts in no time.
"""

import contextlib
import os
import shutil
import signal
import sys
import time

RELEASED = b"released"


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def main() -> None:
    """Wait for the pipe's end; then stop the server gently, and firmly after three seconds."""
    pid, gentle, directory = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    if sys.stdin.buffer.read() == RELEASED:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, gentle)
        for _ in range(60):
            if _gone(pid):
                break
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
