"""Documents live as planned: PAC, SAT and the truth tell the same story at every moment."""

from typing import Any

import pytest

from sandbox.clock import WorldClock
from sandbox.documents import PlanFault
from sandbox.lives import LIVES
from sandbox.truth import World
from tests.sandbox.caller import RECEIVER, Caller

VIGENTE, GONE, NONE = "Vigente", "Cancelado", "No Encontrado"
FREE, ASKING, NEVER = "Cancelable sin aceptación", "Cancelable con aceptación", "No cancelable"
PENDING = (211, VIGENTE, ASKING, "En proceso", "pending")

# For each life: the answer to the submit, then stations: seconds since, getStatus, the three words of SAT, the truth.
STORIES: dict[str, tuple[int, list[tuple[float, int, str, str, str, str]]]] = {
    "accepted": (
        200,
        [
            (0, 211, VIGENTE, FREE, "", "pending"),
            (2, 200, VIGENTE, FREE, "En proceso", "pending"),
            (5, 200, GONE, FREE, "Cancelado sin aceptación", "cancelled"),
        ],
    ),
    "receiver-accepts": (
        200,
        [(2, *PENDING), (299, *PENDING), (300, 200, GONE, ASKING, "Cancelado con aceptación", "cancelled")],
    ),
    "receiver-refuses": (
        200,
        [(2, *PENDING), (300, 213, VIGENTE, ASKING, "Solicitud rechazada", "refused")],
    ),
    "receiver-silent": (200, [(2, *PENDING), (300, 200, GONE, ASKING, "Plazo vencido", "cancelled")]),
    "not-cancellable": (204, [(0, 204, VIGENTE, NEVER, "", "refused")]),
    "not-cancellable-later": (
        200,
        [(0, 211, VIGENTE, NEVER, "", "pending"), (5, 204, VIGENTE, NEVER, "", "refused")],
    ),
    "unknown-at-sat": (
        200,
        [
            (0, 200, NONE, "", "", "pending"),
            (300, 200, VIGENTE, FREE, "En proceso", "pending"),
            (305, 200, GONE, FREE, "Cancelado sin aceptación", "cancelled"),
        ],
    ),
    "already-cancelled": (
        200,
        [
            (0, 211, GONE, FREE, "Cancelado sin aceptación", "pending"),
            (2, 200, GONE, FREE, "Cancelado sin aceptación", "cancelled"),
        ],
    ),
    "foreign": (623, [(0, 702, VIGENTE, FREE, "", "untouched")]),
    "in-process-for-ever": (200, [(2, *PENDING), (90 * 86_400, *PENDING)]),
}


@pytest.mark.parametrize("life", STORIES)
def test_a_life_is_lived_as_planned(caller: Caller, life: str) -> None:
    """At every moment the PAC, SAT and the truth say what the plan says."""
    submitted, story = STORIES[life]
    uuid = caller.plan(life, receiver=RECEIVER, total="1500.50")
    assert caller.submit(uuid).code == submitted
    lived = 0.0
    for after, *wanted in story:
        caller.sandbox.advance(after - lived)
        lived = after
        status, sat = caller.status(uuid), caller.sat(uuid).fields
        told = [sat[name] for name in ("Estado", "EsCancelable", "EstatusCancelacion")]
        assert [status.code, *told, caller.sandbox.world.state(uuid)] == wanted
    assert caller.sandbox.world.effects(uuid)["pac"] == (1 if submitted == 200 else 0)


def test_receipts_follow_the_life(caller: Caller) -> None:
    """There is no receipt while SAT has not answered; then it says 201, 202 for what was cancelled before, or 205."""
    plans = {"accepted": b">201<", "already-cancelled": b">202<", "unknown-at-sat": b">205<"}
    uuids = {life: caller.plan(life) for life in plans}
    for life, uuid in uuids.items():
        caller.submit(uuid)
        if life != "unknown-at-sat":
            assert caller.status(uuid).fields["acuseSat"] == ""
    caller.sandbox.advance(2)
    for life, uuid in uuids.items():
        acuse = caller.status(uuid).acuse
        assert plans[life] in acuse
        assert uuid.encode() in acuse


def test_a_refused_request_may_be_made_again(caller: Caller) -> None:
    """After a refusal a new request is registered, and lives the next life of the plan."""
    uuid = caller.plan(["receiver-refuses", "receiver-accepts"])
    assert [caller.submit(uuid).code, caller.submit(uuid).code] == [200, 701]
    caller.sandbox.advance(300)
    assert caller.submit(uuid).code == 200
    caller.sandbox.advance(300)
    assert (caller.status(uuid).code, caller.sandbox.world.state(uuid)) == (200, "cancelled")
    assert caller.sandbox.world.effects(uuid) == {"pac": 2, "sat": 2}


def test_the_end_of_a_life_may_be_moved(caller: Caller) -> None:
    """``answer_after`` says when a receiver answers."""
    uuid = caller.plan("receiver-silent", answer_after=10)
    caller.submit(uuid)
    caller.sandbox.advance(9)
    assert caller.status(uuid).code == 211
    caller.sandbox.advance(1)
    assert caller.status(uuid).code == 200


@pytest.mark.parametrize(
    ("facts", "codigo"),
    [
        ({}, "S - "),
        ({"total": "1500.50"}, "S - "),
        ({"total": "1500.51"}, "N - 602"),
        ({"receiver": "XAXX010101000"}, "N - 602"),
        ({"issuer": "H&E951128469"}, "N - 602"),
        ({"total": "1,500.50"}, "N - 601"),
        ({"total": ""}, "N - 601"),
    ],
)
def test_sat_answers_those_who_know(caller: Caller, facts: dict[str, str], codigo: str) -> None:
    """A wrong RFC or total is 'not found', never an error; an unreadable expression is 601."""
    uuid = caller.plan(receiver=RECEIVER, total="1500.50")
    assert caller.sat(uuid, **facts).fields["CodigoEstatus"].startswith(codigo)


def test_sat_wants_the_ampersand_escaped_twice(caller: Caller) -> None:
    """An RFC with ``&`` is found when it is escaped inside the expression as well, and not otherwise."""
    uuid = caller.plan(issuer="H&E951128469", receiver=RECEIVER, total="1500.50")
    assert caller.sat(uuid, issuer="H&E951128469").fields["Estado"] == VIGENTE
    assert caller.sat(uuid, issuer="H&amp;E951128469").fields["Estado"] == NONE


def test_a_plan_that_cannot_be_followed_is_refused_whole() -> None:
    """An unknown life, style or key refuses the whole list."""
    world = World(WorldClock())
    wishes: list[dict[str, Any]] = [
        {"life": "happy"},
        {"acuse_style": "nice"},
        {"vida": 1},
        {"total": "x"},
        {"life": []},
    ]
    for wrong in wishes:
        with pytest.raises(PlanFault):
            world.admit([{"uuid": "a"}, {"uuid": "b", **wrong}])
    assert world.told()["documents"] == {}


def test_every_life_has_a_beginning() -> None:
    """A life that can be registered says where it stands at the moment of registration."""
    assert [name for name, life in LIVES.items() if life.at_submit in (200, 211) and life.stages[0].after != 0] == []
