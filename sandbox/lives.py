"""The plans of documents: what PAC and SAT say of one before a request, and when after it. All of it is data.

Durations are seconds of life. The receiver's five minutes are those of the PAC's test environment, where production
has three business days. Words of the SAT service are written as it writes them, accents included.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

Ending = Literal["cancelled", "refused"]

WITHOUT, WITH, NEVER = "Cancelable sin aceptación", "Cancelable con aceptación", "No cancelable"


@dataclass(frozen=True, slots=True)
class SatView:
    """What the public status service answers; ``found`` False is its ``N - 602``."""

    estado: str = "Vigente"
    cancelable: str = WITHOUT
    estatus: str = ""
    found: bool = True


UNSEEN = SatView(found=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """One station after a request was registered, from ``after`` seconds on."""

    after: float
    pac: int
    sat: SatView
    acuse: str | None = None
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """A document's plan.

    ``at_submit`` is the PAC's answer to a submit: 200 registers, 211 registers too (published test UUIDs), any other
    code registers nothing. ``refused_status`` is what getStatus says after such a refusal. ``reaches_sat`` tells
    whether a registration makes SAT register a new request.
    """

    rest: SatView
    stages: tuple[Stage, ...] = ()
    at_submit: int = 200
    refused_status: int = 702
    reaches_sat: bool = True
    answers_repeats_alike: bool = False

    def stage(self, lived: float) -> Stage:
        """Where a registration stands ``lived`` seconds after it was made."""
        return [stage for stage in self.stages if stage.after <= lived][-1]

    @property
    def last(self) -> Stage:
        """The station that nothing follows."""
        return self.stages[-1]

    @property
    def ends(self) -> bool:
        """Whether a request ever comes to an end."""
        return bool(self.stages) and self.last.ending is not None

    def answering_after(self, seconds: float) -> "Life":
        """The same life, with its ending ``seconds`` after the request."""
        kept = tuple(stage for stage in self.stages[:-1] if stage.after < seconds)
        return replace(self, stages=(*kept, replace(self.last, after=seconds)))


SAT_TAKES, SAT_SHOWS, RECEIVER, INDEXED = 2.0, 5.0, 300.0, 300.0

_REST_WITH = SatView(cancelable=WITH)
_ASKED = SatView(cancelable=WITH, estatus="En proceso")
_ASKED_WITHOUT = SatView(estatus="En proceso")
_GONE = SatView("Cancelado", WITHOUT, "Cancelado sin aceptación")


def _answered(pac: int, estatus: str, ending: Ending, acuse: str | None = "201") -> tuple[Stage, ...]:
    estado = "Cancelado" if ending == "cancelled" else "Vigente"
    return (
        Stage(0, 211, _REST_WITH),
        Stage(SAT_TAKES, 211, _ASKED, "201"),
        Stage(RECEIVER, pac, SatView(estado, WITH, estatus), acuse, ending),
    )


_AT_ONCE = (
    Stage(0, 211, SatView()),
    Stage(SAT_TAKES, 200, _ASKED_WITHOUT, "201"),
    Stage(SAT_SHOWS, 200, _GONE, "201", "cancelled"),
)
_UNENDING = (Stage(0, 211, _REST_WITH), Stage(SAT_TAKES, 211, _ASKED, "201"))
_REFUSED = _answered(213, "Solicitud rechazada", "refused")
_FIXED = SatView(cancelable=NEVER)

LIVES: dict[str, Life] = {
    "accepted": Life(SatView(), _AT_ONCE),
    "receiver-accepts": Life(_REST_WITH, _answered(200, "Cancelado con aceptación", "cancelled")),
    "receiver-refuses": Life(_REST_WITH, _REFUSED),
    "receiver-silent": Life(_REST_WITH, _answered(200, "Plazo vencido", "cancelled")),
    "not-cancellable": Life(_FIXED, at_submit=204, refused_status=204, reaches_sat=False),
    "not-cancellable-later": Life(
        _FIXED,
        (Stage(0, 211, _FIXED), Stage(SAT_SHOWS, 204, _FIXED, "204", "refused")),
        reaches_sat=False,
    ),
    "unknown-at-sat": Life(
        UNSEEN,
        (
            Stage(0, 200, UNSEEN, "205"),
            Stage(INDEXED, 200, _ASKED_WITHOUT, "201"),
            Stage(INDEXED + SAT_SHOWS, 200, _GONE, "201", "cancelled"),
        ),
    ),
    "already-cancelled": Life(
        _GONE, (Stage(0, 211, _GONE), Stage(SAT_TAKES, 200, _GONE, "202", "cancelled")), reaches_sat=False
    ),
    "foreign": Life(SatView(), at_submit=623, reaches_sat=False),
    "in-process-for-ever": Life(_REST_WITH, _UNENDING),
    # SAT knows the issuer as somebody else: the request is registered and then dies with 203.
    "not-the-issuer": Life(
        SatView(),
        (Stage(0, 211, SatView()), Stage(SAT_SHOWS, 200, SatView(), "203", "refused")),
        reaches_sat=False,
    ),
    "magic-204": Life(_FIXED, at_submit=204, refused_status=204, reaches_sat=False),
    "magic-211": Life(_REST_WITH, _UNENDING, at_submit=211, answers_repeats_alike=True),
    "magic-213": Life(_REST_WITH, at_submit=213, refused_status=213, reaches_sat=False),
}

_MAGIC = re.compile(r"^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[A-E](204|211|213)-[0-9A-F]{12}$")


def magic_life(uuid: str) -> str | None:
    """The life that the PAC's published test UUIDs have: a letter A-E and the code in the fourth group."""
    match = _MAGIC.match(uuid)
    return f"magic-{match[1]}" if match else None
