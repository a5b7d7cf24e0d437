"""What the source makes of odd servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import pytest

from tests.mail.scripted import Scripted, Talk, no, ok
from tests.mail.world import account, notice_mail
from worker.mail import source as under_test
from worker.mail.account import Account, Security
from worker.mail.faults import ConnectionLost, CredentialsRefused, FolderUnusable, Unreachable, Untrusted
from worker.mail.headers import LIMIT
from worker.mail.source import Folder, Source, spans


@contextmanager
def opened(server: Scripted) -> Iterator[Source]:
    """A source on that server."""
    source = Source.open(account(server.host, server.port), False)
    try:
        yield source
    finally:
        source.close()


def test_uids_become_ranges() -> None:
    """Two hundred mails are named in a few characters, not one by one."""
    assert spans([7, 3, 1, 2, 9, 8]) == ["1:3,7:9"]
    assert spans([5]) == ["5"]


def test_scattered_uids_become_several_short_commands() -> None:
    """No server has to take a command line of any length."""
    named = spans(range(4_000_000_000, 4_000_002_000, 2))

    assert len(named) == 4
    assert max(map(len, named)) < 8000


def test_long_lists_are_asked_for_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer grows with the folder; newest first."""
    monkeypatch.setattr(under_test, "_PAGE", 2)
    with Scripted() as server, opened(server) as source:
        server.mails = dict.fromkeys((3, 5, 8, 13, 21), b"")

        assert source.uids(source.select()) == [21, 13, 8, 5, 3]
        assert [command for command in server.commands if "SEARCH" in command][:2] == [
            "UID SEARCH UID 20:21",
            "UID SEARCH UID 18:19",
        ]
        assert server.commands[-1] == "UID SEARCH UID 2:3"


def test_an_empty_folder_is_not_searched() -> None:
    """There is no valid way to ask for nothing."""
    with Scripted() as server, opened(server) as source:
        assert source.uids(source.select()) == []
        assert server.count("SEARCH") == 0


def test_headers_are_fetched_without_marking_and_capped() -> None:
    """PEEK, headers only, and at most the cap even when the server sends more."""
    with Scripted() as server, opened(server) as source:
        server.mails = {1: b"X-A: " + b"x" * 2 * LIMIT + b"\r\n\r\n", 2: notice_mail(2)}
        source.select()
        mails = source.fetch([1, 2, 99])

        assert [(mail.uid, min(len(mail.raw), LIMIT)) for mail in mails] == [(1, LIMIT), (2, len(mails[1].raw))]
        assert len(mails[0].raw) == LIMIT
        assert server.count(f"BODY.PEEK[HEADER]<0.{LIMIT}>") == 1


def test_a_literal_without_measure_ends_the_connection() -> None:
    """A server that announces gigabytes for a header is not listened to."""
    with Scripted() as server, opened(server) as source:
        source.select()
        server.acts["FETCH"] = [lambda talk, line: talk.send("* 1 FETCH (UID 1 BODY[HEADER]<0> {4000000000}\r\n")]

        with pytest.raises(ConnectionLost, match="4000000000"):
            source.fetch([1])


def test_missing_headers_and_dates_are_empty_not_fatal() -> None:
    """NIL for the headers and a date that is none: the mail is read as an empty one."""
    with Scripted() as server, opened(server) as source:
        source.select()
        strange = '* 1 FETCH (UID 1 INTERNALDATE "soon" BODY[HEADER]<0> NIL)\r\n'
        server.acts["FETCH"] = [lambda talk, line: talk.send(strange + ok(line))]
        mail = source.fetch([1])[0]

        assert (mail.raw, mail.received_at) == (b"", None)


def test_a_folder_that_we_may_only_read_is_read() -> None:
    """Nothing is moved or marked there."""

    def readonly(talk: Talk, line: str) -> None:
        talk.send(f"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n{line.split()[0]} OK [READ-ONLY] done\r\n")

    with Scripted() as server, opened(server) as source:
        server.acts = {"SELECT": [readonly], "EXAMINE": [readonly] * 2}

        assert source.select() == Folder(uidvalidity=7, exists=1, uidnext=None, writable=False)
        assert not source.select().writable
        assert not source.put_away([1], "Processed")
        assert server.count("MOVE") + server.count("STORE") == 0


def test_a_folder_that_cannot_be_selected_says_so() -> None:
    """Missing, or without the number that gives its uids a meaning."""
    with Scripted() as server, opened(server) as source:
        unnumbered = "* 0 EXISTS\r\n* 0 RECENT\r\n"
        server.acts["SELECT"] = [
            no("[NONEXISTENT] no such mailbox"),
            lambda talk, line: talk.send(unnumbered + ok(line)),
            lambda talk, line: talk.close(),
        ]

        with pytest.raises(FolderUnusable, match="no such mailbox"):
            source.select()
        with pytest.raises(FolderUnusable, match="UIDVALIDITY"):
            source.select()
        with pytest.raises(ConnectionLost):
            source.select()


