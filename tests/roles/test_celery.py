"""The Celery application, its tasks and its legs."""

import os
import uuid
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import Reject
from kombu.exceptions import OperationalError
from pydantic import SecretStr

from schemas.tasks import CONSULT, INTAKE_QUEUE, PULSE, REQUEST, SUBMIT, WORK_QUEUE
from worker import assembly, tasks
from worker.celery import application, transport_options
from worker.dispatch import CeleryBroker
from worker.engine.ports import BrokerDown, Letterbox, Undeliverable
from worker.ledger.faults import LedgerBusy
from worker.settings import Settings
from worker.tasks import NotIds


@pytest.fixture
def app() -> Celery:
    """An application on a broker in memory."""
    return application(Settings(broker_url=SecretStr(f"memory://{uuid.uuid4()}/")))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, app: Celery) -> list[dict[str, Any]]:
    """What the application was asked to send."""
    messages: list[dict[str, Any]] = []

    def remember(name: str, args: list[Any], kwargs: dict[str, Any], **options: Any) -> None:
        messages.append({"name": name, "args": args, "kwargs": kwargs, **options})

    monkeypatch.setattr(app, "send_task", remember)
    return messages


def test_nothing_but_ids_is_kept_or_retried_in_the_broker(app: Celery) -> None:
    """JSON only, late acks, no results: what was measured to lose least."""
    conf = app.conf
    assert (["json"], True, True, True, 1) == (
        conf.accept_content,
        conf.task_ignore_result,
        conf.task_acks_late,
        conf.task_reject_on_worker_lost,
        conf.worker_prefetch_multiplier,
    )
    assert conf.result_backend is None
    assert {WORK_QUEUE, INTAKE_QUEUE} == {queue.name for queue in conf.task_queues}
    assert {queue.name for queue in conf.task_queues} == {queue.exchange.name for queue in conf.task_queues}


def test_the_names_of_the_tasks_are_a_contract(app: Celery) -> None:
    """Stable, readable, and ours alone."""
    app.loader.import_default_modules()
    assert {SUBMIT, CONSULT, REQUEST, PULSE} == {name for name in app.tasks if not name.startswith("celery.")}


def test_each_kind_of_broker_is_told_what_it_needs() -> None:
    """Redis: socket timeouts, or a half-open connection hangs for ever. RabbitMQ: confirms. Others: nothing."""
    assert transport_options("rediss://host/0")["socket_timeout"] == 5
    assert transport_options("amqp://host//") == {"confirm_publish": True}
    assert "polling_interval" in transport_options("memory://")
    assert transport_options("sqs://") == {}


def test_a_message_carries_ids_by_name(app: Celery, sent: list[dict[str, Any]]) -> None:
    """And nothing that could be a secret."""
    broker = CeleryBroker(app)
    broker.send("submit", ["a", "b"], "default:test:user")
    broker.send("consult", ["c"], "default:test:user")
    broker.pulse()
    assert [(SUBMIT, [["a", "b"]]), (CONSULT, [["c"]]), (PULSE, [])] == [(one["name"], one["args"]) for one in sent]
    assert {WORK_QUEUE} == {one["queue"] for one in sent}


def test_what_others_are_told_is_masked(app: Celery, sent: list[dict[str, Any]]) -> None:
    """Flower shows that a message was sent, not what is in it."""
    CeleryBroker(app).tell(Letterbox(task="erp.told", queue="erp", payload={"key": "K-1"}))
    assert [("erp.told", "erp", {"key": "K-1"}, "-")] == [
        (one["name"], one["queue"], one["kwargs"], one["kwargsrepr"]) for one in sent
    ]


@pytest.mark.parametrize("fault", [OperationalError("gone"), ConnectionResetError("gone"), TimeoutError()])
def test_a_broker_that_is_away_is_told_as_such(app: Celery, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    """Nothing is lost by it: what is due stays due."""

    def fail(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr(app, "send_task", fail)
    with pytest.raises(BrokerDown):
        CeleryBroker(app).send("submit", ["a"], "account")


@pytest.mark.parametrize("wrong", [["<Cancelacion/>"], "6f1d0f6e-0000-0000-0000-000000000000", [7], None, [["x"]]])
def test_a_worker_task_refuses_what_is_not_an_id(wrong: Any) -> None:
    """So that no secret can travel to a worker, not even by mistake."""
    with pytest.raises(NotIds):
        tasks.submit(wrong)
    with pytest.raises(NotIds):
        tasks.consult(wrong)


def test_a_message_for_nobody_is_harmless(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """An id that the ledger does not know does nothing, in either task."""
    house = assembly.House(Settings(home=tmp_path))
    house.open()
    monkeypatch.setattr(assembly, "_house", (os.getpid(), house))
    stranger = str(uuid.uuid4())
    tasks.submit([stranger])
    tasks.consult([stranger])
    tasks.pulse()
    with house.ledger.reading() as reading:
        assert ["worker"] == [pulse.name for pulse in reading.pulses.pulses()]
    house.ledger.close()


def test_a_message_starts_no_call_that_celery_would_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow calls use the message's time up; what is left over stays due in the ledger."""
    clock = iter([0.0, 0.0, 39.0, 41.0])
    monkeypatch.setattr(tasks, "monotonic", lambda: next(clock))
    begun: list[str] = []
    monkeypatch.setattr(tasks, "send", lambda _, job_id: begun.append(job_id))
    monkeypatch.setattr(assembly, "parts", lambda: None)
    ids = [str(uuid.uuid4()) for _ in range(4)]
    tasks.submit(ids)
    assert ids[:2] == begun


def test_a_request_that_the_ledger_cannot_take_now_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy ledger is no fault of the request's: nothing is lost."""

    class Busy:
        @property
        def intake(self) -> Any:
            raise LedgerBusy

    monkeypatch.setattr(tasks, "desk", Busy)
    monkeypatch.setattr(tasks, "_BREATH", 0.0)
    with pytest.raises(Reject) as put_back:
        tasks.request(rfc="X")
    assert put_back.value.requeue


def test_whatever_a_strangers_queue_does_to_the_broker_is_his_own_affair(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any fault at all of such a message is told as undeliverable."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("WRONGTYPE")

    monkeypatch.setattr(app, "send_task", fail)
    with pytest.raises(Undeliverable):
        CeleryBroker(app).tell(Letterbox(task="t", queue="_kombu.binding.cancela.work", payload={}))
