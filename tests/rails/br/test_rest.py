"""A paused authority is left alone for as long as it says, in bounds."""

from datetime import timedelta

import pytest

from tests.rails.br.answers import event_answer, health, standing
from tests.rails.br.conftest import World, job
from tests.soap.authority import NOON, Act, answer, cut
from worker.domain.outcome import Blocked, NoAnswer, NotTaken, Pause, Pending, Scope

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (answer(health("108", "2026-11-20T15:20:03-03:00")), 20),
        (answer(health("108", "2026-11-21T15:00:00-03:00")), 60),
        (answer(health("108", "2026-11-20T14:00:00-03:00")), 1),
        (answer(health("108")), 1),
        (answer(health("107")), 1),
        (answer(health("108", "soon")), 1),
        (answer(b"<x/>"), 1),
        (answer(b""), 1),
        (cut, 1),
    ],
)
def test_its_return_is_asked_for(world: World, status: Act, expected: int) -> None:
    """Once, of the status service; whatever that says, the pause ends within the hour."""
    world.sefaz.acts = [answer(event_answer("108")), status]
    rail = world.rail()
    told = rail.submit(job(), rail.prepare(job(), NOON))
    assert isinstance(told.outcome, NotTaken)
    assert Pause(Scope.AUTHORITY, expected * MINUTE) == told.outcome.pause
    assert ["dceRecepcaoEvento", "dceStatusServico"] == [exchange.kind for exchange in told.exchanges]


def test_a_question_that_meets_a_pause_asks_as_well(world: World) -> None:
    """And it says nothing about the document."""
    world.sefaz.acts = [answer(standing("109")), answer(health("109", "2026-11-20T15:30:03-03:00"))]
    outcome = world.rail().consult(job()).outcome
    assert isinstance(outcome, NoAnswer)
    assert Pause(Scope.AUTHORITY, 30 * MINUTE) == outcome.pause


def test_a_throttled_account_asks_nobody(world: World) -> None:
    """Silence is what was asked for."""
    world.sefaz.acts = [answer(event_answer("656"))]
    rail = world.rail()
    rail.submit(job(), rail.prepare(job(), NOON))
    assert 1 == len(world.sefaz.heard)


def test_the_status_tells_whether_we_get_in(world: World) -> None:
    """With the issuer's certificate; what stands in the way is named."""
    world.sefaz.acts = [answer(health())]
    assert isinstance(world.rail().status(world.issuers.it).outcome, Pending)
    assert b"<tpAmb>2</tpAmb><cUF>41</cUF><xServ>STATUS</xServ>" in world.sefaz.heard[0].body
    world.vault.secrets.clear()
    outcome = world.rail().status(world.issuers.it).outcome
    assert isinstance(outcome, Blocked)
    assert "a1-missing" == outcome.slug
