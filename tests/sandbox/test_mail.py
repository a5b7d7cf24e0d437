"""Notices travel by SMTP and lie in a real mailbox."""

import contextlib
import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

import pytest

from sandbox.certificates import Authority, KeyPair
from sandbox.clock import WorldClock
from sandbox.mailroom import Mailbox
from sandbox.server import Sandbox
from tests.sandbox.caller import Caller
from tests.services.dovecot import DovecotServer

PATIENCE = 10.0


@contextlib.contextmanager
def opened(box: Mailbox) -> Iterator[imaplib.IMAP4]:
    """The mailbox, read as anybody reads it."""
    if box.tls:
        context = ssl.create_default_context(cafile=box.ca_file)
        wire: imaplib.IMAP4 = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=PATIENCE)
    else:
        wire = imaplib.IMAP4(box.host, box.port, timeout=PATIENCE)
    try:
        wire.login(box.user, box.password)
        yield wire
    finally:
        wire.logout()


def letters(box: Mailbox, count: int) -> list[Message]:
    """All letters in the mailbox, of which there must be ``count``."""
    with opened(box) as wire:
        assert int((wire.select(box.folder)[1][0] or b"0").decode()) == count
        found = wire.fetch("1:*", "(BODY.PEEK[])")[1] if count else []
    return [message_from_bytes(each[1]) for each in found if isinstance(each, tuple)]


def headers(letter: Message) -> list[tuple[str, str]]:
    """The headers that the PAC documents, in their order."""
    return [(name, value) for name, value in letter.items() if name.startswith("X-")]


def test_the_end_is_told(caller: Caller) -> None:
    """OK for what was cancelled, ERROR for what was refused, each with its own order of headers."""
    good, bad = caller.plan(), caller.plan("receiver-refuses")
    caller.submit(good)
    caller.submit(bad)
    caller.sandbox.advance(300)
    assert caller.sandbox.world.wait_noticed(bad)
    first, second = letters(caller.sandbox.imap, 2)
    assert headers(first) == [
        ("X-SFService", "Cancelar"),
        ("X-UUIDCancelacion", good),
        ("X-StatusCancelacion", "OK"),
    ]
    assert headers(second) == [
        ("X-StatusCancelacion", "ERROR"),
        ("X-UUIDCancelacion", bad),
        ("X-SFService", "Cancelar"),
    ]
    assert all(first[name] for name in ("From", "Subject", "Date", "Message-ID"))
    told = caller.sandbox.world.told()["documents"]
    assert (told[good]["notices"], told[bad]["notices"]) == (["OK"], ["ERROR"])


def test_without_an_address_nobody_is_told(caller: Caller) -> None:
    """An empty ``emailNotifica`` means no mail; one that nobody reads is noted as undelivered."""
    silent, lost, last = caller.plan(), caller.plan(), caller.plan()
    caller.submit(silent, emailNotifica="")
    caller.submit(lost, emailNotifica="nadie@example.com")
    caller.submit(last)
    caller.sandbox.advance(5)
    assert caller.sandbox.world.wait_noticed(last)
    assert len(letters(caller.sandbox.imap, 1)) == 1
    told = caller.sandbox.world.told()["documents"]
    assert (told[silent]["notices"], told[lost]["notices"]) == ([], ["undelivered"])


def test_a_notice_before_the_answer(caller: Caller) -> None:
    """The mail lies in the mailbox when the submit is answered, and does not come again."""
    early, usual = caller.plan(), caller.plan()
    caller.wrong("notice", "early", uuid=early)
    caller.submit(early)
    assert [each["X-UUIDCancelacion"] for each in letters(caller.sandbox.imap, 1)] == [early]
    caller.submit(usual)
    caller.sandbox.advance(5)
    assert caller.sandbox.world.wait_noticed(usual)
    assert [each["X-UUIDCancelacion"] for each in letters(caller.sandbox.imap, 2)] == [early, usual]


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        ("none", []),
        ("doubled", ["OK", "OK"]),
        ("repeated", ["OK", "OK"]),
        ("reversed", ["ERROR"]),
        ("stranger", ["OK", "OK"]),
    ],
)
def test_what_goes_wrong_with_a_notice(caller: Caller, kind: str, claims: list[str]) -> None:
    """No mail, the same mail twice, two mails, a false one, one about a stranger."""
    uuid, marker = caller.plan(), caller.plan(answer_after=6)
    caller.wrong("notice", kind, uuid=uuid)
    caller.submit(uuid)
    caller.submit(marker)
    caller.sandbox.advance(6)
    assert caller.sandbox.world.wait_noticed(marker)
    *found, last = letters(caller.sandbox.imap, len(claims) + 1)
    assert last["X-UUIDCancelacion"] == marker
    assert [each["X-StatusCancelacion"] for each in found] == claims
    if claims == ["OK", "OK"]:
        assert (found[0]["Message-ID"] == found[1]["Message-ID"]) == (kind == "doubled")
        assert (found[0]["X-UUIDCancelacion"] == uuid) == (kind != "stranger")


