"""The main job, whole: requests go in, every document ends with its evidence, and the ledger says what is true."""

import json
from functools import partial

import pytest

from tests.story.town import Town, eventually
from worker.domain.states import State

ENDINGS = {
    "accepted": State.CANCELLED,
    "receiver-accepts": State.CANCELLED,
    "receiver-silent": State.CANCELLED,
    "already-cancelled": State.CANCELLED,
    "receiver-refuses": State.REFUSED,
    "not-cancellable": State.REFUSED,
}

FAULTS: dict[str, list[dict[str, object]]] = {
    "answer lost after acting": [{"operation": "submit", "kind": "reset", "acts": True}],
    "connection lost before acting": [{"operation": "submit", "kind": "reset", "acts": False}],
    "half an answer": [{"operation": "submit", "kind": "truncate", "acts": True}],
    "server error after acting": [{"operation": "submit", "kind": "http", "code": 503, "acts": True}],
    "garbage": [{"operation": "submit", "kind": "garbage", "acts": True}],
    "internal error code": [{"operation": "submit", "kind": "code", "code": 500, "acts": False}],
    "acted on twice": [{"operation": "submit", "kind": "twice"}],
    "status unavailable": [{"operation": "status", "kind": "http", "code": 500, "times": 2}],
    "SAT unavailable": [{"operation": "sat", "kind": "reset", "times": 2}],
    "no notice": [{"operation": "notice", "kind": "none"}],
    "forged notice": [{"operation": "notice", "kind": "reversed"}],
    "notice before the answer": [{"operation": "notice", "kind": "early"}],
    "malformed notices": [{"operation": "notice", "kind": "malformed"}],
    "notices doubled": [{"operation": "notice", "kind": "doubled"}],
}


@pytest.mark.slow
def test_every_life_and_every_fault_ends_in_the_truth(town: Town) -> None:
    """All lives and all faults together: states equal the authorities' truth, and nothing was registered twice."""
    plan: dict[str, State] = {}
    honest: list[str] = []
    for sat in (True, False):
        for life, ending in ENDINGS.items():
            for uuid in town.announce(life, count=2):
                plan[uuid] = ending
                honest.append(uuid)
                town.ask([uuid], sat=sat)
    for faults in FAULTS.values():
        (uuid,) = town.announce("accepted", faults=faults)
        plan[uuid] = State.CANCELLED
        town.ask([uuid])
    town.start("up")
    states = town.settled()
    assert plan == states
    assert {uuid: state.value for uuid, state in states.items()} == town.truth()
    assert max(town.effects().values()) == 1
    assert {town.submissions()[uuid] for uuid in honest} == {1}  # the PAC's 701 would hide a second sending


def moved(town: Town) -> int:
    """How many jobs have left the queue."""
    return sum(state is not State.QUEUED for state in town.states().values())


def has_moved(town: Town, goal: int) -> bool:
    return moved(town) >= goal


@pytest.mark.slow
def test_killing_the_process_in_mid_batch_loses_nothing_and_doubles_nothing(town: Town) -> None:
    """SIGKILL again and again while a batch runs; started again it ends in the sandbox's truth."""
    uuids = town.announce("accepted", count=60) + town.announce("not-cancellable", count=10)
    town.ask(uuids)
    for kill in range(4):
        town.start("up")
        goal = min(moved(town) + 5, len(uuids))
        eventually(partial(has_moved, town, goal), what=f"progress before kill {kill}")
        town.kill("up")
    # A claim of a killed worker holds for its lease; the clock of a test may not be set in another process.
    town.start("up")
    states = town.settled(within=150)
    assert {uuid: state.value for uuid, state in states.items()} == town.truth()
    assert max(town.effects().values()) == 1


@pytest.mark.slow
def test_a_cancelled_job_can_be_proven(town: Town) -> None:
    """The proofs of a cancelled document hold what was signed, what was answered and the whole journal."""
    (job_id,) = town.ask(town.announce("accepted"))
    town.start("up")
    assert set(town.settled().values()) == {State.CANCELLED}
    job = town.desk.jobs.look(job_id, "es")
    assert job.grade == "sat-status"
    proofs = town.desk.jobs.proofs(job_id)
    assert b"<Signature" in proofs["signed-request.xml"]
    assert any(b"Cancelado" in content for name, content in proofs.items() if "sat-status-received" in name)
    assert next(line["fact"] for line in json.loads(proofs["journal.json"])) == "accepted"
    password = town.sandbox.pac_password.encode()
    assert not any(password in content for content in proofs.values())


@pytest.mark.slow
def test_a_wrong_password_parks_and_a_person_gets_it_going_again(town: Town) -> None:
    """601 parks the job at once; after the password was mended, a retry brings it to its end."""
    town.sandbox.account.refusal = 601
    (job_id,) = town.ask(town.announce("accepted"))
    town.start("up")
    eventually(lambda: set(town.states().values()) == {State.PARKED}, what="parked")
    assert town.effects() == dict.fromkeys(town.effects(), 0)
    town.sandbox.account.refusal = None
    town.desk.jobs.retry(job_id, why="password mended", actor="operator:ana", lang="es")
    assert set(town.settled().values()) == {State.CANCELLED}
