"""Which rails there are. Ours by a line here, outsiders by an entry point of group ``cancela.rails``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from worker.domain.issuer import Issuer
from worker.domain.job import Job
from worker.engine.ports import CannotPrepare, Clock, Issuers, Rail, Vault

GROUP = "cancela.rails"

#: Rail id → "module:factory", imported when it is built.
OURS = {
    "br": "worker.rails.br.rail:build",
    "mx": "worker.rails.mx.rail:build",
}


def _nothing(digest: str) -> bytes:
    raise KeyError(digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class RailContext:
    """What a rail is built from. ``settings`` are its own, by environment; what they may hold is the rail's to say.

    ``archived`` gives the bytes that were kept under a digest (``Unit.load``): a rail compares what an authority shows
    with what was sent. It raises ``KeyError`` when there are none.
    """

    issuers: Issuers
    vault: Vault
    clock: Clock
    settings: Mapping[str, Any] = field(default_factory=dict)
    archived: Callable[[str], bytes] = _nothing

    def issuer(self, job: Job) -> Issuer:
        """In whose name a job acts.

        Raises:
            CannotPrepare: ``issuer-unknown``, ``issuer-differs``: of another tenant or environment than the job.
        """
        try:
            issuer = self.issuers.issuer(job.issuer)
        except KeyError:
            raise CannotPrepare("issuer-unknown") from None
        if issuer.tenant != job.tenant or issuer.environment != job.environment:
            raise CannotPrepare("issuer-differs")
        return issuer


Factory = Callable[[RailContext], Rail]


def ids() -> tuple[str, ...]:
    """Ids of all rails that can be built here."""
    return tuple(sorted({*OURS, *(point.name for point in entry_points(group=GROUP))}))


def factory(rail_id: str) -> Factory:
    """What builds a rail.

    Raises:
        KeyError: there is no such rail.
        ValueError: an outsider claims an id of ours, or two outsiders claim the same one.
    """
    outsiders = entry_points(group=GROUP, name=rail_id)
    if len(outsiders) + (rail_id in OURS) > 1:
        raise ValueError(f"rail {rail_id!r} is claimed more than once")
    if rail_id in OURS:
        module, _, name = OURS[rail_id].partition(":")
        made: Factory = getattr(import_module(module), name)
        return made
    for point in outsiders:
        found: Factory = point.load()
        return found
    raise KeyError(rail_id)


def build(rail_id: str, context: RailContext) -> Rail:
    """The rail with that id; raises as ``factory``."""
    return factory(rail_id)(context)
