"""The roles of a real deployment, each a process of its own, on Redis and PostgreSQL."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from queue import Empty
from typing import Any

import pytest
from celery import Celery
from kombu import pools
from kombu.connection import Connection
from kombu.entity import Queue

from producers.remote import send_request
from schemas.tasks import CONSULT, PULSE, REQUEST, SUBMIT
from tests.services.redis import RedisServer
from tests.services.server import free_port
from tests.story.town import RFC, Town, eventually
from worker.domain.states import State

pytestmark = pytest.mark.slow


@pytest.fixture
def city(found_town: Callable[..., Town], redis_url: str, postgres_url: str) -> Town:
    """A town on Redis and PostgreSQL, with worker, sweep and mail running."""
    town = found_town(
        env={"CANCELA_BROKER_URL": redis_url, "CANCELA_DATABASE_URL": postgres_url, "CANCELA_REDISPATCH": "3"}
    )
    for role in ("worker", "sweep", "mail"):
        town.start(role)
    return town


def closed(app: Celery) -> None:
    """Give back the connections that a foreign app's pools hold."""
    app.close()
    pools.reset()  # type: ignore[no-untyped-call]


def asked(town: Town, *command: str) -> str:
    """What ``celery -A worker …`` prints, against the running worker."""
    found = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "worker", *command],
        cwd=town.home / "empty",
        env={**town.env, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return found.stdout


def test_a_deployment_on_redis_and_postgres_does_the_main_job(city: Town, redis_server: RedisServer) -> None:
    """Separate processes bring every document to the truth, although Redis is flushed on the way."""
    plan = dict.fromkeys(city.announce("accepted", count=20), State.CANCELLED)
    plan |= dict.fromkeys(city.announce("receiver-refuses", count=5), State.REFUSED)
    lost = [{"operation": "submit", "kind": "reset", "acts": True}]
    plan |= dict.fromkeys(city.announce("accepted", count=3, faults=lost), State.CANCELLED)
    city.ask(plan)
    redis_server.flush()
    eventually(lambda: any(state.final for state in city.states().values()), what=city.log("worker"))
    redis_server.flush()
    assert plan == city.settled()
    assert {uuid: state.value for uuid, state in plan.items()} == city.truth()
    assert max(city.effects().values()) == 1


def test_task_names_are_stable_and_flower_shows_ids_only(city: Town) -> None:
    """The names are a contract; nothing but ids is seen in Flower, and nothing at all of a foreign request."""
    port = free_port()
    city.extra = {"FLOWER_UNAUTHENTICATED_API": "true", "FLOWER_PORT": str(port)}
    city.start("flower")

    def tasks() -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/tasks", timeout=5) as answer:
            return json.loads(answer.read())  # type: ignore[no-any-return]

    def up() -> bool:
        try:
            return isinstance(tasks(), dict)
        except OSError:
            return False

    eventually(up, what="Flower")
    registered = eventually(lambda: asked(city, "inspect", "registered", "--json"), what="a worker that answers")
    names = {name.split()[0] for worker in json.loads(registered).values() for name in worker}
    assert {CONSULT, PULSE, REQUEST, SUBMIT} == {name for name in names if name.startswith("cancela.")}

    (uuid,) = city.announce("accepted")
    stranger = Celery("erp", broker=city.env["CANCELA_BROKER_URL"])
    kwargs = {"rfc": RFC, "uuid": uuid, "motive": "02", "environment": "test"}
    stranger.send_task(REQUEST, kwargs=kwargs, queue="cancela.intake")  # by name, unmasked, without our helper
    eventually(lambda: city.states() and set(city.states().values()) == {State.CANCELLED}, what=city.log("worker"))
    seen = eventually(lambda: {one["name"] for one in tasks().values()} >= {SUBMIT, CONSULT, REQUEST} and tasks())
    job_id = city.desk.jobs.find("en")[0][0].id
    for one in seen.values():
        if one["name"] == REQUEST:
            assert ("-", "-") == (one["args"], one["kwargs"])
        elif one["name"] == PULSE:
            assert ("()", "{}") == (one["args"], one["kwargs"])
        else:
            assert f"[['{job_id}']]" == one["args"].replace("(", "[").replace(",)", "]")
            assert one["kwargs"] == "{}"
    assert uuid not in json.dumps(seen)
    closed(stranger)


def test_another_service_hears_its_receipt_and_the_ending(city: Town) -> None:
    """A caller names a task and a queue of its own, and is told there; a wrong request is told, too."""
    (uuid,) = city.announce("accepted")
    erp = Celery("erp", broker=city.env["CANCELA_BROKER_URL"])
    reply = {"task": "erp.cancelled", "queue": "erp"}
    asked = {"rfc": RFC, "uuid": uuid, "motive": "02", "key": "invoice-7", "reply": reply}
    send_request(erp, asked)
    send_request(erp, asked)  # sent again, as a careful caller does
    erp.send_task(REQUEST, kwargs={**asked, "motive": "09", "key": "invoice-8"}, queue="cancela.intake")
    heard: list[dict[str, Any]] = []
    with Connection(city.env["CANCELA_BROKER_URL"]) as connection:  # type: ignore[no-untyped-call]
        queue = connection.SimpleQueue(Queue("erp"))  # type: ignore[no-untyped-call]

        def drain() -> bool:
            with contextlib.suppress(Empty):
                while True:
                    message = queue.get(block=False)
                    message.ack()
                    heard.append(message.payload[1])
            return {"receipt", "ended", "rejected"} <= {one["event"] for one in heard}

        eventually(drain, what=f"{heard} {city.log('worker')}")
        queue.close()
    ended = next(one for one in heard if one["event"] == "ended")
    assert ("invoice-7", "cancelled", uuid) == (ended["key"], ended["state"], ended["document"])
    rejected = next(one for one in heard if one["event"] == "rejected")
    assert ("invoice-8", "motive-unknown") == (rejected["key"], rejected["problems"][0]["slug"])
    assert len(city.states()) == 1
    closed(erp)
