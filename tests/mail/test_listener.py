"""A listener finds every notice whatever the server does, and stays away when it should."""

from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from tests.mail.scripted import Act, Scripted, Talk, no, ok
from tests.mail.world import (
    DOCUMENT,
    FOREIGN,
    FixedClock,
    Kept,
    Pauses,
    account,
    listener,
    notice_mail,
    read,
    running,
)
from worker.mail.account import Account, Security
from worker.mail.health import Mood
from worker.mail.listener import Listener, Rhythm
from worker.mail.source import Source


def test_a_notice_that_arrives_during_idle_is_taken_at_once() -> None:
    """A push ends the IDLE, the scan that follows takes the notice and moves the mail away."""
    kept = Kept()
    with Scripted() as server, running(listener(account(server.host, server.port), kept)):
        server.await_command("IDLE")
        server.arrive(3, notice_mail())
        notice = kept.await_notices(1)[0]
        server.await_command("IDLE", 2)

        assert server.folders == {"Processed": [3]}

    assert (
        notice.document,
        notice.letter.uid,
        notice.letter.uidvalidity,
        notice.letter.message_id,
    ) == (DOCUMENT, 3, 7, "<1@pac.example>")
    assert timedelta(hours=-6) == notice.letter.received_at.utcoffset()


def hang_up(talk: Talk, line: str) -> None:
    """The server closes without a word: an IDLE that ends early and empty."""
    talk.send("+ idling\r\n")
    talk.close()


def say_bye(talk: Talk, line: str) -> None:
    """The server says goodbye and closes."""
    talk.send("+ idling\r\n* BYE going down\r\n")
    talk.close()


def say_bye_and_stay(talk: Talk, line: str) -> None:
    """The server says goodbye and does neither close nor answer."""
    talk.send("+ idling\r\n* BYE going down\r\n")


def break_off(talk: Talk, line: str) -> None:
    """The line ends in the middle of a response."""
    talk.send("+ idling\r\n* 2 EXI")
    talk.close()


def babble(talk: Talk, line: str) -> None:
    """The server speaks something that is not IMAP."""
    talk.send("+ idling\r\nHTTP/1.1 502 Bad Gateway\r\n")


def fall_silent(talk: Talk, line: str) -> None:
    """The link is half open: nothing comes back any more, not even to DONE."""
    talk.send("+ idling\r\n")
    talk.line()


@pytest.mark.parametrize("fault", [hang_up, say_bye, say_bye_and_stay, break_off, babble, fall_silent])
def test_a_broken_idle_means_a_new_connection(fault: Act) -> None:
    """Whatever breaks during IDLE, the next connection scans and finds what came meanwhile."""
    kept, pauses = Kept(), Pauses()
    with Scripted() as server:

        def arrive_and_fail(talk: Talk, line: str) -> None:
            server.arrive(1, notice_mail(), tell=False)
            fault(talk, line)

        server.acts["IDLE"] = [arrive_and_fail]
        where = replace(account(server.host, server.port), read_timeout=0.3)
        watching = listener(where, kept, pauses=pauses, rhythm=Rhythm(idle=timedelta(seconds=0.2)))
        with running(watching):
            kept.await_notices(1)

            assert server.connections == 2
            assert pauses.seconds == [1.0]
            assert watching.health.faults == 1


def test_a_response_split_over_two_packets_is_read_whole() -> None:
    """Half a line is no reason for a new connection as long as the rest comes."""
    kept = Kept()
    with Scripted() as server:

        def in_two(talk: Talk, line: str) -> None:
            server.arrive(1, notice_mail(), tell=False)
            talk.send("+ idling\r\n")
            talk.send("* 1 EXI")
            assert talk.line() == "DONE"
            talk.send("STS\r\n")
            talk.send(ok(line))

        server.acts["IDLE"] = [in_two]
        with running(listener(account(server.host, server.port), kept)):
            kept.await_notices(1)

            assert server.connections == 1


def test_news_in_one_packet_with_the_consent_to_idle_is_heard() -> None:
    """A push that lies in our own buffer already when the waiting begins does not wait for the end of the IDLE."""
    kept = Kept()
    with Scripted() as server:

        def at_once(talk: Talk, line: str) -> None:
            server.arrive(1, notice_mail(), tell=False)
            talk.send("+ idling\r\n* 1 EXISTS\r\n")
            assert talk.line() == "DONE"
            talk.send(ok(line))

        server.acts["IDLE"] = [at_once]
        with running(listener(account(server.host, server.port), kept)):
            kept.await_notices(1)


