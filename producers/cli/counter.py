"""The desk, opened when a command needs it: that is where the heavy imports begin."""

import uuid
from typing import TYPE_CHECKING

from producers.cli.ends import Exit, Stopped

if TYPE_CHECKING:
    from schemas.views import IssuerView, JobView
    from worker.desk import Desk


def counter() -> "Desk":
    """The desk of this installation. Log lines go to stderr, from warnings on unless a level was set.

    Raises:
        Misconfigured: a setting is unknown or makes no sense.
    """
    from worker.desk import desk
    from worker.observe.logs import configure

    opened = desk()
    settings = opened.settings
    configure(settings.log_level if "log_level" in settings.model_fields_set else "WARNING", as_json=settings.log_json)
    return opened


def job_of(desk: "Desk", given: str, lang: str) -> "JobView":
    """The job of that id, or the newest round of the document with that UUID or access key.

    Raises:
        Stopped: ``job-unknown``; ``job-ambiguous`` when the document is known to several tenants or environments.
    """
    from worker.engine.operator import CannotDo

    try:
        return desk.jobs.look(str(uuid.UUID(given)), lang)
    except (CannotDo, ValueError):
        found, _ = desk.jobs.find(lang, document=given, limit=1000)
    if not found:
        raise Stopped("job-unknown", Exit.IMPOSSIBLE, value=given, job_id=given)
    if len({(job.tenant, job.rail, job.environment) for job in found}) > 1:
        ids = ", ".join(f"{job.id} ({job.tenant}, {job.environment})" for job in found)
        raise Stopped("job-ambiguous", Exit.IMPOSSIBLE, value=given, ids=ids)
    return max(found, key=lambda job: job.round)


def issuers_of(desk: "Desk", given: str) -> "list[IssuerView]":
    """The issuer of that id, or all of that RFC or CNPJ, which may be punctuated.

    Raises:
        Stopped: ``issuer-unknown``.
    """
    wanted = given.strip()
    number = "".join(letter for letter in wanted.upper() if letter not in " ./-")
    found = [issuer for issuer in desk.issuers.known() if wanted == issuer.id or number == issuer.tax_id]
    if not found:
        raise Stopped("issuer-unknown", Exit.IMPOSSIBLE, rfc=given, value=given)
    return found
