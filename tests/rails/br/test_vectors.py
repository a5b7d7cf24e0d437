"""A shared collection of SEFAZ's answers, where it is at hand (``CANCELA_VECTORS_BR``): each is read to its outcome."""

import os
import re
from pathlib import Path

import pytest

from tests.rails.br.conftest import World
from tests.soap.authority import answer
from worker.domain import facts
from worker.domain.job import Job, accept
from worker.domain.outcome import (
    Absent,
    AlreadyKnown,
    Blocked,
    Confirmed,
    Curable,
    NoAnswer,
    NotTaken,
    Pending,
    Refusal,
    Unknown,
)
from worker.engine.ports import Answer
from worker.rails.br.proof import verified

FOLDER = Path(os.environ.get("CANCELA_VECTORS_BR", "/nowhere"))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="CANCELA_VECTORS_BR names no folder")

KEY = "35250510142785000190990000000000011308085037"
KINDS = {
    "135": Confirmed, "136": Confirmed, "155": Confirmed, "108": NotTaken, "109": NotTaken, "656": NotTaken,
    "678": NotTaken, "213": Blocked, "281": Blocked, "215": Refusal, "219": Refusal, "220": Refusal, "222": Refusal,
    "252": Refusal, "297": Refusal, "494": Refusal, "501": Refusal, "587": Refusal, "218": AlreadyKnown,
    "420": AlreadyKnown, "573": AlreadyKnown, "631": AlreadyKnown, "578": Curable, "635": Curable, "777": Unknown,
    "999": NoAnswer,
}  # fmt: skip
ASKED = {
    "100": Absent, "101-flat-proc": Confirmed, "101-nested-proc": Confirmed, "101-no-proc": Pending,
    "217": Absent, "494": Absent,
}  # fmt: skip
BAD = {
    "5101": "answer-unreadable", "5102": "answer-without-code", "5103": "answer-without-text",
    "5104": "answer-incomplete", "5105": "answer-empty",
}  # fmt: skip


def files(pattern: str) -> list[Path]:
    """Answers by name."""
    return sorted((FOLDER / "soap").glob(pattern)) if FOLDER.is_dir() else []


def job(world: World) -> tuple[Job, bytes]:
    """The job of the collection's document, with the event that was sent for it."""
    signed = (FOLDER / "events" / "01-seed-example" / "signed.xml").read_bytes()
    accepted = facts.Accepted(
        at=world.clock.now(), actor="test", tenant="acme", rail="br", environment="test", issuer="issuer-1",
        document=KEY, round=1, request={"key": KEY},
    )  # fmt: skip
    return world.kept(accept(accepted), signed), signed


def submitted(world: World, file: Path) -> Answer:
    """What the answer in this file makes of a submit."""
    made, signed = job(world)
    world.sefaz.acts = [answer(file.read_bytes())]
    return world.rail().submit(made, signed)


@pytest.mark.parametrize("file", files("response.evento.*.xml"), ids=lambda file: file.stem)
def test_each_answer_to_an_event(world: World, file: Path) -> None:
    """By its code; one about another key is no answer."""
    told = submitted(world, file)
    code = re.findall(r"\d{3}", file.name)[0]
    expected = NoAnswer if "wrong-key" in file.name else KINDS[code]
    assert expected is type(told.outcome)
    if expected is Confirmed:
        assert "3352500000099999" == verified(told.exchanges[1].received or b"").protocol


@pytest.mark.parametrize("file", files("response.consulta.*.xml"), ids=lambda file: file.stem)
def test_each_answer_to_a_question(world: World, file: Path) -> None:
    """Flat and nested events are ours, since they are the very ones that were sent."""
    made, signed = job(world)
    world.sefaz.acts = [answer(file.read_bytes())]
    told = world.rail().consult(made)
    expected = ASKED[file.stem.removeprefix("response.consulta.")]
    assert expected is type(told.outcome)
    if isinstance(told.outcome, Confirmed):
        assert told.outcome.note is None
        assert signed in (told.exchanges[1].received or b"")


@pytest.mark.parametrize("file", files("response.bad.*"), ids=lambda file: file.stem)
def test_each_broken_answer(world: World, file: Path) -> None:
    """Never a crash, never an ending."""
    outcome = submitted(world, file).outcome
    assert isinstance(outcome, NoAnswer)
    assert (BAD[file.name.split(".")[2][:4]], True) == (outcome.slug, outcome.left)


@pytest.mark.parametrize("file", files("response.fault.*"), ids=lambda file: file.stem)
def test_each_fault(world: World, file: Path) -> None:
    """Of either SOAP version."""
    outcome = submitted(world, file).outcome
    assert isinstance(outcome, NoAnswer)
    assert ("answer-soap-fault", True) == (outcome.slug, outcome.left)
