"""What goes wrong between a client and SEFAZ's stand-in, and what it did to the register."""

from http.client import IncompleteRead, RemoteDisconnected

import pytest
from lxml import etree

from sandbox.sefaz import OTHER_KEY
from tests.sandbox.sefaz_caller import SECONDS, SefazCaller


@pytest.mark.parametrize(("acts", "effects", "then"), [(True, 1, 573), (False, 0, 135)])
def test_an_answer_is_lost_after_or_before_the_act(sefaz: SefazCaller, acts: bool, effects: int, then: int) -> None:
    """The connection is reset without a byte; the register tells whether the event counts."""
    one = sefaz.plan()
    sefaz.wrong("event", "reset", acts=acts, key=one)
    with pytest.raises((ConnectionResetError, RemoteDisconnected)):
        sefaz.event(one)
    assert (effects, then) == (sefaz.sandbox.register.effects(one), sefaz.event(one).code)


def test_an_answer_is_cut_off(sefaz: SefazCaller) -> None:
    """Half of the promised bytes arrive, and the event was registered."""
    one = sefaz.plan()
    sefaz.wrong("event", "truncate", key=one)
    with pytest.raises((IncompleteRead, OSError)):
        sefaz.event(one)
    assert 1 == sefaz.sandbox.register.effects(one)


@pytest.mark.parametrize(("kind", "code"), [("late", 101), ("stall", 100)])
def test_an_answer_comes_too_late(sefaz: SefazCaller, kind: str, code: int) -> None:
    """The client gives up: the late answer tells of an act done at once, the stalled one of an act yet to come."""
    one = sefaz.plan()
    sefaz.wrong("event", kind, key=one, seconds=60)
    sefaz.patience = 0.5
    with pytest.raises(TimeoutError):
        sefaz.event(one)
    sefaz.patience = SECONDS
    assert code in (sefaz.query(one).code for _turn in range(10))


def test_an_event_arrives_twice(sefaz: SefazCaller) -> None:
    """Something on the road repeats the request: one effect, and the sender hears of a duplicate."""
    one = sefaz.plan()
    sefaz.wrong("event", "twice", key=one)
    assert (573, 1) == (sefaz.event(one).code, sefaz.sandbox.register.effects(one))


@pytest.mark.parametrize("operation", ["event", "query", "service"])
@pytest.mark.parametrize(("kind", "http"), [("http", 503), ("soap-fault", 500)])
def test_every_service_fails(sefaz: SefazCaller, operation: str, kind: str, http: int) -> None:
    """A page for people, or a fault of SOAP 1.2, on each of the three."""
    one = sefaz.plan()
    sefaz.wrong(operation, kind, code=503)
    calls = {"event": lambda: sefaz.event(one), "query": lambda: sefaz.query(one), "service": sefaz.service}
    assert http == calls[operation]().http


@pytest.mark.parametrize("kind", ["garbage", "empty", "huge"])
def test_nonsense(sefaz: SefazCaller, kind: str) -> None:
    """HTTP 200 with bytes that are no answer."""
    sefaz.wrong("query", kind, size=300_000)
    with pytest.raises(etree.XMLSyntaxError):
        sefaz.query(sefaz.plan())


@pytest.mark.parametrize("code", [108, 578, 656, 777, 999])
def test_another_code(sefaz: SefazCaller, code: int) -> None:
    """A well-formed answer that says something else, before the act or in spite of it."""
    one = sefaz.plan()
    sefaz.wrong("event", "code", code=code, acts=False, key=one)
    assert (code, 0) == (sefaz.event(one).code, sefaz.sandbox.register.effects(one))
    sefaz.wrong("event", "code", code=code, key=one)
    assert (code, 1) == (sefaz.event(one).code, sefaz.sandbox.register.effects(one))
    for operation in ("query", "service"):
        sefaz.wrong(operation, "code", code=code)
    assert [code, code] == [sefaz.query(one).code, sefaz.service().code]


def test_answers_are_mixed_up(sefaz: SefazCaller) -> None:
    """The answer speaks of another DC-e, for events and for queries."""
    one = sefaz.plan()
    for operation in ("event", "query"):
        sefaz.wrong(operation, "mixed-up")
    answers = [sefaz.event(one), sefaz.query(one)]
    assert [OTHER_KEY, OTHER_KEY] == [each.fields["chDCe"] for each in answers]
    assert not any(one in each.text for each in answers)


def test_an_answer_drips(sefaz: SefazCaller) -> None:
    """The right answer comes byte by byte."""
    one = sefaz.plan()
    sefaz.wrong("event", "drip", seconds=0.0, key=one)
    assert 135 == sefaz.event(one).code


def test_a_fault_is_for_its_document(sefaz: SefazCaller) -> None:
    """A fault with a key spares the others."""
    one, two = sefaz.plan(), sefaz.plan()
    sefaz.wrong("event", "http", key=one, code=503)
    assert [200, 503, 200] == [sefaz.event(two).http, sefaz.event(one).http, sefaz.event(one).http]