def test_folders_are_made_where_the_server_wants_them() -> None:
    """Under the personal prefix, once per connection."""
    with Scripted() as server, opened(server) as source:
        server.capabilities += " NAMESPACE"
        namespace = '* NAMESPACE (("INBOX." ".")) NIL NIL\r\n'
        server.acts["NAMESPACE"] = [lambda talk, line: talk.send(namespace + ok(line))] * 2
        server.mails = {1: b"", 2: b"", 3: b""}
        source.select()

        assert source.put_away([1, 2], "Processed")
        assert source.put_away([3], "INBOX.Processed")
        assert server.folders == {"INBOX.Processed": [1, 2, 3]}
        assert server.count("CREATE") == 1


def test_when_moving_is_refused_mails_are_marked() -> None:
    """Over quota, or whatever: the mark is the second choice, and nothing at all the third."""
    with Scripted() as server, opened(server) as source:
        server.mails = {1: b""}
        server.acts = {"CREATE": [no("quota")] * 2, "MOVE": [no("[TRYCREATE]")] * 2}
        source.select()

        assert source.put_away([1], "Processed")
        assert server.seen == [1]

        server.acts["STORE"] = [no("never")]

        assert not source.put_away([1], "Processed")


@pytest.mark.parametrize("command", ["MOVE", "STORE"])
def test_a_connection_lost_while_filing_is_a_lost_connection(command: str) -> None:
    """Not being able to go on is told apart from not being allowed to."""
    with Scripted() as server, opened(server) as source:
        server.acts = {command: [lambda talk, line: talk.close()], "CREATE": [no("x")], "LIST": []}
        if command == "STORE":
            server.acts["MOVE"] = [no("x")]
        source.select()

        with pytest.raises(ConnectionLost):
            source.put_away([1], "Processed")


def test_waiting_ends_at_a_stop() -> None:
    """A stop that is set already ends the IDLE as soon as it begins."""
    stop = Event()
    stop.set()
    with Scripted() as server, opened(server) as source:
        source.select()
        source.wait(3600, stop)

        assert server.count("IDLE") == 1


def test_nobody_there_is_unreachable() -> None:
    """A closed port and a server that hangs up at once are told as such."""
    with Scripted() as server:
        where = account(server.host, server.port)
    with pytest.raises(Unreachable):
        Source.open(where, False)


def test_an_unverified_starttls_is_never_replaced_by_clear_text() -> None:
    """A server without STARTTLS gets no password."""
    with Scripted() as server:
        with pytest.raises(Untrusted):
            Source.open(replace(account(server.host, server.port), security=Security.STARTTLS), False)

        assert server.count("LOGIN") == 0


def test_a_server_that_takes_no_logins_gets_no_password() -> None:
    """LOGINDISABLED is obeyed."""
    with Scripted() as server:
        server.capabilities += " LOGINDISABLED"
        with pytest.raises(Unreachable, match="LOGINDISABLED"):
            Source.open(account(server.host, server.port), False)

        assert server.count("LOGIN ") == 0


def test_a_token_that_cannot_be_had_tells_no_secret() -> None:
    """The error of whoever renews tokens may quote the secret that renews them, so it is not passed on."""

    def token(refresh: bool) -> str:
        raise RuntimeError("hunter2")

    with Scripted() as server:
        where = Account(mailbox="m", host=server.host, port=server.port, user="u", token=token, security=Security.PLAIN)
        with pytest.raises(Unreachable, match="RuntimeError") as refusal:
            Source.open(where, False)

    assert "hunter2" not in str(refusal.value)


def test_a_connection_that_breaks_at_login_is_no_refusal() -> None:
    """Neither hanging up nor silence says anything about the password; letters that can't be sent do."""
    with Scripted() as server:
        server.acts["LOGIN"] = [lambda talk, line: talk.close(), lambda talk, line: None]
        where = replace(account(server.host, server.port), read_timeout=0.2)
        with pytest.raises(ConnectionLost):
            Source.open(where, False)
        with pytest.raises(ConnectionLost):
            Source.open(where, False)


@pytest.mark.parametrize("secret", ["a\nb", "a\rb", "a\0b"])
def test_a_secret_with_line_ends_is_not_sent(secret: str) -> None:
    """It would end the command and begin another."""
    with Scripted() as server:
        with pytest.raises(CredentialsRefused) as refusal:
            Source.open(replace(account(server.host, server.port), password=secret), False)

        assert server.count("LOGIN") == 0
    assert secret not in str(refusal.value)
