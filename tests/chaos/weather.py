"""What goes wrong around the system: servers that fall, freeze and forget, and the roads to them."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.city import City
from tests.chaos.proxy import Proxy

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Weather:
    """One trouble: how it begins, how it ends, and after how many seconds."""

    name: str
    begin: Act
    end: Act
    seconds: float = 0.0

    @property
    def where(self) -> str:
        """Whom it befalls; one trouble at a time."""
        return self.name.partition(":")[0]


def nothing() -> None:
    """It has passed by itself."""


def weathers(city: City) -> list[Weather]:
    """Everything that can befall this city."""
    return [*_roads(city), *_broker(city), *_database(city), *_mail(city)]


def _roads(city: City) -> list[Weather]:
    found: list[Weather] = []
    for name, proxy in zip(("pac", "sefaz"), city.authorities, strict=True):
        found += _road(name, proxy, city.lease / 3)
        found.append(Weather(f"{name}: slow", _slow(proxy), proxy.heal, 2.0))
        found.append(Weather(f"{name}: turned away", proxy.refuse, proxy.heal, 1.0))
        found.append(Weather(f"{name}: black hole", proxy.blackhole, proxy.heal, city.lease / 3))
    return found


def _slow(proxy: Proxy) -> Act:
    return lambda: proxy.delay(0.3)


def _road(name: str, proxy: Proxy, seconds: float) -> list[Weather]:
    return [
        Weather(f"{name}: reset", proxy.reset, nothing),
        Weather(f"{name}: half-open", proxy.half_open, proxy.heal, seconds),
    ]


def _broker(city: City) -> list[Weather]:
    redis = city.servers.redis
    if redis is None or city.broker is None:
        return []
    return [
        # Long enough for our own socket timeouts (5 s) to notice it.
        *_road("broker", city.broker, 8.0),
        Weather("broker: restarted", redis.restart, nothing),
        Weather("broker: flushed", redis.flush, nothing),
        Weather("broker: frozen", redis.pause, redis.resume, 3.0),
    ]


def _database(city: City) -> list[Weather]:
    postgres = city.servers.postgres
    if postgres is None or city.database is None:
        return []
    return [
        *_road("database", city.database, 2.0),
        Weather("database: restarted", postgres.restart, nothing),
        Weather("database: killed", postgres.kill, postgres.ensure),
    ]


def _mail(city: City) -> list[Weather]:
    return [
        *_road("mail", city.mail, 3.0),
        Weather("mail: restarted", city.servers.dovecot.restart, nothing),
    ]
