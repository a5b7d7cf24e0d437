"""Every crash point, on both rails and both databases: a process that is really killed there, and one that goes on."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tests
from sandbox.server import Sandbox
from tests.chaos.judge import Judge
from tests.chaos.papers import ASK, HAND_IN, Papers, places
from worker.assembly import House
from worker.engine import crash
from worker.settings import Settings

pytestmark = pytest.mark.slow

KILLED = -9
#: How the first process dies where a dead one is needed before the point is reached.
BEFORE = {"sweep.tending": "submit.answered", "sweep.tended": "submit.answered"}
#: Points that only a job passes whose answer got lost.
LOST = ("consult.", "notice.")

Live = Callable[..., int]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """All authorities; time passes when it is told to."""
    with Sandbox(speed=0) as running:
        yield running


@pytest.fixture(scope="module")
def papers(sandbox: Sandbox) -> Papers:
    """Documents that both authorities know."""
    return Papers(sandbox)


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """Where processes are born."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.chaos.nursery"]
    root = Path(tests.__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, papers: Papers, tmp_path: Path) -> Iterator[House]:
    """A ledger of either kind, with an issuer of each country."""
    sandbox = papers.sandbox
    rails = tmp_path / "rails.toml"
    rails.write_text(places(sandbox, sandbox.pac_port_url, sandbox.sat_url, sandbox.sefaz_url))
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    settings = Settings(_env_file=None, home=tmp_path, database_url=url, rails_file=rails)
    house = House(settings)
    house.clock = sandbox.clock  # type: ignore[assignment]
    house.open()
    papers.enrol(house)
    yield house
    house.ledger.close()


@pytest.fixture
def live(house: House, nursery: subprocess.Popen[str]) -> Live:
    """Let a process be born and take its walk; how it ended."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    lines, answers = nursery.stdin, nursery.stdout
    settings = {
        "home": str(house.settings.home),
        "database_url": house.settings.database_url.get_secret_value(),
        "rails_file": str(house.settings.rails_file),
    }

    def born(control: str, request: dict[str, Any], *, die_at: str | None = None, notices: bool = False) -> int:
        told = {"settings": settings, "control": control, "requests": [request], "notices": notices, "die_at": die_at}
        lines.write(json.dumps(told) + "\n")
        lines.flush()
        return int(answers.readline())

    return born


@pytest.mark.parametrize("rail", ["mx", "br"])
def test_a_process_may_die_at_any_point(rail: str, house: House, papers: Papers, live: Live) -> None:
    """Killed there once, the next process ends in the authority's truth: one effect, nothing sent in vain."""
    life = {"mx": "accepted", "br": "cancellable"}[rail]
    control = papers.sandbox.control_url
    for point in crash.POINTS:
        lost = point.startswith(LOST)
        faults = [{"operation": HAND_IN[rail], "kind": "reset"}] if lost else []
        document, request = papers.new(rail, life, faults, reply=True)
        if point in BEFORE:
            assert KILLED == live(control, request, die_at=BEFORE[point]), point
        assert KILLED == live(control, request, die_at=point, notices=lost), point
        assert 0 == live(control, request, notices=lost), point
        verdict = Judge(house, papers.sandbox).verdict({document})
        assert {"cancelled": 1} == dict(verdict.endings), point
        assert verdict.flawless, (point, verdict)


@pytest.mark.parametrize("rail", ["mx", "br"])
def test_a_process_may_die_at_any_point_while_nobody_can_be_asked(
    rail: str, house: House, papers: Papers, live: Live
) -> None:
    """The request never arrived and the first questions are lost: it is sent again as it was, once, after all that."""
    life = {"mx": "accepted", "br": "cancellable"}[rail]
    for point in ("submit.claimed", "submit.answered", "consult.answered", "settle.settling", "settle.settled"):
        faults = [
            {"operation": HAND_IN[rail], "kind": "reset", "acts": False},
            {"operation": ASK[rail], "kind": "http", "code": 503},
        ]
        document, request = papers.new(rail, life, faults)
        assert KILLED == live(papers.sandbox.control_url, request, die_at=point), point
        assert 0 == live(papers.sandbox.control_url, request), point
        verdict = Judge(house, papers.sandbox).verdict({document})
        assert {"cancelled": 1} == dict(verdict.endings), point
        assert verdict.flawless, (point, verdict)


def test_a_window_that_closes_while_the_sweep_dies_ends_the_job_once(house: House, papers: Papers, live: Live) -> None:
    """Held back until its day was over: expired, whoever died over it, and nothing was sent."""
    for point in ("sweep.tending", "sweep.tended"):
        document, request = papers.new("br", "cancellable")
        assert KILLED == live(papers.sandbox.control_url, request, die_at="sweep.leased")
        papers.sandbox.advance(86_400)
        assert KILLED == live(papers.sandbox.control_url, request, die_at=point), point
        assert 0 == live(papers.sandbox.control_url, request), point
        verdict = Judge(house, papers.sandbox).verdict({document})
        assert ({"expired": 1}, 0) == (dict(verdict.endings), papers.sandbox.register.effects(document)), point
        assert not verdict.twice, point
