"""How a command can end: the exit status and what a person is told.

The numbers are a promise to scripts; ``docs/cli.md`` lists them.
"""

from enum import IntEnum
from typing import Any

from schemas.problem import Problem, Rejected, shown


class Exit(IntEnum):
    """Exit statuses."""

    DONE = 0
    WRONG = 1
    """Something is wrong with the request, the sheet or the certificate."""
    USAGE = 2
    """The command or a setting makes no sense."""
    IMPOSSIBLE = 3
    """There is no such thing, or its state does not allow it."""
    UNREACHABLE = 4
    """The ledger or a service cannot be used now; trying again is safe."""
    NOT_CANCELLED = 5
    """With ``--wait``: it is over or time is up, and not everything is cancelled."""
    UNTRUE = 6
    """The ledger's word cannot be trusted: a journal, a row or an archived answer was changed."""
    FAULT = 70
    """A fault of ours."""
    INTERRUPTED = 130


class Stopped(Exception):
    """A command cannot go on. ``slug`` is explained in ``schemas/messages``, with ``params`` filled in."""

    def __init__(self, slug: str, status: Exit, **params: object) -> None:
        super().__init__(slug)
        self.slug, self.status, self.params = slug, status, params


_EXACT = {
    "job-unknown": Exit.IMPOSSIBLE,
    "issuer-unknown": Exit.IMPOSSIBLE,
    "request-rejected": Exit.WRONG,
    "ledger-url-unusable": Exit.USAGE,
    "ledger-out-of-turn": Exit.FAULT,
    "gateway-misconfigured": Exit.USAGE,
    "archive-broken": Exit.UNTRUE,
    "journal-broken": Exit.UNTRUE,
    "row-untrue": Exit.UNTRUE,
    "journal-miscopied": Exit.UNTRUE,
    "chain-recomputed": Exit.UNTRUE,
    "job-missing": Exit.UNTRUE,
    "jobs-miscounted": Exit.UNTRUE,
    "checkpoint-broken": Exit.UNTRUE,
    "checkpoint-key-missing": Exit.UNTRUE,
    "backup-damaged": Exit.UNTRUE,
    "backup-not-a-file": Exit.USAGE,
    "backup-exists": Exit.USAGE,
    "recover-while-running": Exit.IMPOSSIBLE,
    "secret-tampered": Exit.UNTRUE,
    "impossible-transition": Exit.FAULT,
}

#: What is imported only where a setting asks for it: what that is, and the extra that brings it.
_EXTRAS = {"psycopg": ("PostgreSQL", "postgres"), "psycopg2": ("PostgreSQL", "postgres")}

_FAMILIES = {
    "setting-": Exit.USAGE,
    "master-key-": Exit.USAGE,
    "cannot-": Exit.IMPOSSIBLE,
    "ledger-": Exit.UNREACHABLE,
    "broker-": Exit.UNREACHABLE,
}


def ending(fault: Exception) -> tuple[Exit, list[Problem]]:
    """The status and the reasons for a fault that ended a command. Faults are known by their slugs: no imports here."""
    if isinstance(fault, Rejected):
        return Exit.WRONG, list(fault.problems)
    slug = getattr(fault, "slug", None)
    if isinstance(fault, Stopped):
        return fault.status, [Problem(slug=fault.slug, params=fault.params)]
    if isinstance(fault, ModuleNotFoundError) and fault.name in _EXTRAS:
        what, extra = _EXTRAS[fault.name]
        return Exit.USAGE, [
            Problem(slug="driver-missing", params={"what": what, "extra": extra, "missing": fault.name})
        ]
    if isinstance(fault, OSError) and fault.filename is not None:
        params = {"file": shown(fault.filename), "why": fault.strerror or type(fault).__name__}
        return Exit.UNREACHABLE, [Problem(slug="place-unusable", params=params)]
    if not isinstance(slug, str):
        return Exit.FAULT, [Problem(slug="command-fault", params={"kind": type(fault).__name__})]
    return status_of(slug), [Problem(slug=slug, params=_facts(fault))]


def status_of(slug: str) -> Exit:
    """The exit status that belongs to a slug."""
    if slug in _EXACT:
        return _EXACT[slug]
    return next((status for family, status in _FAMILIES.items() if slug.startswith(family)), Exit.WRONG)


def _facts(fault: Exception) -> dict[str, Any]:
    """What our exceptions carry beside their slug. None of it is secret (each says so where it is defined)."""
    facts: dict[str, Any] = dict(getattr(fault, "facts", {}))
    for name in ("value", "why", "state", "job_id"):
        value = getattr(fault, name, None)
        if value is not None:
            facts[name] = shown(value)
    if names := getattr(fault, "names", None):
        facts["names"] = ", ".join(names)
    return facts
