"""The sandbox's own door, and the sandbox as a process."""

import base64
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from sandbox.clock import WorldClock
from tests.sandbox.caller import RFC, Caller
from tests.sandbox.signed import folio as one_folio
from tests.sandbox.signed import mexican, sealed
from tests.sandbox.signed import payload as unsigned

ONE = "11111111-2222-4333-8444-000000000001"


def test_documents_come_in_bulk_with_their_faults(caller: Caller) -> None:
    """A list of plans is admitted in one call; the faults inside are for their documents."""
    plans = [{"uuid": f"11111111-2222-4333-8444-{turn:012}", "issuer": RFC} for turn in range(500)]
    plans[1]["faults"] = [{"operation": "status", "kind": "http", "code": 503}]  # type: ignore[assignment]
    assert caller.control("POST", "/documents", plans) == (200, {"documents": 500, "faults": 1})
    assert [caller.status(str(plan["uuid"])).http for plan in plans[:3]] == [200, 503, 200]
    _http, told = caller.control("GET", "/truth")
    assert len(told["documents"]) == 500


def test_the_truth_is_told_in_full(caller: Caller) -> None:
    """Each document's ending, effects and submissions, and what was turned away before it touched one."""
    uuid = caller.plan(total="10.50")
    caller.submit(uuid)
    caller.submit(uuid, b"no es XML")
    caller.sandbox.advance(5)
    http, told = caller.control("GET", f"/truth/{uuid.lower()}")
    assert (http, told["state"], told["effects"], told["total"]) == (200, "cancelled", {"pac": 1, "sat": 1}, "10.50")
    assert [(each["code"], each["registered"]) for each in told["submissions"]] == [(200, True)]
    assert [each["code"] for each in caller.control("GET", "/truth")[1]["strays"]] == [1801]
    assert caller.control("GET", f"/truth/{ONE}")[0] == 404


def test_time_is_moved_from_outside(caller: Caller) -> None:
    """``advance`` moves lives and calendar, ``set`` the calendar alone."""
    uuid = caller.plan()
    caller.submit(uuid)
    caller.control("POST", "/time", {"set": "2024-02-29T12:00:00-06:00"})
    assert (caller.sandbox.clock.now().year, caller.sandbox.world.state(uuid)) == (2024, "pending")
    caller.control("POST", "/time", {"advance": 5})
    assert caller.sandbox.world.state(uuid) == "cancelled"


def test_faults_and_letters_on_request(caller: Caller) -> None:
    """Faults are added and taken back; a forged notice is written whenever it is wanted."""
    wish = [{"operation": "status", "kind": "http", "code": 503, "times": None}]
    assert caller.control("POST", "/faults", wish) == (200, {"faults": 1})
    assert caller.status(ONE).http == 503
    caller.control("DELETE", "/faults")
    assert caller.status(ONE).http == 200
    letter = {"uuid": ONE, "to": caller.sandbox.notify, "status": "ERROR"}
    assert caller.control("POST", "/notices", letter) == (200, {"letters": 1})
    assert caller.control("POST", "/notices", letter | {"status": "malformed"}) == (200, {"letters": 7})


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("/documents", [{"life": "accepted"}]),
        ("/documents", 7),
        ("/documents", [{"uuid": "a", "life": "happy"}]),
        ("/faults", [{"operation": "submit", "kind": "tired"}]),
        ("/time", {"advance": -1}),
        ("/time", {"set": "2026-01-01T00:00:00"}),
        ("/time", {"set": "tomorrow"}),
        ("/notices", {"uuid": "a"}),
        ("/certificates", {}),
    ],
)
def test_a_wish_that_is_not_understood(caller: Caller, path: str, wish: object) -> None:
    """The answer is 400 with words."""
    http, told = caller.control("POST", path, wish)
    assert (http, list(told)) == (400, ["error"])


def test_certificates_on_request(caller: Caller) -> None:
    """A seal that was issued through the door signs requests that the PAC takes."""
    _http, told = caller.control("POST", "/certificates", {"rfc": "CACX7605101P8"})
    assert (told["rfc"], len(told["number"])) == ("CACX7605101P8", 20)
    assert base64.b64decode(told["cer"])[:1] == base64.b64decode(told["key"])[:1] == b"\x30"


def test_the_calendar_and_lives_are_two_times() -> None:
    """Lives run faster than the calendar, which keeps step with the clocks outside."""
    clock = WorldClock(speed=1_000_000, start=datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now().year == 2026
    assert clock.wait_for(clock.life()) == 0.0
    assert WorldClock(speed=0).wait_for(1.0) is None
    with pytest.raises(ValueError, match="must not be negative"):
        WorldClock(speed=-1)
    with pytest.raises(ValueError, match="must be an aware datetime"):
        WorldClock(start=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.slow
def test_a_process_of_its_own(tmp_path: Path) -> None:
    """It writes its addresses, serves, ends on SIGTERM and leaves the truth behind."""
    port_file, truth_file = tmp_path / "addresses.json", tmp_path / "truth.json"
    command = [sys.executable, "-m", "sandbox", "--speed", "60"]
    command += ["--port-file", str(port_file), "--truth-file", str(truth_file)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONWARNINGS": "error"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        assert told == json.loads(port_file.read_text("utf-8"))
        with urlopen(f"{told['control_url']}/truth", timeout=10) as answer:
            assert json.load(answer)["documents"] == {}
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
    assert json.loads(truth_file.read_text("utf-8"))["documents"] == {}


def test_a_stranger_may_be_welcome(caller: Caller) -> None:
    """With another plan for strangers the PAC takes what nobody announced."""
    caller.sandbox.world.strangers = "accepted"
    at = mexican(caller.sandbox.clock.now()).isoformat()
    signed = sealed(caller.pair, unsigned(RFC, at, one_folio(ONE)))
    assert caller.submit(ONE, signed).code == 200
