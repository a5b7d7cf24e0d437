"""The broker as legs: job ids to our own tasks, messages to other services. What it loses, the sweep sends again."""

from collections.abc import Sequence

from celery import Celery
from kombu.exceptions import OperationalError

from schemas.tasks import CONSULT, MASK, PULSE, SUBMIT, WORK_QUEUE
from worker.engine.ports import BrokerDown, Letterbox, Undeliverable

_TASKS = {"submit": SUBMIT, "consult": CONSULT}


class CeleryBroker:
    """Sends by name through a Celery application; never waits for longer than the broker's socket timeouts."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send(self, phase: str, job_ids: Sequence[str], account: str) -> None:
        """Hand ids to a worker. The account travels as a header, for whoever routes by it."""
        self._publish(_TASKS[phase], [list(job_ids)], {}, WORK_QUEUE, {"account": account})

    def tell(self, letter: Letterbox) -> None:
        """Hand a message to a service that named this task and queue itself; its content is masked in events."""
        try:
            self._publish(letter.task, [], dict(letter.payload), letter.queue, {}, masked=MASK)
        except Exception as fault:
            # Whatever a stranger's queue name does to the broker is his own affair.
            raise Undeliverable(type(fault).__name__) from fault

    def pulse(self) -> None:
        """Have a worker say that it is there; forgotten by the broker when nobody takes it in time."""
        self._publish(PULSE, [], {}, WORK_QUEUE, {}, expires=30)

    def _publish(
        self,
        task: str,
        args: list[object],
        kwargs: dict[str, object],
        queue: str,
        headers: dict[str, str],
        masked: str | None = None,
        expires: float | None = None,
    ) -> None:
        shown = {} if masked is None else {"argsrepr": masked, "kwargsrepr": masked}
        try:
            self._app.send_task(
                task,
                args,
                kwargs,
                queue=queue,
                headers=headers,
                retry=False,
                ignore_result=True,
                expires=expires,
                **shown,
            )
        except (OperationalError, OSError) as down:
            raise BrokerDown(type(down).__name__) from down
