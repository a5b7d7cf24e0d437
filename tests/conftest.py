"""Fixtures that every test may ask for: real servers, started lazily, once per test process (or xdist worker)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.dovecot import DovecotServer, refuse_unknown_version
from tests.services.postgres import PostgresServer, places
from tests.services.programs import need
from tests.services.redis import RedisServer

#: A test that uses one of these fixtures carries the marker, so that ``-m "not redis"`` leaves it out.
_MARKED_BY = {
    "redis_server": "redis",
    "postgres_server": "postgres",
    "dovecot_server": "dovecot",
    "xmlsec1": "xmlsec1",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the servers that they use."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in _MARKED_BY:
                item.add_marker(_MARKED_BY[fixture])


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real Redis: ``.url``, ``.port``, ``.client()``, ``.flush()``, ``.restart()``, ``.kill()``, ``.pause()`` …"""
    server = RedisServer(need("redis-server"))
    try:
        server.open()
        yield server
    finally:
        server.close()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis, alive whatever the test before did to it."""
    redis_server.ensure()
    redis_server.flush()
    return redis_server.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL: ``.create_database()``, ``.restart()``, ``.kill()`` …"""
    server = PostgresServer(need("postgres", places()))
    try:
        server.open()
        yield server
    finally:
        server.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh, empty database (``postgresql+psycopg://…``), dropped after the test."""
    postgres_server.ensure()
    url = postgres_server.create_database()
    yield url
    postgres_server.ensure()
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[DovecotServer]:
    """The session's Dovecot; tests ask for ``dovecot``."""
    program = need("dovecot")
    refuse_unknown_version(program)
    server = DovecotServer(program)
    try:
        server.open()
        yield server
    finally:
        server.close()


@pytest.fixture
def dovecot(dovecot_server: DovecotServer) -> DovecotServer:
    """A real Dovecot, alive: ``.host``, ``.port``, ``.tls_port``, ``.ca_file``, ``.account()`` → (user, password)."""
    dovecot_server.ensure()
    return dovecot_server


@pytest.fixture(scope="session")
def xmlsec1() -> Path:
    """The ``xmlsec1`` program: a judge of signatures that shares no code with ours."""
    return need("xmlsec1")