def test_news_told_with_another_answer_is_not_slept_over() -> None:
    """A server tells of a mail once, perhaps after the search that missed it; the second select finds out."""
    kept = Kept()
    with Scripted() as server:
        server.mails[1] = FOREIGN

        def late(talk: Talk, line: str) -> None:
            server.arrive(2, notice_mail(), tell=False)
            talk.send(f"* SEARCH 1\r\n* 2 EXISTS\r\n{ok(line)}")

        server.acts["SEARCH"] = [late]
        with running(listener(account(server.host, server.port), kept)):
            kept.await_notices(1)

            assert server.count("IDLE") == 0


def test_idle_is_renewed_with_a_scan_in_between() -> None:
    """Every IDLE ends after its time, and the folder is scanned before the next."""
    with Scripted() as server:
        rhythm = Rhythm(idle=timedelta(milliseconds=50))
        with running(listener(account(server.host, server.port), Kept(), rhythm=rhythm)):
            server.mails[1] = FOREIGN
            server.await_command("IDLE", 3)

            assert server.connections == 1
            assert server.count("SEARCH") >= 2
            assert server.count("FETCH") == 1


def test_a_server_without_idle_is_polled() -> None:
    """Without the capability the folder is scanned every minute."""
    kept, pauses = Kept(), Pauses()
    with Scripted() as server:
        server.capabilities = "IMAP4rev1"
        watching = listener(account(server.host, server.port), kept, pauses=pauses)
        with running(watching):
            pauses.await_pauses(1)
            server.arrive(1, notice_mail(), tell=False)
            kept.await_notices(1)

            assert server.count("IDLE") == 0
            assert pauses.seconds[0] == 60.0
            server.await_command("STORE")


def test_without_move_a_read_mail_is_marked_and_nothing_is_ever_removed() -> None:
    """Where the server can't move, the mail stays and is marked as seen; no EXPUNGE, no CLOSE."""
    kept = Kept()
    with Scripted() as server:
        server.capabilities = "IMAP4rev1 IDLE"
        server.mails = {1: notice_mail(1), 2: notice_mail(2), 3: FOREIGN}
        with running(listener(account(server.host, server.port), kept)):
            server.await_command("IDLE")

            assert server.seen == [1, 2]
            assert {1, 2, 3} == set(server.mails)
        assert server.count("EXPUNGE") + server.count("CLOSE") == 0


def test_a_changed_uidvalidity_means_reading_everything_again() -> None:
    """When the folder is renumbered the same uids are other mails; those already known change nothing."""
    kept = Kept()
    with Scripted() as server:
        server.capabilities = "IMAP4rev1 IDLE"
        server.mails = {1: notice_mail(1)}
        watching = listener(account(server.host, server.port), kept)
        with running(watching):
            server.await_command("IDLE")
            server.uidvalidity = 8
            server.arrive(2, notice_mail(2))
            kept.await_calls(3)
            notices = kept.await_notices(2)

        assert [(each.letter.uid, each.letter.uidvalidity) for each in notices] == [(1, 7), (2, 8)]
        assert (watching.health.uidvalidity, watching.health.renumbered) == (8, 1)


def test_failures_in_a_row_are_waited_out_longer_and_longer() -> None:
    """A server that always hangs up is asked again after 1, 2, 4 … seconds, at most five minutes."""
    pauses = Pauses()
    with Scripted() as server:
        server.acts["SELECT"] = [lambda talk, line: talk.close()] * 11
        with running(listener(account(server.host, server.port), Kept(), pauses=pauses)):
            server.await_command("IDLE")

        assert pauses.seconds == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_connection_that_lasted_ends_the_back_off() -> None:
    """After a connection of more than a minute the next failure is a first one."""
    pauses, clock = Pauses(), FixedClock()

    def enter(where: Account, refresh: bool) -> Source:
        if len(pauses.seconds) == 3:
            clock.advance(timedelta(minutes=2))
        raise OSError("no route")

    watching = Listener(
        account("127.0.0.1", 1), rail="mx", read=read, take=Kept().take, clock=clock, pause=pauses, enter=enter
    )
    with running(watching):
        seconds = pauses.await_pauses(4)

    assert seconds[2] >= 4
    assert seconds[3] < 2
    assert watching.health.fault == "mail-fault"


def test_a_refused_password_is_not_tried_in_a_loop() -> None:
    """The server may lock the account, so the listener stays away for a quarter of an hour and tells why."""
    pauses = Pauses()
    with Scripted() as server:
        server.acts["LOGIN"] = [no("[AUTHENTICATIONFAILED] who are you")] * 3
        watching = listener(account(server.host, server.port), Kept(), pauses=pauses)
        with running(watching):
            server.await_command("IDLE")

        assert pauses.seconds == [900, 1800, 3600]
        assert watching.health.faults == 3


