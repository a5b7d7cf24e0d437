"""The Procfile's roles start as they are written there, on a real Redis."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services.server import free_port

ROOT = Path(__file__).parents[2]
ROLES = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(encoding="utf-8"), re.MULTILINE))

#: Seconds after which a role that has not said that it is ready, or does not end, is killed and the test fails.
_PATIENCE = 60


@pytest.fixture
def environment(redis_url: str, tmp_path: Path) -> dict[str, str]:
    """A machine with this environment's programs, a home of its own and the test's Redis."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "CANCELA_HOME": str(tmp_path / "cancela"),
        "CANCELA_BROKER_URL": redis_url,
    }


@contextmanager
def _role(name: str, ready: str, environment: dict[str, str]) -> Iterator[None]:
    """The role, from when it says ``ready`` until a polite end."""
    process = subprocess.Popen(
        ["sh", "-c", ROLES[name]],
        env=environment,
        cwd=environment["HOME"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    watchdog = threading.Timer(_PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    with process:
        assert process.stdout is not None
        said = []
        try:
            for line in process.stdout:
                said.append(line)
                if ready in line:
                    break
            else:
                pytest.fail("".join(said))
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=_PATIENCE)
            watchdog.cancel()


@pytest.mark.slow
def test_the_worker_registers_readable_tasks(environment: dict[str, str]) -> None:
    """Whoever inspects the cluster sees stable names of ours and nothing else."""
    with _role("worker", " ready.", environment):
        done = subprocess.run(
            ["celery", "-A", "worker", "inspect", "registered", "--json", "--timeout", "5"],
            env=environment,
            cwd=environment["HOME"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            executable=Path(sys.executable).with_name("celery"),
        )
        (names,) = json.loads(done.stdout).values()

    assert names == ["cancela.consult", "cancela.pulse", "cancela.request", "cancela.submit"]


@pytest.mark.slow
def test_flower_shows_and_does_not_act(environment: dict[str, str]) -> None:
    """Without the password nothing is shown, with it the workers are, and nothing can be done to them."""
    port = free_port()
    environment |= {"FLOWER_BASIC_AUTH": "ana:secret", "FLOWER_PORT": str(port)}
    workers, shutdown = f"http://127.0.0.1:{port}/api/workers", f"http://127.0.0.1:{port}/api/worker/shutdown/x"
    with _role("flower", "Connected to", environment):
        assert _status(workers) == 401
        assert _status(workers, "ana:secret") == 200
        assert _status(shutdown, "ana:secret", "POST") == 403


def test_flower_needs_a_password(environment: dict[str, str]) -> None:
    """Without FLOWER_BASIC_AUTH the role does not start at all."""
    done = subprocess.run(["sh", "-c", ROLES["flower"]], env=environment, cwd=environment["HOME"], timeout=_PATIENCE)
    assert done.returncode == 1


def _status(url: str, credentials: str | None = None, method: str = "GET") -> int:
    request = urllib.request.Request(url, method=method)
    if credentials is not None:
        request.add_header("Authorization", "Basic " + base64.b64encode(credentials.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
