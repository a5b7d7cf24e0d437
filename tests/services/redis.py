"""A real Redis without persistence: stopping it loses everything, as a flushed broker would."""

from pathlib import Path

import redis

from tests.services.server import Server


class RedisServer(Server):
    """Redis on a private port. ``restart`` and ``kill`` + ``start`` bring it back empty on the same port."""

    def __init__(self, program: Path) -> None:
        super().__init__()
        self._program = program

    @property
    def url(self) -> str:
        """For Celery and redis-py: database 0."""
        return f"redis://{self.host}:{self.port}/0"

    def prepare(self) -> None:
        """Needs no file: everything is said on the command line."""

    def command(self) -> list[str]:
        """Nothing is ever saved."""
        persistence = ["--save", "", "--appendonly", "no"]
        return [str(self._program), "--bind", self.host, "--port", str(self.port), *persistence]

    def answers(self) -> bool:
        """Compares process ids: another Redis may have been faster on this port."""
        try:
            with self.client() as client:
                return bool(client.info("server")["process_id"] == self.pid)
        except redis.ConnectionError:
            return False

    def client(self) -> redis.Redis:
        """A connection for looking inside; close it (it is a context manager)."""
        return redis.Redis(host=self.host, port=self.port, socket_timeout=5)

    def flush(self) -> None:
        """Forget everything, at once."""
        with self.client() as client:
            client.flushall()
