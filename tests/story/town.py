"""A town to tell whole stories in: the sandbox's authorities, a home for the system, its roles as real processes."""

import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.server import Sandbox
from schemas.requests import parse
from worker.assembly import House
from worker.desk import Desk
from worker.desk.issuers import NewIssuer
from worker.domain.states import State
from worker.settings import Settings

RFC = "EKU9003173C9"
RECEIVER = "XAXX010101000"

#: Short enough for a test, long enough to be told apart.
BRISK = {"poll": [1, 1, 2, 3], "consult": [1, 1, 2], "resend": [1, 1, 2], "absence_spacing": 2, "notice_gap": 1}
#: Nothing is asked for a day: whatever ends, ends because of a notice.
ONCE_A_DAY = {**BRISK, "poll": [86_400]}

ROLES = {
    "up": ["-m", "worker.embedded"],
    "worker": ["-m", "celery", "-A", "worker", "worker", "--loglevel", "INFO", "--task-events", "-c", "2"],
    "sweep": ["-m", "worker.sweep"],
    "mail": ["-m", "worker.mail"],
    "flower": ["-m", "celery", "-A", "worker", "flower", "--address=127.0.0.1"],
}


class TimeUp(AssertionError):
    """What was waited for did not happen in time."""


def eventually(holds: Callable[[], Any], *, within: float = 60.0, what: str = "") -> Any:
    """The first true value of ``holds``; looked at often, for a bounded time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.05)
    raise TimeUp(what or "it did not happen")


@dataclass
class Town:
    """One system and its world. ``env`` are settings, ``extra`` is what else the roles find in their environment."""

    sandbox: Sandbox
    home: Path
    patience: Mapping[str, Any] = field(default_factory=lambda: BRISK)
    env: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.numbers = iter(range(1, 10_000_000))
        rails = self.home / "rails.toml"
        rails.write_text(
            f'[mx.test.pac]\nendpoint = "{self.sandbox.pac_port_url}"\n'
            f'[mx.test.sat]\nendpoint = "{self.sandbox.sat_url}"\nsettling = 5\n'
            "[mx.test.patience]\n" + "".join(f"{name} = {value}\n" for name, value in self.patience.items())
        )
        tomllib.loads(rails.read_text())
        imap = self.sandbox.imap
        self.env = {
            "CANCELA_HOME": str(self.home),
            "CANCELA_RAILS_FILE": str(rails),
            "CANCELA_IMAP_HOST": imap.host,
            "CANCELA_IMAP_PORT": str(imap.port),
            "CANCELA_IMAP_USER": imap.user,
            "CANCELA_IMAP_PASSWORD": imap.password,
            "CANCELA_IMAP_ADDRESS": self.sandbox.notify,
            "CANCELA_IMAP_TLS": "false",
            "CANCELA_SWEEP_EVERY": "0.1",
            **self.env,
        }
        settings = {
            name.removeprefix("CANCELA_").lower(): value
            for name, value in self.env.items()
            if name.startswith("CANCELA_")
        }
        self.house = House(Settings(_env_file=None, **settings))  # type: ignore[arg-type]
        self.house.open()
        self.desk = Desk(self.house)

    def add_issuer(self, rfc: str = RFC, **more: Any) -> str:
        pair = self.sandbox.issue(rfc)
        new = NewIssuer(
            cer=pair.cer,
            key=pair.key,
            password=pair.password,
            pac_user=self.sandbox.pac_user,
            pac_password=self.sandbox.pac_password,
            mailbox=self.sandbox.notify,
            **more,
        )
        return self.desk.issuers.add(new, actor="operator:test").id

    def announce(self, life: str, *, count: int = 1, faults: Iterable[Mapping[str, Any]] = ()) -> list[str]:
        """Documents that the authorities know, and how their lives will go."""
        uuids = [f"11111111-2222-4333-8444-{next(self.numbers):012d}" for _ in range(count)]
        plans = [{"uuid": uuid, "issuer": RFC, "receiver": RECEIVER, "total": "100.00", "life": life} for uuid in uuids]
        self.sandbox.world.admit(plans)
        for uuid in uuids:
            self.sandbox.faults.plan([dict(fault) for fault in faults], uuid)
        return uuids

    def ask(self, uuids: Iterable[str], *, sat: bool = True, **more: Any) -> list[str]:
        """Ask for these cancellations; the job ids."""
        known = {"receiver": RECEIVER, "total": "100.00"} if sat else {}
        requests = [parse({"rfc": RFC, "uuid": uuid, "motive": "02", **known, **more}) for uuid in uuids]
        return [receipt.job_id for receipt in self.desk.intake.accept(requests, actor="test")]  # type: ignore[union-attr]

    def states(self) -> dict[str, State]:
        """Every document's state."""
        with self.house.ledger.reading() as reading:
            return {job.document: job.state for job in reading.jobs(limit=10_000).jobs}

    def facts(self, job_id: str) -> list[str]:
        """What happened to a job, in order."""
        return [line.fact for line in self.desk.jobs.history(job_id)[0]]

    def effects(self) -> dict[str, int]:
        """How often the PAC registered each document."""
        return {uuid: one["effects"]["pac"] for uuid, one in self.sandbox.world.told()["documents"].items()}

    def submissions(self) -> dict[str, int]:
        """How often each document was handed in at the PAC."""
        return {uuid: len(one["submissions"]) for uuid, one in self.sandbox.world.told()["documents"].items()}

    def truth(self) -> dict[str, str]:
        """What the authorities say of each document."""
        return {uuid: one["state"] for uuid, one in self.sandbox.world.told()["documents"].items()}

    def settled(self, *, within: float = 90.0) -> dict[str, State]:
        """The states once all are final."""
        eventually(
            lambda: all(state.final for state in self.states().values()), within=within, what=f"open: {self.states()}"
        )
        return self.states()

    # -- processes ------------------------------------------------------------------------------------------------
    def start(self, role: str, *arguments: str, name: str | None = None) -> subprocess.Popen[bytes]:
        """A role as a real process, in an empty directory, with its log beside the ledger."""
        bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        cwd = self.home / "empty"
        cwd.mkdir(exist_ok=True)
        with (self.home / f"{name or role}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *ROLES.get(role, []), *arguments],
                cwd=cwd,
                env={**bare, **self.env, **self.extra, "PYTHONWARNINGS": "ignore"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes[name or role] = process
        return process

    def kill(self, name: str) -> None:
        """SIGKILL, to the process and whatever it started."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def log(self, name: str) -> str:
        """What a role has logged."""
        return (self.home / f"{name}.log").read_text(errors="replace")

    def close(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.kill(name)
        self.house.ledger.close()
