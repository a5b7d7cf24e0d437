"""The rail against the sandbox's SEFAZ, which shares no code with it: every life comes to its right end."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count, product

import pytest

from sandbox.certificates_br import Leaf
from sandbox.faults import Fault
from sandbox.sefaz_key import key
from sandbox.server import Sandbox
from tests.rails.br.answers import CNPJ, PROTOCOL
from tests.rails.mx.conftest import Known, OpenVault
from worker.domain import facts
from worker.domain.issuer import Issuer
from worker.domain.job import Job, accept
from worker.domain.outcome import Absent, AlreadyKnown, Confirmed, NoAnswer, NotTaken, Outcome, Pending, Refusal
from worker.engine.ports import Rail
from worker.rails.br.proof import verified
from worker.rails.br.rail import build
from worker.rails.registry import RailContext

NUMBERS = count(1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all of these tests; each has a document of its own."""
    with Sandbox(speed=0) as running:
        running.register.manners.wish({"rejections": None, "queries": None})
        yield running


@pytest.fixture(scope="module")
def leaf(sandbox: Sandbox) -> Leaf:
    """The issuer's A1, which SEFAZ believes."""
    return sandbox.issue_a1(CNPJ)


@pytest.fixture(scope="module")
def archive() -> dict[str, bytes]:
    """What was sent."""
    return {}


@pytest.fixture(scope="module")
def rail(sandbox: Sandbox, leaf: Leaf, archive: dict[str, bytes]) -> Iterator[Rail]:
    """The rail, configured for the sandbox; its connections end before SEFAZ does."""
    sealed = {"pfx": base64.b64encode(leaf.pfx()).decode(), "password": leaf.password}
    issuer = Issuer(
        id="issuer-1", tenant="acme", rail="br", environment="test", tax_id=CNPJ, account=f"test:{CNPJ}", zone="",
    )  # fmt: skip
    http = {"seconds": 20, "ca_bundle": str(sandbox.sefaz_ca_file)}
    made = build(
        RailContext(
            issuers=Known(issuer),
            vault=OpenVault({("acme", "a1", "issuer-1"): json.dumps(sealed).encode()}),
            clock=sandbox.clock,
            settings={"test": {"sefaz": {"endpoint": sandbox.sefaz_url}, "http": http}},
            archived=archive.__getitem__,
        )
    )
    yield made
    made.forget_credentials()


def planned(sandbox: Sandbox, rail: Rail, life: str, **more: object) -> tuple[Job, bytes]:
    """A document with this life, and its signed event."""
    now = sandbox.clock.now()
    made = key(month=f"{now:%y%m}", cnpj=CNPJ, number=next(NUMBERS))
    sandbox.register.admit([{"key": made, "protocol": PROTOCOL, "life": life, **more}])
    request = {
        "key": made, "protocol": PROTOCOL, "justification": "Cliente desistiu da compra", "user_cnpj": CNPJ,
    }  # fmt: skip
    accepted = facts.Accepted(
        at=now, actor="test", tenant="acme", rail="br", environment="test", issuer="issuer-1", document=made,
        round=1, request=request,
    )  # fmt: skip
    asked = accept(accepted)
    return asked, rail.prepare(asked, now)


@pytest.mark.parametrize("family", ["nfe", "mdfe"])
@pytest.mark.parametrize(
    ("life", "kind", "note"),
    [
        ("cancellable", Confirmed, None),
        ("late-homologated", Confirmed, "sefaz-homologated-late"),
        ("registers-but-not-linked", Confirmed, "sefaz-registered-with-reservation"),
        ("already-cancelled-by-other", AlreadyKnown, None),
        ("transport-begun", Refusal, None),
        ("window-closed", Refusal, None),
        ("wrong-protocol", Refusal, None),
        ("unknown", Refusal, None),
        ("paused", NotTaken, None),
    ],
)
def test_each_life_comes_to_its_end(
    sandbox: Sandbox, rail: Rail, family: str, life: str, kind: type[Outcome], note: str | None
) -> None:
    """In either numbering; what is registered has its proof at once."""
    sandbox.register.manners.wish({"family": family})
    asked, signed = planned(sandbox, rail, life)
    told = rail.submit(asked, signed)
    assert kind is type(told.outcome)
    if isinstance(told.outcome, Confirmed):
        assert note == told.outcome.note
        assert asked.document == verified(told.exchanges[1].received or b"").key
        assert 1 == sandbox.register.effects(asked.document)


