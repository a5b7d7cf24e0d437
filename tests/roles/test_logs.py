"""Log lines: what happened, and nothing that was secret."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from worker.observe.logs import configure


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The test runner's own logging comes back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def failed(secret: str) -> None:
    """Something breaks while a secret lies in a local."""
    held = {"password": secret, "text": secret}
    if held:
        raise RuntimeError("broken")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_tells_where_but_not_what(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Values of locals are keys, passwords and whole requests; they are never printed."""
    configure("DEBUG", as_json=as_json)
    secret = "-".join(("hunter2", "canary"))  # put together, so that no line of source shows it
    try:
        failed(secret)
    except RuntimeError:
        structlog.get_logger().exception("role.fault")
        logging.getLogger("library").exception("fault")
    said = capsys.readouterr().err
    assert secret not in said
    assert said.count("in failed") == 2
    assert said.count("RuntimeError: broken") == 2


def test_what_is_named_like_a_secret_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    """A careless log call shows no password."""
    configure("INFO", as_json=True)
    structlog.get_logger().info("door", pac_password="hunter2", token="hunter3", user="ana")
    line = json.loads(capsys.readouterr().err)
    assert ("***", "***", "ana", "door") == (line["pac_password"], line["token"], line["user"], line["event"])
