"""The whole system under chaos: real processes, real servers, and between any two of them a proxy that may cut them."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import tests
from sandbox.mailroom import Mailbox
from sandbox.server import Sandbox
from tests.chaos.papers import Papers, places
from tests.chaos.proxy import Proxy
from tests.services.dovecot import DovecotServer
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from worker.assembly import House
from worker.domain.states import State
from worker.ledger.faults import LedgerFault
from worker.ledger.views import Filter
from worker.settings import Settings

T = TypeVar("T")

#: Seconds that a piece takes on its way to or from an authority: answers of real ones are not instant either.
PACE = 0.1

_ROOT = Path(tests.__file__).parents[1]
#: Waiting times in seconds, short enough for five hundred kills and long enough to be told apart.
_PATIENCE = {"poll": [1, 1, 2, 3], "consult": [1, 1, 2], "resend": [1, 1, 2], "absence_spacing": 2, "notice_gap": 1}


@dataclass(kw_only=True)
class Servers:
    """What the system stands on. None is left out: a broker and a database only exist beyond one machine."""

    dovecot: DovecotServer
    redis: RedisServer | None = None
    postgres: PostgresServer | None = None


@dataclass(kw_only=True)
class City:
    """One system in its world. With a broker it runs as many processes, without one as a single one (``up``)."""

    home: Path
    sandbox: Sandbox
    servers: Servers
    lease: float = 6.0
    freeze: float = 0.02
    bug: str = ""
    roles: dict[str, list[str]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self.notes = self.home / "notes"
        self.notes.touch()
        enter = self._stack.enter_context
        self.authorities = [
            enter(Proxy(port, pace=PACE)) for port in (self.sandbox.http_port, self._port(self.sandbox.sefaz_url))
        ]
        self.mail = enter(Proxy(self.servers.dovecot.port))
        self.broker = enter(Proxy(self.servers.redis.port)) if self.servers.redis else None
        self.database = enter(Proxy(self.servers.postgres.port)) if self.servers.postgres else None
        self.ledger_url = self.servers.postgres.create_database() if self.servers.postgres else ""
        self.env = self._environment()
        self.papers = Papers(self.sandbox)
        self.house = House(Settings(_env_file=None, home=self.home, database_url=self.ledger_url))
        self.house.open()
        self.papers.enrol(self.house)
        worker, sweep = ["worker", "-c", "2", "--without-mingle"], ["sweep"]
        many = {"worker-1": worker, "worker-2": worker, "sweep-1": sweep, "sweep-2": sweep, "mail": ["mail"]}
        self.roles = self.roles or (many if self.broker else {"up": ["up"]})

    @staticmethod
    def _port(url: str) -> int:
        return int(url.split(":")[2].partition("/")[0])

    def _environment(self) -> dict[str, str]:
        sandbox, imap = self.sandbox, self.sandbox.imap
        through = [
            self._through(sandbox.pac_port_url, self.authorities[0]),
            self._through(sandbox.sat_url, self.authorities[0]),
            self._through(sandbox.sefaz_url, self.authorities[1]),
        ]
        rails = self.home / "rails.toml"
        patience = "".join(f"{name} = {value}\n" for name, value in _PATIENCE.items())
        limits = f"seconds = {self.lease / 2}\nconnect_seconds = 2\n"
        rails.write_text(
            f"{places(sandbox, *through)}{limits}[mx.test.http]\n{limits}"
            f"[mx.test.patience]\n{patience}[br.test.patience]\n{patience}"
        )
        env = {
            "HOME": str(self.home),
            "IMAP_HOST": imap.host,
            "IMAP_PORT": str(self.mail.port),
            "IMAP_USER": imap.user,
            "IMAP_PASSWORD": imap.password,
            "IMAP_ADDRESS": sandbox.notify,
            "IMAP_TLS": "false",
            "RAILS_FILE": str(rails),
            "SWEEP_EVERY": "0.2",
            "REDISPATCH": "3",
        }
        if self.broker:
            env["BROKER_URL"] = f"redis://127.0.0.1:{self.broker.port}/0"
        if self.database:
            env["DATABASE_URL"] = self._through(self.ledger_url, self.database)
        chaos = {"LEASE": str(self.lease), "FREEZE": str(self.freeze), "NOTES": str(self.notes), "BUG": self.bug}
        ours = {f"CANCELA_{name}": value for name, value in env.items()}
        return ours | {f"CHAOS_{name}": value for name, value in chaos.items()}

    def _through(self, url: str, proxy: Proxy) -> str:
        return url.replace(f":{proxy.upstream}", f":{proxy.port}", 1)

    # -- the ledger -------------------------------------------------------------------------------------------------
    def surely(self, ask: Callable[[], T]) -> T:
        """What ``ask`` returns, as soon as the ledger is there to answer."""
        for _ in range(600):
            with contextlib.suppress(LedgerFault):
                return ask()
            if self.servers.postgres:
                self.servers.postgres.ensure()
        raise AssertionError("the ledger has not come back")

    def claimants(self) -> dict[str, tuple[int, int]]:
        """Who is sending which job now: by job id the process id and the line of the claim."""

        def ask() -> dict[str, tuple[int, int]]:
            with self.house.ledger.reading() as reading:
                sending = reading.jobs(Filter(states=[State.SENDING]), limit=500).jobs
                journals = [reading.history(job.id).lines for job in sending]
            claims = [[line for line in lines if line.fact == "claimed"][-1] for lines in journals]
            return {one.job_id: (int(one.data["actor"].rpartition(":")[2]), one.seq) for one in claims}

        return self.surely(ask)

    # -- processes --------------------------------------------------------------------------------------------------
    def start(self, name: str) -> None:
        """The role of this name as a real process, in a session of its own."""
        bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        cwd = self.home / "empty"
        cwd.mkdir(exist_ok=True)
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.chaos.role", *self.roles[name]],
                cwd=cwd,
                env={**bare, **self.env, "PYTHONPATH": str(_ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def family(self, name: str) -> list[int]:
        """Process ids of a role: the one that was started first, then its children."""
        main = self.processes[name].pid
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
            return [main, *map(int, children)]
        return [main]

    def kill(self, name: str, victims: list[int]) -> None:
        """SIGKILL for these processes of a role; the role is started again when its first one was among them."""
        process = self.processes[name]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if process.pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
            self.start(name)

    def revive(self) -> Iterator[str]:
        """Start again what has ended by itself, and tell which."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                yield name
                self.start(name)

    def close(self) -> None:
        """End everything."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self.house.ledger.close()
        self._stack.close()
        if self.servers.postgres and self.ledger_url:
            self.servers.postgres.ensure()
            self.servers.postgres.drop_database(self.ledger_url)

    def frozen(self) -> int:
        """How often a worker has frozen after its claim."""
        return len(self.notes.read_text().splitlines())

    def last_words(self, name: str, lines: int = 40) -> str:
        """The end of a role's log, for whoever wonders."""
        return "\n".join([f"-- {name}", *(self.home / f"{name}.log").read_text(errors="replace").splitlines()[-lines:]])


@contextlib.contextmanager
def founded(servers: Servers, home: Path, **more: object) -> Iterator[City]:
    """A city on these servers, and its end."""
    user, password = servers.dovecot.account()
    mailbox = Mailbox(host=servers.dovecot.host, port=servers.dovecot.port, user=user, password=password)
    with Sandbox(speed=60, mailbox=mailbox) as sandbox:
        city = City(home=home, sandbox=sandbox, servers=servers, **more)  # type: ignore[arg-type]
        try:
            yield city
        finally:
            city.close()
