"""Until when a DC-e may be cancelled: 24 hours from its authorisation (Ajuste SINIEF 05/2021)."""

from collections.abc import Mapping
from typing import Any

from schemas.br.prediction import WINDOW
from worker.domain.window import Window
from worker.rails.br.answers import moment


def window(request: Mapping[str, Any]) -> Window:
    """The document's window, a hard one; no end is known where nobody said when it was authorised (``authorised_at``).

    A state may accept late (155), but nothing is sent in that hope.
    """
    authorised_at = moment(request.get("authorised_at"))
    return Window() if authorised_at is None else Window(authorised_at + WINDOW, hard=True)
