"""A rail's patience, from the ``patience`` table of its environment."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from worker.domain.patience import Patience
from worker.rails.environments import Environments
from worker.soap.faults import Misfit

_PLANS = {"poll", "consult", "resend"}
_COUNTS = {"crashes", "signings", "claims", "pressing"}


def patience(tables: Environments, environment: str, settings: Mapping[str, Any]) -> Patience:
    """How long to wait before what; plans and times are given in seconds (``poll = [60, 120]``, ``notice_gap = 30``).

    Raises:
        Misfit: an unknown key, or a plan that narrows.
    """
    given = tables.merged(environment, settings)["patience"]
    if unknown := set(given) - {field.name for field in fields(Patience)}:
        raise Misfit(f"patience of {environment}: {sorted(unknown)}")
    try:
        return Patience(**{name: _read(name, value) for name, value in given.items()})
    except (TypeError, ValueError) as fault:
        raise Misfit(f"patience of {environment}: {fault}") from None


def _read(name: str, value: Any) -> Any:
    if name in _COUNTS:
        return int(value)
    if name in _PLANS:
        return tuple(timedelta(seconds=step) for step in value)
    return timedelta(seconds=value)
