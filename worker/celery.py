"""The Celery application: ``celery -A worker worker``. Messages carry job ids; the ledger is the truth.

Why each line is as it is: what a killed worker loses, and what a half-open connection does, was measured on Celery 5.7
with Redis; ``docs/decisions/queue.md`` tells it. There is no result backend, no ETA and no retry: those live in the
ledger, which the sweep reads.
"""

from typing import Any

from celery import Celery
from celery.signals import setup_logging
from kombu.entity import Exchange, Queue

from schemas.tasks import INTAKE_QUEUE, WORK_QUEUE
from worker.observe.logs import configure
from worker.settings import Settings, load

#: Above the call deadline (40 s), below a pod's grace: a running call ends, the rest goes back.
SOFT_SHUTDOWN = 45

_REDIS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 5,
    "client_name": "cancela",
}


def transport_options(broker_url: str) -> dict[str, Any]:
    """What each kind of broker needs to be told; unknown kinds are told nothing."""
    match broker_url.partition(":")[0]:
        case "redis" | "rediss":
            return _REDIS
        case "amqp" | "amqps":
            return {"confirm_publish": True}
        case "memory":
            return {"polling_interval": 0.005}
        case _:
            return {}


def application(settings: Settings) -> Celery:
    """An application for these settings."""
    app = Celery("cancela", broker=settings.broker, include=["worker.tasks"], set_as_current=True)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_time_limit=120,
        task_soft_time_limit=90,
        task_default_queue=WORK_QUEUE,
        task_queues=[Queue(name, Exchange(name), routing_key=name) for name in (WORK_QUEUE, INTAKE_QUEUE)],
        task_create_missing_queues=True,
        broker_pool_acquire_timeout=10,
        broker_connection_retry_on_startup=True,
        broker_transport_options=transport_options(settings.broker),
        worker_soft_shutdown_timeout=SOFT_SHUTDOWN,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_max_tasks_per_child=500,
        worker_redirect_stdouts=False,
        worker_hijack_root_logger=False,
        worker_send_task_events=not settings.embedded,
        timezone="UTC",
    )
    return app


settings = load()
app = application(settings)


@setup_logging.connect
def _logs(**_: object) -> None:
    """Our own log format in every role; without this Celery would set up its own."""
    configure(settings.log_level, as_json=settings.log_json)
