"""``make chaos KILLS=500 SEED=1 DATABASE=postgres``: a long run, with the figures that it came to."""

import argparse
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.account import failings, told
from tests.chaos.bugs import BUGS
from tests.chaos.city import Servers, founded
from tests.chaos.run import Run
from tests.chaos.weather import weathers
from tests.services.dovecot import DovecotServer
from tests.services.postgres import PostgresServer, places
from tests.services.programs import need
from tests.services.redis import RedisServer
from tests.services.server import Server


@contextlib.contextmanager
def opened(database: str) -> Iterator[Servers]:
    """The real servers that the system stands on."""
    with contextlib.ExitStack() as stack:

        def up(server: Server) -> None:
            stack.callback(server.close)
            server.open()

        dovecot = DovecotServer(need("dovecot"))
        up(dovecot)
        if database == "sqlite":
            yield Servers(dovecot=dovecot)
            return
        redis, postgres = RedisServer(need("redis-server")), PostgresServer(need("postgres", places()))
        up(redis)
        up(postgres)
        yield Servers(dovecot=dovecot, redis=redis, postgres=postgres)


def main() -> int:
    """Run, print, and say by the exit status whether it was flawless."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="postgres")
    parser.add_argument("--gap", type=float, default=1.0, help="seconds between two kills, on average")
    parser.add_argument("--lease", type=float, default=6.0, help="seconds that a claim holds")
    parser.add_argument("--freeze", type=float, default=0.02, help="share of the claims after which a worker freezes")
    parser.add_argument("--calm", action="store_true", help="leave broker, database, mail and the roads to them alone")
    parser.add_argument("--bug", choices=sorted(BUGS), default="", help="plant this one and see")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an end that tidies up
    began = time.monotonic()
    with opened(given.database) as servers, tempfile.TemporaryDirectory(prefix="cancela-chaos-") as home:
        more = {"lease": given.lease, "bug": given.bug, "freeze": given.freeze}
        with founded(servers, Path(home), **more) as city:
            report = Run(city, seed=given.seed, kills=given.kills, gap=given.gap, calm=given.calm).run()
            print(told(report))
            alone = 60.0 if given.database == "sqlite" else 0.0  # killed as a whole, it recovers once it is left alone
            wrong = failings(report, lease=given.lease + alone, weathers={each.name for each in weathers(city)})
            print(*report.last_words, sep="\n")
            if wrong:
                print(*(city.last_words(name, 15) for name in city.roles), sep="\n")
    print(f"{time.monotonic() - began:.0f} s on {given.database}")
    for failing in wrong:
        print(f"FAILED: {failing}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
