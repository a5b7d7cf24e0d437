"""Notices alone: with polling set to a day, mails in a real Dovecot bring every notified job to its end."""

from collections.abc import Callable, Iterator

import pytest

from sandbox.mailroom import Mailbox
from sandbox.server import Sandbox
from tests.services.dovecot import DovecotServer
from tests.story.town import ONCE_A_DAY, Town, eventually
from worker.domain.states import State

pytestmark = pytest.mark.slow


@pytest.fixture
def sandbox(dovecot: DovecotServer) -> Iterator[Sandbox]:
    """Authorities whose notices go to a mailbox in Dovecot."""
    user, password = dovecot.account()
    mailbox = Mailbox(host=dovecot.host, port=dovecot.port, user=user, password=password)
    with Sandbox(speed=60, mailbox=mailbox) as sandbox:
        yield sandbox


def test_notices_alone_end_every_notified_job(found_town: Callable[..., Town], dovecot: DovecotServer) -> None:
    """Across a killed listener, a restarted mail server and a changed UIDVALIDITY, nothing is missed."""
    town = found_town(patience=ONCE_A_DAY)
    town.start("up")
    town.start("mail")
    plan = dict.fromkeys(town.announce("receiver-accepts", count=5), State.CANCELLED)
    plan |= dict.fromkeys(town.announce("receiver-refuses", count=5), State.REFUSED)
    town.ask(plan)
    assert plan == town.settled()

    town.kill("mail")
    town.kill("up")
    more = dict.fromkeys(town.announce("receiver-accepts", count=3), State.CANCELLED)
    town.ask(more)
    town.start("up")
    eventually(lambda: all(town.states()[uuid] is not State.QUEUED for uuid in more), what="sent")
    dovecot.restart()  # the connection in IDLE is gone
    assert plan | more == town.settled()

    dovecot.change_uidvalidity(town.sandbox.imap.user)
    last = dict.fromkeys(town.announce("receiver-accepts", count=3), State.CANCELLED)
    town.ask(last)
    assert plan | more | last == town.settled()
    facts = {fact for job in town.desk.jobs.find("en", limit=100)[0] for fact in town.facts(job.id)}
    assert "noticed" in facts
    assert max(town.effects().values()) == 1
