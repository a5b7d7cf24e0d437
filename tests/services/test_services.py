"""The test servers keep what they promise; everything else stands on them."""

import signal
import ssl
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis
from imapclient import IMAPClient

from tests.services import leash
from tests.services.dovecot import DovecotServer
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer

_MAIL = b"Subject: hello\r\nMessage-ID: <1@example.org>\r\n\r\nhello\r\n"


def test_redis_url_is_empty_for_every_test(redis_url: str, redis_server: RedisServer) -> None:
    """What one test leaves in Redis is gone when the next one asks for it."""
    with redis.Redis.from_url(redis_url) as client:
        client.set("left", "behind")
        redis_server.flush()

        assert client.get("left") is None


def test_redis_comes_back_empty_after_a_kill(redis_url: str, redis_server: RedisServer) -> None:
    """A killed Redis starts again on the same port and has forgotten everything."""
    with redis.Redis.from_url(redis_url) as client:
        client.set("left", "behind")
    redis_server.kill()

    assert not redis_server.running

    redis_server.ensure()
    with redis.Redis.from_url(redis_url) as client:
        assert client.get("left") is None


def test_paused_redis_is_mute(redis_url: str, redis_server: RedisServer) -> None:
    """A paused Redis accepts a connection and answers nothing until it is resumed."""
    redis_server.pause()
    with redis.Redis.from_url(redis_url, socket_timeout=0.2, retry=None) as client:
        with pytest.raises(redis.TimeoutError):
            client.ping()
        redis_server.resume()

        assert client.ping()


def test_postgres_url_is_a_database_of_its_own(postgres_url: str, postgres_server: PostgresServer) -> None:
    """Two databases of one server do not see each other's tables."""
    other = postgres_server.create_database()
    with psycopg.connect(_plain(postgres_url)) as connection:
        connection.execute("CREATE TABLE mine (id int)")
    with psycopg.connect(_plain(other)) as connection:
        found = connection.execute("SELECT to_regclass('mine')").fetchone()

        assert found == (None,)
    postgres_server.drop_database(other)


def test_postgres_keeps_its_data_over_a_kill(postgres_url: str, postgres_server: PostgresServer) -> None:
    """A killed PostgreSQL comes back on the same port with what was committed."""
    with psycopg.connect(_plain(postgres_url)) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    postgres_server.kill()
    postgres_server.ensure()
    with psycopg.connect(_plain(postgres_url)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_dovecot_gives_fresh_mailboxes(dovecot: DovecotServer) -> None:
    """Every account is new, empty, and refuses another password."""
    user, password = dovecot.account()
    with dovecot.login(user, password) as client:
        assert client.select_folder("INBOX")[b"EXISTS"] == 0
        client.append("INBOX", _MAIL)
        assert client.search() == [1]
    with pytest.raises(IMAPClient.Error):
        dovecot.login(user, "another")


def test_dovecot_speaks_tls_under_its_own_authority(dovecot: DovecotServer) -> None:
    """A client that trusts ``ca_file`` verifies the certificate for localhost."""
    context = ssl.create_default_context(cafile=str(dovecot.ca_file))
    with IMAPClient("localhost", port=dovecot.tls_port, ssl_context=context, timeout=10) as client:
        client.login(*dovecot.account())

        assert b"IDLE" in client.capabilities()
        assert b"MOVE" in client.capabilities()


def test_dovecot_tells_an_idling_client_of_new_mail(dovecot: DovecotServer) -> None:
    """IDLE brings an appended mail without asking."""
    account = dovecot.account()
    with dovecot.login(*account) as idler, dovecot.login(*account) as sender:
        idler.select_folder("INBOX")
        idler.idle()
        sender.append("INBOX", _MAIL)

        assert (1, b"EXISTS") in idler.idle_check(timeout=20)
        idler.idle_done()


def test_dovecot_drops_connections(dovecot: DovecotServer) -> None:
    """``drop_connections`` ends an idling client's connection from the server's side."""
    account = dovecot.account()
    client = dovecot.login(*account)
    client.select_folder("INBOX")
    client.idle()
    dovecot.drop_connections(account[0])
    client.idle_check(timeout=20)  # returns early and empty: that is how IMAPClient says goodbye
    with pytest.raises((IMAPClient.Error, OSError)):
        client.noop()
    client.shutdown()


def test_dovecot_changes_uidvalidity(dovecot: DovecotServer) -> None:
    """``change_uidvalidity`` keeps the mails and renumbers them under another validity."""
    account = dovecot.account()
    with dovecot.login(*account) as client:
        client.append("INBOX", _MAIL)
        before = client.select_folder("INBOX")[b"UIDVALIDITY"]
    dovecot.change_uidvalidity(account[0])
    with dovecot.login(*account) as client:
        after = client.select_folder("INBOX")

        assert after[b"EXISTS"] == 1
        assert after[b"UIDVALIDITY"] != before


@pytest.mark.parametrize(("word", "survives"), [(b"", False), (leash.RELEASED, True)])
def test_leash_ends_the_server_of_dead_tests(tmp_path: Path, word: bytes, survives: bool) -> None:
    """When the test process vanishes its server and directory go; a server that was let go of is left alone."""
    directory = tmp_path / "server"
    directory.mkdir()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as server:
        command = [
            sys.executable,
            "-I",
            leash.__file__,
            str(server.pid),
            str(int(signal.SIGTERM)),
            str(directory),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as holder:
            assert holder.stdin is not None
            holder.stdin.write(word)
            holder.stdin.close()
            if survives:
                holder.wait(30)
                server.kill()
            ended_by = server.wait(30)

    assert ended_by == -(signal.SIGKILL if survives else signal.SIGTERM)
    assert directory.exists() is survives


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")