def test_malformed_notices(caller: Caller) -> None:
    """Seven mails that may not be believed: headers missing, doubled, or with values that do not exist."""
    uuid = caller.plan()
    caller.wrong("notice", "malformed", uuid=uuid)
    caller.submit(uuid)
    caller.sandbox.advance(5)
    assert caller.sandbox.world.wait_noticed(uuid, 7)
    found = letters(caller.sandbox.imap, 7)
    good = {("X-SFService", "Cancelar"), ("X-UUIDCancelacion", uuid), ("X-StatusCancelacion", "OK")}
    assert [each for each in found if len(headers(each)) == 3 and set(headers(each)) == good] == []


def test_a_delayed_notice(caller: Caller) -> None:
    """The mail comes some real time after the end."""
    uuid = caller.plan()
    caller.wrong("notice", "delayed", uuid=uuid, seconds=0.05)
    caller.submit(uuid)
    caller.sandbox.advance(5)
    assert caller.sandbox.world.wait_noticed(uuid)
    assert [each["X-StatusCancelacion"] for each in letters(caller.sandbox.imap, 1)] == ["OK"]


def test_compressed_time_brings_the_notice_by_itself(authority: Authority, csd: KeyPair) -> None:
    """With a speed, nobody has to move the clock."""
    with Sandbox(speed=3000, authority=authority) as sandbox:
        caller = Caller(sandbox, csd)
        uuid = caller.plan("receiver-accepts")
        caller.submit(uuid)
        assert sandbox.world.wait_noticed(uuid)
        assert [each["X-UUIDCancelacion"] for each in letters(sandbox.imap, 1)] == [uuid]
        assert sandbox.world.state(uuid) == "cancelled"


def test_strangers_may_write_and_are_turned_away_elsewhere(caller: Caller) -> None:
    """Anybody may send mail to the watched address; other addresses do not exist."""
    sandbox = caller.sandbox
    with smtplib.SMTP(*sandbox.smtp, timeout=PATIENCE) as wire:
        wire.sendmail("forger@example.com", [sandbox.notify], "X-SFService: Cancelar\r\n\r\n")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            wire.sendmail("forger@example.com", ["other@example.com"], "Subject: no\r\n\r\n")
    assert len(letters(sandbox.imap, 1)) == 1


def test_the_mailbox_may_speak_tls(authority: Authority, csd: KeyPair) -> None:
    """Its certificate verifies with the file that it names."""
    with Sandbox(clock=WorldClock(speed=0), authority=authority, mail_tls=True) as sandbox:
        caller = Caller(sandbox, csd)
        uuid = caller.plan()
        caller.submit(uuid)
        sandbox.advance(5)
        assert sandbox.world.wait_noticed(uuid)
        assert sandbox.imap.tls
        assert len(letters(sandbox.imap, 1)) == 1


def test_any_imap_server_will_do(dovecot_server: DovecotServer, authority: Authority, csd: KeyPair) -> None:
    """Notices are put into an account of Dovecot as well."""
    user, password = dovecot_server.account()
    box = Mailbox(host=dovecot_server.host, port=dovecot_server.port, user=user, password=password)
    with Sandbox(clock=WorldClock(speed=0), authority=authority, mailbox=box) as sandbox:
        caller = Caller(sandbox, csd)
        uuid = caller.plan()
        caller.submit(uuid)
        sandbox.advance(5)
        assert sandbox.world.wait_noticed(uuid)
        assert [each["X-UUIDCancelacion"] for each in letters(box, 1)] == [uuid]