def test_a_server_in_trouble_is_not_taken_for_a_refusal() -> None:
    """``[UNAVAILABLE]`` says nothing about the password: it is waited out as any other fault."""
    pauses = Pauses()
    with Scripted() as server:
        server.acts["LOGIN"] = [no("[UNAVAILABLE] try later"), lambda talk, line: talk.close()]
        with running(listener(account(server.host, server.port), Kept(), pauses=pauses)):
            server.await_command("IDLE")

        assert pauses.seconds == [1, 2]


def test_a_refused_token_is_renewed_soon_and_once() -> None:
    """The first refusal of a token is followed by a fresh one within seconds, the next by a long wait."""
    pauses, asked, said = Pauses(), list[bool](), list[bytes]()

    def token(refresh: bool) -> str:
        asked.append(refresh)
        return "token"

    def welcome(talk: Talk, line: str) -> None:
        talk.send("+ \r\n")
        said.append(b64decode(talk.line()))
        talk.send(ok(line))

    with Scripted() as server:
        server.acts["AUTHENTICATE"] = [no("[AUTHENTICATIONFAILED] expired")] * 2 + [welcome]
        where = Account(mailbox="m", host=server.host, port=server.port, user="u", token=token, security=Security.PLAIN)
        with running(listener(where, Kept(), pauses=pauses)):
            server.await_command("IDLE")

    assert pauses.seconds == [1, 1800]
    assert asked == [False, True, True]
    assert said == [b"user=u\x01auth=Bearer token\x01\x01"]


def test_a_mail_that_the_server_cannot_deliver_hides_no_other() -> None:
    """A mail on which every fetch breaks is found by asking for fewer at once, and given up after three tries."""
    kept = Kept()
    with Scripted() as server:
        server.mails = {uid: notice_mail(uid) for uid in range(1, 41)}

        def choke(talk: Talk, line: str) -> None:
            server.acts["FETCH"].append(choke)
            if "23" in line.split()[3].split(","):
                talk.close()
            else:
                server._fetch(talk, line)

        server.acts["FETCH"] = [choke]
        watching = listener(account(server.host, server.port), kept)
        with running(watching):
            kept.await_notices(39)
            server.await_command("IDLE")

        assert {23} == set(server.mails)
        assert watching.health.given_up == 1


def test_a_ledger_that_is_down_costs_time_and_no_notice() -> None:
    """While nothing can be kept nothing is moved away, and everything is taken once the ledger is back."""
    kept = Kept()
    with Scripted() as server:
        server.mails = {uid: notice_mail(uid) for uid in range(1, 21)}
        kept.faults = [RuntimeError("down") for _ in range(60)]
        rhythm = Rhythm(retry=timedelta(milliseconds=1))
        with running(listener(account(server.host, server.port), kept, rhythm=rhythm)):
            notices = kept.await_notices(20)

        assert {None} == {notice.slug for notice in notices}
        assert {"Processed"} == set(server.folders)
        assert set(range(1, 21)) == set(server.folders["Processed"])


def test_stopping_interrupts_the_idle_and_says_goodbye() -> None:
    """A stop is obeyed within a second or two, politely."""
    watching_over = Event()
    with Scripted() as server:
        watching = listener(account(server.host, server.port), Kept())
        with running(watching) as stop:
            server.await_command("IDLE")
            stop.set()
            server.await_command("LOGOUT")
            watching_over.set()

    assert watching_over.is_set()
    assert Mood.STOPPED is watching.health.mood


def test_health_is_told_and_a_deaf_ear_does_no_harm() -> None:
    """``beat`` hears of every change; when it fails the listener goes on."""
    moods: list[Mood] = []

    def beat(health: object) -> None:
        moods.append(watching.health.mood)
        raise RuntimeError("nobody listens")

    with Scripted() as server:
        watching = Listener(
            account(server.host, server.port), rail="mx", read=read, take=Kept().take, clock=FixedClock(), beat=beat
        )
        with running(watching):
            server.await_command("IDLE")

    assert {Mood.CONNECTING, Mood.IDLING, Mood.STOPPED} == set(moods)
    assert watching.health.connections == 1


def test_a_scan_comes_every_ten_minutes_at_least() -> None:
    """A rhythm that leaves the mailbox alone for longer is refused."""
    with pytest.raises(ValueError, match="ten minutes"):
        Rhythm(idle=timedelta(minutes=29))
