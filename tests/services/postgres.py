"""A real PostgreSQL with a cluster of its own. Its data survives a kill, not a power cut: nothing waits
for the disk."""

import secrets
import signal
import subprocess
from collections.abc import Sequence
from glob import glob
from pathlib import Path

import psycopg
from psycopg import sql

from tests.services.programs import as_runner
from tests.services.server import Server

USER = "cancela"

_FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=32MB")
#: A server in a zone of its own finds code that trusts a session's zone to be UTC.
_ZONE = "timezone=America/Mexico_City"


def places() -> Sequence[str]:
    """Where Debian puts the server's programs, newest version first."""
    found = glob("/usr/lib/postgresql/*/bin")
    return sorted(found, key=lambda path: int(Path(path).parent.name), reverse=True)


class PostgresServer(Server):
    """PostgreSQL on a private port; trusts everybody on loopback and on the socket in its directory."""

    gentle = signal.SIGINT

    def __init__(self, program: Path) -> None:
        super().__init__()
        self._program = program

    def prepare(self) -> None:
        """Make the cluster, once."""
        if (self.directory / "data").exists():
            return
        initdb = self._program.resolve().with_name("initdb")
        options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", f"--username={USER}"]
        subprocess.run(
            [str(initdb), *options, "--pgdata", "data"],
            cwd=self.directory,
            check=True,
            capture_output=True,
            timeout=120,
            **as_runner(),
        )

    def command(self) -> list[str]:
        """The socket lies in the private directory; TCP on loopback only."""
        settings = (
            *_FAST,
            _ZONE,
            f"listen_addresses={self.host}",
            f"unix_socket_directories={self.directory}",
        )
        options = [word for setting in settings for word in ("-c", setting)]
        return [str(self._program), "-D", str(self.directory / "data"), "-p", str(self.port), *options]

    def answers(self) -> bool:
        """Asks over the socket in the private directory, where nobody else can answer."""
        try:
            with self._administrator():
                return True
        except psycopg.OperationalError:
            return False

    def kill(self) -> None:
        """An immediate stop. (SIGKILL would leave PostgreSQL's own children to die at their leisure.)"""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._forget()

    def create_database(self) -> str:
        """The URL of a fresh, empty database."""
        name = f"test_{secrets.token_hex(6)}"
        with self._administrator() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://{USER}@{self.host}:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove a database that ``create_database`` made, whoever is still connected to it."""
        name = url.rpartition("/")[2]
        with self._administrator() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _administrator(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.directory),
            port=self.port,
            user=USER,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )
