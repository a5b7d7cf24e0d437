"""What goes wrong on the wire, seen by a raw client, and what it did to the truth."""

import socket
from http.client import IncompleteRead, RemoteDisconnected
from urllib.parse import urlsplit

import pytest
from lxml import etree

from sandbox import soap
from sandbox.faults import Fault, FaultBook, FaultPlanFault
from tests.sandbox.caller import Caller, post

ONCE, NEVER = {"pac": 1, "sat": 1}, {"pac": 0, "sat": 0}


@pytest.mark.parametrize(("acts", "effects", "then"), [(True, ONCE, 701), (False, NEVER, 200)])
def test_an_answer_is_lost_after_or_before_the_act(
    caller: Caller, acts: bool, effects: dict[str, int], then: int
) -> None:
    """The connection is reset without a byte; the truth tells whether the request was registered."""
    uuid = caller.plan()
    caller.wrong("submit", "reset", acts=acts, uuid=uuid)
    with pytest.raises((ConnectionResetError, RemoteDisconnected)):
        caller.submit(uuid)
    assert caller.sandbox.world.effects(uuid) == effects
    assert caller.submit(uuid).code == then


def test_an_answer_is_cut_off(caller: Caller) -> None:
    """Half of the promised bytes arrive, and the request was registered."""
    uuid = caller.plan()
    caller.wrong("submit", "truncate", uuid=uuid)
    with pytest.raises(IncompleteRead):
        caller.submit(uuid)
    assert caller.sandbox.world.effects(uuid) == ONCE


def test_an_answer_drips(caller: Caller) -> None:
    """The right answer comes byte by byte; a client that hangs up does no harm."""
    uuid = caller.plan()
    caller.wrong("status", "drip", seconds=0.0)
    assert caller.status(uuid).code == 702
    caller.wrong("status", "drip", seconds=60.0)
    place = urlsplit(caller.sandbox.pac_port_url)
    content = (
        f'<n:getStatusCancelacionAsincrona xmlns:n="{caller.namespace}"><n:usuario>a</n:usuario>'
        "</n:getStatusCancelacionAsincrona>"
    )
    body = soap.envelope("1.1", content)
    with socket.create_connection((place.hostname, place.port), 10) as wire:
        head = f"POST {place.path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        wire.sendall(head.encode() + body)
        assert wire.recv(4) == b"HTTP"
    assert caller.status(uuid).code == 702


def test_an_answer_is_huge(caller: Caller) -> None:
    """As many bytes come as were asked for, and they never make sense."""
    caller.wrong("status", "huge", size=3_000_000)
    with pytest.raises(etree.XMLSyntaxError):
        caller.status(caller.plan())


@pytest.mark.parametrize(("kind", "effects"), [("late", ONCE), ("stall", NEVER)])
def test_an_answer_comes_too_late(caller: Caller, kind: str, effects: dict[str, int]) -> None:
    """The client gives up: the late answer tells of an act done at once, the stalled one of an act yet to come."""
    uuid = caller.plan()
    caller.wrong("submit", kind, uuid=uuid, seconds=60)
    caller.patience = 0.2
    with pytest.raises(TimeoutError):
        caller.submit(uuid)
    assert caller.sandbox.world.effects(uuid) == effects


@pytest.mark.parametrize("kind", ["late", "stall"])
def test_a_late_answer_is_the_right_one(caller: Caller, kind: str) -> None:
    """Who waits long enough is served."""
    uuid = caller.plan()
    caller.wrong("submit", kind, uuid=uuid, seconds=0.01)
    assert caller.submit(uuid).code == 200
    assert caller.sandbox.world.effects(uuid) == ONCE


def test_a_request_arrives_twice(caller: Caller) -> None:
    """Something on the road repeats the request: one effect, and the sender hears 701."""
    uuid = caller.plan()
    caller.wrong("submit", "twice", uuid=uuid)
    assert caller.submit(uuid).code == 701
    assert caller.sandbox.world.effects(uuid) == ONCE


@pytest.mark.parametrize("code", [500, 502, 503, 404])
def test_an_http_error(caller: Caller, code: int) -> None:
    """A page for people under an HTTP error, after the act unless said otherwise."""
    uuid = caller.plan()
    caller.wrong("submit", "http", uuid=uuid, code=code)
    assert caller.submit(uuid).http == code
    assert caller.sandbox.world.effects(uuid) == ONCE


def test_a_soap_fault(caller: Caller) -> None:
    """A fault of the service travels under HTTP 500."""
    caller.wrong("status", "soap-fault")
    heard = caller.status(caller.plan())
    assert (heard.http, "faultstring" in heard.fields) == (500, True)


@pytest.mark.parametrize("code", [500, 501, 702, 999])
def test_another_code(caller: Caller, code: int) -> None:
    """A well-formed answer that says something else, before or after the act."""
    uuid = caller.plan()
    caller.wrong("submit", "code", code=code, acts=False)
    assert (caller.submit(uuid).code, caller.sandbox.world.effects(uuid)) == (code, NEVER)
    caller.wrong("submit", "code", code=code)
    assert (caller.submit(uuid).code, caller.sandbox.world.effects(uuid)) == (code, ONCE)


@pytest.mark.parametrize("kind", ["garbage", "empty"])
def test_nonsense(caller: Caller, kind: str) -> None:
    """HTTP 200 with bytes that are no answer."""
    caller.wrong("status", kind)
    with pytest.raises(etree.XMLSyntaxError):
        caller.status(caller.plan())


def test_answers_are_mixed_up(caller: Caller) -> None:
    """The answer speaks of another document, in its message and in its receipt."""
    uuid = caller.plan()
    caller.wrong("submit", "mixed-up")
    assert uuid.lower() not in caller.submit(uuid).fields["mensaje"]
    caller.sandbox.advance(10)
    caller.wrong("status", "mixed-up")
    assert uuid.encode() not in caller.status(uuid).acuse


def test_sat_fails_too(caller: Caller) -> None:
    """The status service has the same faults."""
    uuid = caller.plan()
    caller.wrong("sat", "http", code=503)
    assert caller.sat(uuid).http == 503
    assert caller.sat(uuid).http == 200


def test_a_fault_is_for_its_document_and_counted(caller: Caller) -> None:
    """A fault with a UUID spares the others, and ``times`` wears off."""
    one, two = caller.plan(), caller.plan()
    caller.wrong("status", "http", uuid=one.lower(), times=2, code=503)
    assert [caller.status(two).http, caller.status(one).http, caller.status(one).http, caller.status(one).http] == [
        200,
        503,
        503,
        200,
    ]


def test_faults_for_ever_end_when_cleared() -> None:
    """``times`` None never wears off."""
    book = FaultBook()
    book.add(Fault(operation="sat", kind="empty", times=None))
    assert all(book.take("sat", None) for _turn in range(3))
    assert book.take("status", None) is None
    book.clear()
    assert (book.take("sat", None), book.waiting()) == (None, 0)


def test_unknown_faults_are_refused_whole() -> None:
    """One unknown fault refuses the whole list."""
    book = FaultBook()
    for wrong in (
        {"operation": "submit", "kind": "early"},
        {"operation": "pac", "kind": "reset"},
        {"operation": "submit", "kind": "reset", "wann": 1},
        {"operation": "submit", "kind": "reset", "times": 0},
    ):
        with pytest.raises(FaultPlanFault):
            book.plan([{"operation": "sat", "kind": "empty"}, wrong])
    assert book.waiting() == 0


def test_a_body_that_is_no_xml_is_a_soap_fault(caller: Caller) -> None:
    """Bytes that are no envelope are answered, not crashed on."""
    for url in (caller.sandbox.pac_url, caller.sandbox.sat_url, caller.sandbox.pac_port12_url):
        assert post(url, b"UUID|02|", {"Content-Type": "text/xml"})[0] == 500
