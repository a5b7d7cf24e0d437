"""The rail against the sandbox's PAC and SAT, which share no code with it: every life comes to its right end."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.certificates import KeyPair
from sandbox.faults import Fault
from sandbox.server import Sandbox
from tests.rails.mx.answers import ISSUER
from tests.rails.mx.conftest import Known, OpenVault, job
from tests.soap.authority import SetClock
from worker.domain.issuer import Issuer
from worker.domain.job import Job
from worker.domain.outcome import AlreadyKnown, Confirmed, NoAnswer, Outcome, Pending, Refusal
from worker.engine.ports import Rail
from worker.rails.registry import RailContext, build

RECEIVER, TOTAL = "CACX7605101P8", "100.00"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all of these tests; each has a document of its own."""
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def pair(sandbox: Sandbox) -> KeyPair:
    """The issuer's CSD, which the sandbox believes."""
    return sandbox.issue(ISSUER)


@pytest.fixture(scope="module", params=["1.1", "1.2"])
def rail(request: pytest.FixtureRequest, sandbox: Sandbox, pair: KeyPair) -> Rail:
    """The rail, configured for the sandbox."""
    sealed = {name: base64.b64encode(getattr(pair, name)).decode() for name in ("cer", "key")}
    account = {"user": sandbox.pac_user, "password": sandbox.pac_password}
    vault = OpenVault(
        {
            ("acme", "csd", "issuer-1"): json.dumps(sealed | {"password": pair.password}).encode(),
            ("acme", "pac", "pac-1"): json.dumps(account).encode(),
        }
    )
    issuer = Issuer(
        id="issuer-1", tenant="acme", rail="mx", environment="test", tax_id=ISSUER, account="pac-1",
        zone="America/Mexico_City", mailbox=sandbox.notify,
    )  # fmt: skip
    pac = {"endpoint": sandbox.pac_url, "soap": request.param}
    settings = {"test": {"pac": pac, "sat": {"endpoint": sandbox.sat_url}, "http": {"seconds": 20}}}
    return build("mx", RailContext(issuers=Known(issuer), vault=vault, clock=SetClock(), settings=settings))


def planned(sandbox: Sandbox, rail: Rail, life: str) -> tuple[Job, bytes]:
    """A document with this life, and its signed request."""
    uuid = f"00000000-0000-4000-8000-{len(sandbox.world.told()['documents']):012d}"
    sandbox.world.admit([{"uuid": uuid, "issuer": ISSUER, "receiver": RECEIVER, "total": TOTAL, "life": life}])
    made = replace(job(uuid=uuid, receiver=RECEIVER, total=TOTAL), document=uuid)
    return made, rail.prepare(made, sandbox.clock.now())


@pytest.mark.parametrize(
    ("life", "kind"),
    [
        ("accepted", Confirmed),
        ("receiver-accepts", Confirmed),
        ("receiver-silent", Confirmed),
        ("already-cancelled", Confirmed),
        ("unknown-at-sat", Confirmed),
        ("receiver-refuses", Refusal),
        ("not-cancellable-later", Refusal),
        ("not-the-issuer", Refusal),
        ("in-process-for-ever", Pending),
    ],
)
def test_each_life_comes_to_its_end(sandbox: Sandbox, rail: Rail, life: str, kind: type[Outcome]) -> None:
    """A receipt first, the ending after days, the truth in both."""
    asked, signed = planned(sandbox, rail, life)
    assert isinstance(rail.submit(asked, signed).outcome, Pending)
    sandbox.advance(timedelta(days=4).total_seconds())
    assert type(rail.consult(asked).outcome) is kind


@pytest.mark.parametrize("life", ["not-cancellable", "foreign", "magic-213"])
def test_a_refusal_at_submit_is_definite(sandbox: Sandbox, rail: Rail, life: str) -> None:
    """What the PAC refuses at once is refused."""
    asked, signed = planned(sandbox, rail, life)
    assert isinstance(rail.submit(asked, signed).outcome, Refusal)


def test_the_same_bytes_twice_are_one_request(sandbox: Sandbox, rail: Rail) -> None:
    """A repeat is known already, and the world has seen one effect."""
    asked, signed = planned(sandbox, rail, "accepted")
    rail.submit(asked, signed)
    assert isinstance(rail.submit(asked, signed).outcome, AlreadyKnown)
    assert sandbox.world.effects(asked.document)["pac"] == 1


@pytest.mark.parametrize("kind", ["reset", "soap-fault", "garbage", "empty", "mixed-up", "http"])
def test_a_lost_answer_is_asked_about(sandbox: Sandbox, rail: Rail, kind: str) -> None:
    """Whatever became of the answer, asking finds what became of the request."""
    asked, signed = planned(sandbox, rail, "accepted")
    sandbox.faults.add(Fault(operation="submit", kind=kind, uuid=asked.document, code=503))
    lost = rail.submit(asked, signed).outcome
    assert isinstance(lost, NoAnswer)
    assert lost.left
    sandbox.advance(60)
    assert isinstance(rail.consult(asked).outcome, Confirmed)
    assert sandbox.world.effects(asked.document)["pac"] == 1
