"""``up``, ``migrate``, ``doctor``, ``key``, ``codes``, ``sandbox``: the installation and its companions."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.producers.cli.command import Command


def test_a_ledger_is_migrated_on_purpose(cancela: Command) -> None:
    """Before, everything says that it is behind; afterwards it is there."""
    before, done, after = cancela("job", "list"), cancela("migrate", "--json"), cancela("job", "list", "--json")
    assert (4, 0, 0) == (before.status, done.status, after.status)
    assert done.json["ledger"].startswith("sqlite:///")
    assert [] == after.json["jobs"]


def test_a_ledger_out_of_reach_has_its_status(cancela: Command) -> None:
    """Status 4, and no password of the address in the message."""
    cancela.env["CANCELA_DATABASE_URL"] = "postgresql://somebody:hidden@127.0.0.1:1/cancela"
    said = cancela("batch", "list", "--json")
    assert (4, ["ledger-unreachable"]) == (said.status, said.problems)
    assert "hidden" not in said.err + cancela("migrate").err + cancela("doctor").out


@pytest.mark.parametrize("words", [("migrate",), ("doctor",), ("up",), ("batch", "list")])
def test_a_driver_that_is_not_installed_is_named(
    cancela: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """PostgreSQL needs an extra: status 2, and how to install it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    cancela.env["CANCELA_DATABASE_URL"] = "postgresql://somebody@127.0.0.1:1/cancela"
    said = cancela(*words, "--json")
    assert (2, ["driver-missing"], True) == (said.status, said.problems, "cancela[postgres]" in said.err)


@pytest.mark.parametrize("words", [("up",), ("migrate",), ("doctor",), ("key", "create"), ("batch", "list")])
def test_a_home_that_cannot_be_used_is_named(cancela: Command, words: tuple[str, ...]) -> None:
    """Not ours to read, or no folder at all: what and why, and no trace of the program."""
    cancela.env["CANCELA_HOME"] = str(cancela.file("home.txt", "x") / "below")
    said = cancela(*words)
    assert (True, False) == (said.status in (2, 4), "Traceback" in said.err)


def test_an_impossible_ledger_is_a_setting(cancela: Command) -> None:
    """Status 2: trying again does not help."""
    cancela.env["CANCELA_DATABASE_URL"] = "mysql://localhost/cancela"
    said = cancela("batch", "list", "--json")
    assert (2, ["ledger-url-unusable"]) == (said.status, said.problems)


def test_an_unknown_setting_is_an_error(cancela: Command) -> None:
    """A misspelt setting does not silently do nothing; from the environment or from ``.env``."""
    cancela.env["CANCELA_TENNANT"] = "acme"
    environment = cancela("job", "list", "--json")
    del cancela.env["CANCELA_TENNANT"]
    cancela.file(".env", "CANCELA_TENNANT=acme\n")
    file = cancela("job", "list", "--json")
    assert [(2, ["setting-unknown"])] * 2 == [(said.status, said.problems) for said in (environment, file)]
    assert all("CANCELA_TENNANT" in said.err for said in (environment,))


def test_a_wrong_setting_is_named(cancela: Command) -> None:
    """What it is and why."""
    cancela.env["CANCELA_WINDOW"] = "many"
    said = cancela("doctor")
    assert (2, True) == (said.status, "CANCELA_WINDOW" in said.err)


def test_the_doctor_finds_what_is_missing(cancela: Command) -> None:
    """Each finding with its grade; the first bad one gives the status."""
    said = cancela("doctor", "--json")
    found = {each["what"]: (each["grade"], (each["problem"] or {}).get("slug")) for each in said.json}
    assert (4, ("bad", "ledger-behind"), ("bad", "master-key-missing")) == (
        said.status,
        found["ledger"],
        found["master-key"],
    )


def test_the_doctor_is_content_with_a_sound_house(ready: Command) -> None:
    """Warnings do not make it ill."""
    said = ready("doctor", "--json")
    assert (0, set()) == (said.status, {each["what"] for each in said.json if each["grade"] == "bad"})


def test_a_key_is_made_once_and_rotated(ready: Command) -> None:
    """Rotation seals every credential anew; what was sealed before still opens."""
    assert ["master-key-exists"] == ready("key", "create", "--json").problems
    rotated = ready("key", "rotate", "--json").json
    assert 2 == rotated["sealed"]
    assert 0 == ready("issuer", "check", "EKU9003173C9").status
    lines = (Path(ready.env["CANCELA_HOME"]) / "master.key").read_text().split()
    assert 2 == len(lines)
    assert not any(line in json.dumps(rotated) for line in lines)


def test_codes_are_explained_by_who_says_them(cancela: Command) -> None:
    """The same number means different things; an unknown one has status 3."""
    found = cancela("codes", "201", "--json").json
    assert {"201"} == {each["code"] for each in found}
    assert len(found) > 1
    assert set(found[0]["meaning"]) == {"es", "pt", "en"}
    assert len(cancela("codes", "--json").json) > 100
    assert ["code-unknown"] == cancela("codes", "99999", "--json").problems
    assert "sf-submit" not in cancela("codes", "201", "--level", "sat-uuid").out


def test_a_level_may_be_said_by_how_it_begins(cancela: Command) -> None:
    """``sf`` is all that the PAC says; a level that nobody has is told with the list of them."""
    levels = {each["level"] for each in cancela("codes", "--level", "SF", "--json").json}
    assert len(levels) > 1
    assert all(level.startswith("sf") for level in levels)
    said = cancela("codes", "--level", "nobody", "--json")
    assert (3, ["level-unknown"], True) == (said.status, said.problems, "sat-uuid" in said.err)


@pytest.mark.slow
def test_up_runs_until_it_is_told_to_end(ready: Command, sandbox: Sandbox) -> None:
    """It says what runs, on stdout as one line, and ends with 0 on SIGTERM."""
    ready.meet(sandbox)
    with _running(ready, "up", "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(60)
    assert (["worker", "sweep"], None) == (told["roles"], told["mailbox"])


def test_up_is_for_one_machine(cancela: Command) -> None:
    """With a broker each role is a process of its own."""
    cancela.env["CANCELA_BROKER_URL"] = "redis://127.0.0.1:1/0"
    said = cancela("up", "--json")
    assert (2, ["up-with-broker"]) == (said.status, said.problems)


@pytest.mark.slow
def test_the_sandbox_is_a_process_of_its_own(cancela: Command) -> None:
    """It prints its addresses as JSON, runs in our place, and leaves the truth behind."""
    with _running(cancela, "sandbox", "--speed", "60", "--truth-file", "truth.json") as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(60)
    assert {"pac_url", "sat_url", "control_url", "imap"} <= set(addresses)
    assert {} == json.loads((cancela.folder / "truth.json").read_text())["documents"]


@contextmanager
def _running(cancela: Command, *words: str) -> Iterator[subprocess.Popen[Any]]:
    command: Sequence[str] = [sys.executable, "-m", "producers.cli", *words]
    with (cancela.folder / "stderr.txt").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, env=cancela.environment(), cwd=cancela.folder
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()
