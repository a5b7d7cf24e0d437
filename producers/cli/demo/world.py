"""The sandbox as a process, and its door."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlsplit

from producers.cli.ends import Exit, Stopped

_START = 30.0
_LOOK = 0.05
_STOP = 10.0


@dataclass(frozen=True, slots=True)
class World:
    """A running sandbox: where everything is, and what can be wished for."""

    addresses: dict[str, Any]

    def post(self, path: str, wish: Any) -> Any:
        """Tell it something.

        Raises:
            Stopped: ``demo-sandbox-silent``.
        """
        return self._ask("POST", path, json.dumps(wish).encode())

    def truth(self) -> dict[str, dict[str, Any]]:
        """What became of every document, by UUID."""
        documents: dict[str, dict[str, Any]] = self._ask("GET", "/truth", None)["documents"]
        return documents

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        place = urlsplit(self.addresses["control_url"])
        with contextlib.closing(HTTPConnection(place.hostname or "", place.port, timeout=_START)) as connection:
            try:
                connection.request(method, path, body)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, HTTPException) as fault:
                raise Stopped("demo-sandbox-silent", Exit.UNREACHABLE, why=type(fault).__name__) from None
        if answer.status != 200:
            raise Stopped("demo-sandbox-silent", Exit.FAULT, why=content.decode(errors="replace")[:200])
        return json.loads(content)


class Starting:
    """A sandbox that is on its way; several may start at the same time."""

    def __init__(self, name: str, folder: Path, log: IO[str], *, speed: float) -> None:
        self._ports = folder / f"{name}.json"
        self._ports.unlink(missing_ok=True)
        command = [sys.executable, "-m", "sandbox", "--speed", str(speed), "--port-file", str(self._ports)]
        # A session of its own: Ctrl-C is for us, and the world must not go down before those who are talking to it.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def world(self) -> World:
        """The sandbox, once it is there.

        Raises:
            Stopped: ``demo-sandbox-silent``: it ended, or does not start in time.
        """
        ends_at = time.monotonic() + _START
        while not self._ports.exists():
            if self._process.poll() is not None or time.monotonic() > ends_at:
                raise Stopped("demo-sandbox-silent", Exit.UNREACHABLE, why=f"exit status {self._process.returncode}")
            time.sleep(_LOOK)
        return World(json.loads(self._ports.read_text("utf-8")))


@contextlib.contextmanager
def two_worlds(folder: Path, log: IO[str], *, speed: float) -> Iterator[tuple[World, World]]:
    """The world of the demo, and another one: its certification authority has the same name and another key."""
    with (
        Starting("sandbox", folder, log, speed=speed) as own,
        Starting("other-sandbox", folder, log, speed=1) as other,
    ):
        yield own.world(), other.world()
