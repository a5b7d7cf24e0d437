"""What all test servers have in common: a directory, ports, a process on a leash, and the ways of making it suffer."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path

from tests.services import leash
from tests.services.programs import as_runner, runner

HOST = "127.0.0.1"

#: Seconds until a server that does not answer counts as broken: generous, because two cores run many things at once.
_PATIENCE = 30.0


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class DidNotStart(Exception):
    """A test server died or stayed mute while starting; the message holds the end of its log."""


class Server(ABC):
    """A real server, private to this test process. ``kill`` and ``restart`` keep its ports."""

    #: The signal on which it ends in good order.
    gentle = signal.SIGTERM
    host = HOST

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="cancela-"))
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._leash: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """The command line, in the foreground, logging to its standard output."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether this very server (and not another one on a port of the same number) serves."""

    @abstractmethod
    def prepare(self) -> None:
        """Write configuration and data for the ports chosen."""

    def choose_ports(self) -> None:
        """Take free ports; called again when somebody else was faster."""
        self.port = free_port()

    def open(self) -> None:
        """Start for the first time. Somebody else may take a port between our choosing and the server's binding it."""
        self.own(self.directory)
        for last in (False, False, True):
            self.choose_ports()
            self.prepare()
            try:
                self.start()
            except DidNotStart:
                if last:
                    raise
            else:
                break

    def start(self) -> None:
        """Start on the same ports and data, and return when it answers.

        Raises:
            DidNotStart: it died, or did not answer within half a minute.
        """
        with self.own(self._log()).open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
                **as_runner(),
            )
        self._leash = subprocess.Popen(
            [sys.executable, "-I", leash.__file__, str(self.pid), str(int(self.gentle)), str(self.directory)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self._until_it_answers()

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it in good order; firmly when that takes longer than ten seconds."""
        if self._process is None:
            return
        if self.running:
            self.resume()
            self._process.send_signal(self.gentle)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
        self._forget()

    def kill(self) -> None:
        """End it with all its children as a power cut would (SIGKILL)."""
        os.killpg(self.pid, signal.SIGKILL)
        self._forget()

    def restart(self) -> None:
        """Stop and start on the same ports: connections break, what it kept on disk stays."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers (SIGSTOP)."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after ``pause``."""
        os.killpg(self.pid, signal.SIGCONT)

    def ensure(self) -> None:
        """Bring it back to life whatever an earlier test did to it."""
        if self.running:
            self.resume()
        else:
            self._forget()
            self.start()

    def close(self) -> None:
        """Stop for good and remove everything."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def own(self, path: Path) -> Path:
        """Give a file or directory to the user whom the server runs as."""
        if os.geteuid() == 0:
            os.chown(path, runner().pw_uid, runner().pw_gid)
        return path

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in the server's directory that only the server's user may read."""
        path = self.directory / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o600)
        return self.own(path)

    def _log(self) -> Path:
        path = self.directory / "log"
        path.touch()
        return path

    def _until_it_answers(self) -> None:
        give_up = time.monotonic() + _PATIENCE
        while not self.answers():
            if not self.running or time.monotonic() > give_up:
                log = self._log().read_text(errors="replace")[-2000:]
                self.stop()
                raise DidNotStart(f"{type(self).__name__} on port {self.port}: {log}")
            time.sleep(0.02)

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._leash is not None:
            self._leash.communicate(leash.RELEASED)
            self._leash = None
