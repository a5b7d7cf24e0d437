"""What the tests of the command share."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from sandbox.certificates import Authority, KeyPair, key_pool
from sandbox.server import Sandbox
from tests.producers.cli.command import RFC, Command


@pytest.fixture(scope="session")
def authority() -> Authority:
    """SAT's stand-in."""
    return Authority(keys=key_pool)


@pytest.fixture(scope="session")
def csd(authority: Authority) -> KeyPair:
    """The seal of the issuer that most tests speak for."""
    return authority.issue(RFC, password=" llave secreta ")


@pytest.fixture
def cancela(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """The command in an empty folder, in English, with a home of its own and nobody else's settings."""
    for name in [name for name in os.environ if name.startswith("CANCELA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    command = Command(tmp_path, {"CANCELA_HOME": str(tmp_path / "home"), "CANCELA_LANGUAGE": "en"})
    yield command
    command.leave()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def ready(cancela: Command, csd: KeyPair) -> Command:
    """The command with an issuer."""
    assert cancela.add_issuer(csd).status == 0
    return cancela


@pytest.fixture
def sandbox(authority: Authority) -> Iterator[Sandbox]:
    """Authorities; a receiver's five minutes pass in five seconds."""
    with Sandbox(speed=60, strangers="accepted", authority=authority) as running:
        yield running