@pytest.mark.parametrize("style", ["plain", "identified", "escaped"])
def test_each_form_of_the_answer_is_read(sandbox: Sandbox, rail: Rail, style: str) -> None:
    """XML or text, with or without an Id."""
    asked, signed = planned(sandbox, rail, "cancellable", event_style=style)
    assert isinstance(rail.submit(asked, signed).outcome, Confirmed)


@pytest.mark.parametrize("style", ["flat", "nested", "escaped"])
@pytest.mark.parametrize("lost", ["no-code", "no-reason", "no-protocol"])
def test_what_an_answer_lacks_is_asked_for(
    sandbox: Sandbox, rail: Rail, archive: dict[str, bytes], style: str, lost: str
) -> None:
    """The event is found at the authority and is ours, byte for byte."""
    asked, signed = planned(sandbox, rail, "cancellable", event_style=lost, query_style=style)
    assert isinstance(rail.submit(asked, signed).outcome, NoAnswer)
    archive[asked.id] = signed
    told = rail.consult(_kept(asked))
    assert isinstance(told.outcome, Confirmed)
    assert told.outcome.note is None
    assert signed in (told.exchanges[1].received or b"")


@pytest.mark.parametrize(
    ("kind", "acts"),
    [
        *product(("reset", "truncate", "soap-fault", "garbage", "empty", "http"), (True, False)),
        ("mixed-up", True),
    ],
)
def test_a_lost_answer_is_asked_about(sandbox: Sandbox, rail: Rail, kind: str, acts: bool) -> None:
    """Whatever became of the answer, asking finds what became of the event."""
    asked, signed = planned(sandbox, rail, "cancellable", query_style="flat")
    sandbox.faults.add(Fault(operation="event", kind=kind, uuid=asked.document, code=503, acts=acts))
    outcome = rail.submit(asked, signed).outcome
    assert isinstance(outcome, NoAnswer)
    assert outcome.left
    assert (Confirmed if acts else Absent) is type(rail.consult(asked).outcome)
    assert int(acts) == sandbox.register.effects(asked.document)


@pytest.mark.parametrize("duplicate", ["duplicate", "already-cancelled", "cancelled-before"])
def test_the_same_bytes_twice_are_one_event(sandbox: Sandbox, rail: Rail, duplicate: str) -> None:
    """A repeat is known already, and the register has seen one effect."""
    asked, signed = planned(sandbox, rail, "cancellable", duplicate=duplicate)
    rail.submit(asked, signed)
    assert isinstance(rail.submit(asked, signed).outcome, AlreadyKnown)
    assert 1 == sandbox.register.effects(asked.document)


def test_a_cancellation_by_another_is_told_apart(sandbox: Sandbox, rail: Rail, archive: dict[str, bytes]) -> None:
    """Found by asking after the duplicate."""
    asked, signed = planned(sandbox, rail, "already-cancelled-by-other")
    rail.submit(asked, signed)
    archive[asked.id] = signed
    outcome = rail.consult(_kept(asked)).outcome
    assert isinstance(outcome, Confirmed)
    assert "cancelled-elsewhere" == outcome.note


def test_a_cancellation_whose_event_is_hidden_is_waited_for(sandbox: Sandbox, rail: Rail) -> None:
    """Cancelled, says SEFAZ, and shows no event."""
    asked, signed = planned(sandbox, rail, "cancellable", query_style="without-event")
    rail.submit(asked, signed)
    assert isinstance(rail.consult(asked).outcome, Pending)


@pytest.mark.parametrize("code", [108, 109])
def test_a_paused_service_holds_everybody_back(sandbox: Sandbox, rail: Rail, code: int) -> None:
    """An event is not taken, a question is not answered, and neither says anything of the document."""
    asked, signed = planned(sandbox, rail, "cancellable")
    sandbox.register.manners.wish({"paused": code})
    try:
        taken, told = rail.submit(asked, signed).outcome, rail.consult(asked).outcome
    finally:
        sandbox.register.manners.wish({"paused": None})
    assert isinstance(taken, NotTaken)
    assert isinstance(told, NoAnswer)
    assert taken.pause == told.pause
    assert taken.pause is not None
    assert taken.pause.length >= timedelta(minutes=1)


def _kept(asked: Job) -> Job:
    """The job once its event was archived under its own id."""
    return replace(asked, request_hash=asked.id, fence=1)
