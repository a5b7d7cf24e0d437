"""Telling the service that asked: its receipt and the ending, through a task and a queue that it named itself."""

from collections.abc import Mapping
from typing import Any

from worker.domain.job import Job
from worker.engine.ports import Letterbox


def letter(
    reply: Mapping[str, str], job: Job, event: str, differs: Mapping[str, tuple[Any, Any]] | None = None
) -> Letterbox:
    """A message for the caller. ``event`` is ``receipt``, ``conflict`` or ``ended``; no secret is in it.

    ``differs`` names the contents of a conflict: what the job has, and what was wanted.
    """
    said = job.said
    return Letterbox(
        task=reply["task"],
        queue=reply["queue"],
        payload={
            "event": event,
            "key": reply.get("key"),
            "job_id": job.id,
            "rail": job.rail,
            "environment": job.environment,
            "document": job.document,
            "round": job.round,
            "state": job.state.value,
            "grade": job.grade.value if job.grade else None,
            "note": job.note,
            "slug": job.slug,
            "level": said.level if said else None,
            "code": said.code if said else None,
            "text": said.text if said else None,
            "at": job.changed_at.isoformat(),
        }
        | ({"differs": {name: list(both) for name, both in differs.items()}} if differs else {}),
    )
