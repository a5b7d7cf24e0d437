"""The listener with real IMAP servers: Dovecot, and pymap that the sandbox brings along."""

import asyncio
import secrets
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread

import pytest
from imapclient import IMAPClient

from sandbox.postbox import Postbox
from tests.mail.world import FOREIGN, Kept, Pauses, account, listener, notice_mail, running
from tests.services.dovecot import DovecotServer
from worker.mail.account import Account, Security
from worker.mail.door import enter
from worker.mail.faults import CredentialsRefused, MailFault, Untrusted
from worker.mail.source import Source


@dataclass(frozen=True)
class Place:
    """A fresh mailbox somewhere, and a client of the test's own in it."""

    account: Account
    client: IMAPClient

    def append(self, mail: bytes) -> None:
        """Deliver a mail."""
        self.client.append("INBOX", mail)

    def unseen(self, folder: str) -> int:
        """How many mails of the folder nobody has looked at."""
        self.client.select_folder(folder, readonly=True)
        return len(self.client.search("UNSEEN"))


@contextmanager
def in_dovecot(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A fresh account, entered over TLS."""
    dovecot: DovecotServer = request.getfixturevalue("dovecot")
    user, password = dovecot.account()
    over_tls = replace(
        account(dovecot.host, dovecot.tls_port, user, password), security=Security.TLS, ca_file=Path(dovecot.ca_file)
    )
    with dovecot.login(user, password) as client:
        yield Place(over_tls, client)


@contextmanager
def in_pymap(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A server of its own in a thread."""
    loop, box = asyncio.new_event_loop(), Postbox("user", "secret")
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        where = asyncio.run_coroutine_threadsafe(box.start("127.0.0.1", 0), loop).result(20)
        with IMAPClient(where.host, port=where.port, ssl=False, timeout=10) as client:
            client.login("user", "secret")
            yield Place(account(where.host, where.port), client)
    finally:
        asyncio.run_coroutine_threadsafe(_end(box), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _end(box: Postbox) -> None:
    await box.stop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture(params=[in_dovecot, in_pymap])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A mailbox on each of the servers."""
    made: Callable[[pytest.FixtureRequest, Path], contextmanager[Place]] = request.param  # type: ignore[valid-type]
    with made(request, tmp_path) as found:  # type: ignore[attr-defined]
        yield found


def test_waiting_and_arriving_notices_are_taken_and_moved(place: Place) -> None:
    """What lay there before the start and what is pushed later goes to the ledger; foreign mail stays unread."""
    kept = Kept()
    place.append(notice_mail(1))
    place.append(FOREIGN)
    watching = listener(place.account, kept)
    with running(watching):
        kept.await_notices(1)
        place.append(notice_mail(2, status="ERROR"))
        place.append(b"Message-ID: <3@a>\r\nX-SFService: Cancelar\r\n\r\n")
        notices = kept.await_notices(3)

    assert {True, False} == {notice.positive for notice in notices}
    assert place.unseen("Processed") == 2
    assert place.unseen("Quarantine") == 1
    assert place.unseen("INBOX") == 1
    assert (watching.health.faults, watching.health.unfiled) == (0, 0)


def test_several_listeners_on_one_mailbox_do_no_harm(place: Place) -> None:
    """They may look at the same mail at the same time; every notice is kept once and none is lost."""
    kept = Kept()
    for number in range(30):
        place.append(notice_mail(number))
    with running(listener(place.account, kept), listener(place.account, kept)):
        kept.await_notices(30)
        place.append(notice_mail(99))
        notices = kept.await_notices(31)

    assert len({notice.letter.message_id for notice in notices}) == 31


def test_an_idle_in_which_nothing_happens_ends_after_its_time(place: Place) -> None:
    """The connection is as good afterwards as before, over TLS as well."""
    with opened(place.account) as source:
        before = source.select()
        source.wait(0.01, Event())

        assert source.select() == before


def test_a_huge_mail_costs_no_memory(place: Place) -> None:
    """Only headers are fetched, however large the body is."""
    kept = Kept()
    place.append(notice_mail(1, filler=10 * 2**20))
    tracemalloc.start()
    watching = listener(place.account, kept)
    with opened(place.account) as source:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        mails = source.fetch(source.uids(source.select()))
        peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    with running(watching):
        kept.await_notices(1)

    assert len(mails) == 1
    assert peak < 2**20


@contextmanager
def opened(where: Account) -> Iterator[Source]:
    """An open source that is closed again."""
    source = Source.open(where, False)
    try:
        yield source
    finally:
        source.close()


def test_cut_connections_and_a_new_uidvalidity_lose_nothing(dovecot: DovecotServer) -> None:
    """Across kicked IDLE connections and a renumbered folder every notice arrives, and is kept once."""
    user, password = dovecot.account()
    kept, pauses = Kept(), Pauses()
    watching = listener(account(dovecot.host, dovecot.port, user, password), kept, pauses=pauses)
    with running(watching):
        for number in range(1, 4):
            with dovecot.login(user, password) as client:
                client.append("INBOX", notice_mail(number))
            kept.await_notices(number)
            dovecot.drop_connections(user)
            pauses.await_pauses(number)
        with dovecot.login(user, password) as client:
            client.append("INBOX", FOREIGN)
        dovecot.change_uidvalidity(user)
        with dovecot.login(user, password) as client:
            client.append("INBOX", notice_mail(4))
        kept.await_notices(4)

    assert watching.health.connections >= 4


def test_a_server_that_dies_is_found_again(dovecot: DovecotServer) -> None:
    """Nobody answers for a while; afterwards the listener is back by itself."""
    user, password = dovecot.account()
    kept, pauses = Kept(), Pauses()
    with running(listener(account(dovecot.host, dovecot.port, user, password), kept, pauses=pauses)):
        with dovecot.login(user, password) as client:
            client.append("INBOX", notice_mail(1))
        kept.await_notices(1)
        dovecot.kill()
        pauses.await_pauses(3)
        dovecot.ensure()
        with dovecot.login(user, password) as client:
            client.append("INBOX", notice_mail(2))
        kept.await_notices(2)


@pytest.mark.parametrize(
    ("security", "port", "trusts"),
    [(Security.TLS, "tls_port", True), (Security.STARTTLS, "port", True)],
)
def test_verified_tls_lets_us_in(dovecot: DovecotServer, security: Security, port: str, trusts: bool) -> None:
    """TLS from the first byte or by STARTTLS, under the authority that the account names."""
    user, password = dovecot.account()
    where = account(dovecot.host, getattr(dovecot, port), user, password)
    client = enter(replace(where, security=security, ca_file=Path(dovecot.ca_file)))
    try:
        assert client.folder_exists("INBOX")
    finally:
        client.logout()


@pytest.mark.parametrize(
    ("change", "port", "fault"),
    [
        ({"security": Security.TLS}, "tls_port", Untrusted),
        ({"security": Security.STARTTLS}, "port", Untrusted),
        ({"security": Security.TLS, "ca_file": Path("/nowhere.pem")}, "tls_port", Untrusted),
        ({"security": Security.TLS}, "port", Untrusted),
        ({"password": "wrong"}, "port", CredentialsRefused),
        ({"password": "contraseña"}, "port", CredentialsRefused),
    ],
)
def test_without_trust_nobody_enters(
    dovecot: DovecotServer, change: dict[str, object], port: str, fault: type[MailFault]
) -> None:
    """An unknown authority, a missing one, no TLS where it was asked for, a wrong password: refused by name."""
    user, password = dovecot.account()
    where = account(dovecot.host, getattr(dovecot, port), user, password)

    with pytest.raises(fault) as refusal:
        enter(replace(where, **change))  # type: ignore[arg-type]

    assert refusal.value.slug in str(refusal.value)
    assert password not in str(refusal.value)


def test_a_password_beyond_ascii_lets_us_in(dovecot: DovecotServer) -> None:
    """Spanish and Portuguese passwords work where LOGIN can't carry them."""
    user, password = f"user-{secrets.token_hex(4)}", "contraseña ção"
    (dovecot.directory / "accounts" / user).write_text(f"{user}:{password}\n", "utf-8")
    client = enter(account(dovecot.host, dovecot.port, user, password))
    client.logout()
