"""The chaos run in short, and the proof that it would find what it looks for."""

from pathlib import Path

import pytest

from tests.chaos.account import failings, told
from tests.chaos.city import Servers, founded
from tests.chaos.run import Run
from tests.chaos.weather import weathers
from tests.services.dovecot import DovecotServer
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer

pytestmark = pytest.mark.slow

KILLS, SEED = 25, 2611
#: Seconds: who is killed as a whole can only recover once he is left alone.
ALONE = 60.0
#: One worker with many hands: some of them freeze, and the others go on.
BUSY = {"worker-1": ["worker", "-c", "6", "--without-mingle"], "sweep-1": ["sweep"], "mail": ["mail"]}


@pytest.fixture
def servers(redis_server: RedisServer, postgres_server: PostgresServer, dovecot: DovecotServer) -> Servers:
    """Broker, database and mailbox, alive."""
    redis_server.ensure()
    redis_server.flush()
    postgres_server.ensure()
    return Servers(dovecot=dovecot, redis=redis_server, postgres=postgres_server)


def test_everything_goes_wrong_and_nothing_is_lost_doubled_or_wrong(servers: Servers, tmp_path: Path) -> None:
    """Kills, faults and weather of every kind, on Redis and PostgreSQL: each document ends as its authority says."""
    with founded(servers, tmp_path, freeze=0.05) as city:
        report = Run(city, seed=SEED, kills=KILLS).run()
        wanted = {weather.name for weather in weathers(city)}
    assert [] == failings(report, lease=city.lease, weathers=wanted), told(report)


def test_the_embedded_system_survives_as_well(dovecot: DovecotServer, tmp_path: Path) -> None:
    """One process on SQLite that is killed as a whole."""
    with founded(Servers(dovecot=dovecot), tmp_path) as city:
        report = Run(city, seed=SEED, kills=8).run()
    assert [] == failings(report, lease=ALONE, weathers=set(), thorough=False), told(report)


@pytest.mark.parametrize(
    ("bug", "freeze", "offences"),
    [
        ("send_before_claim", 0.0, {"done twice"}),
        ("no_fence", 0.5, {"done twice", "moved without the claim"}),
        ("resend_unasked", 0.0, {"done twice"}),
    ],
)
def test_a_planted_bug_is_found(bug: str, freeze: float, offences: set[str], servers: Servers, tmp_path: Path) -> None:
    """Claim-before-send, the fence, consult-before-resend: whichever is taken away, the run reports it."""
    with founded(servers, tmp_path, bug=bug, freeze=freeze, lease=4.0, roles=BUSY) as city:
        report = Run(city, seed=SEED, kills=3, calm=True, hunting=True, crowd=24 if freeze else 60).run()
    found = failings(report, lease=city.lease, weathers=set(), thorough=False)
    assert offences & {failing.partition(":")[0] for failing in found}, told(report)
