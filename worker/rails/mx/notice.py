"""What Solución Factible's notice mails say, by their three headers. A hint and no proof: anybody can write them.

Headers as printed on its pages (read 2024-05): ``X-SFService``, ``X-UUIDCancelacion``, ``X-StatusCancelacion``.
"""

from collections.abc import Sequence

from schemas.invalid import Invalid
from schemas.mx.fiscal_uuid import FiscalUuid
from worker.domain.notice import Letter, Notice

RAIL = "mx"
SERVICE = "x-sfservice"
DOCUMENT = "x-uuidcancelacion"
STATUS = "x-statuscancelacion"
HEADERS = (SERVICE, DOCUMENT, STATUS)

_CANCELLATION = "cancelar"
_POSITIVE = {"ok": True, "error": False}
_LONGEST = 200


class Notices:
    """The Mexican rail's reader of mails (``ports.Mailbox``)."""

    def read(self, letter: Letter, headers: Sequence[tuple[str, bytes]]) -> Notice | None:
        """The notice that these headers make; None when the mail has no ``X-SFService: Cancelar``.

        Each header must occur exactly once; casing, folding and space around are tolerated. What is malformed is a
        notice without a document, with a slug that says why.
        """
        found = {name: [_plain(value) for given, value in headers if given.strip().lower() == name] for name in HEADERS}
        if _CANCELLATION not in {value.casefold() for value in found[SERVICE]}:
            return None
        kept = {name: ", ".join(values)[:_LONGEST] for name, values in found.items() if values}
        slug = _problem(found)
        if slug is not None:
            return Notice(letter=letter, rail=RAIL, document=None, positive=None, slug=slug, headers=kept)
        return Notice(
            letter=letter,
            rail=RAIL,
            document=str(FiscalUuid(found[DOCUMENT][0])),
            positive=_POSITIVE[found[STATUS][0].casefold()],
            headers=kept,
        )


def _problem(found: dict[str, list[str]]) -> str | None:
    if any(len(values) > 1 for values in found.values()):
        return "notice-header-repeated"
    if not all(found.values()):
        return "notice-header-missing"
    if found[STATUS][0].casefold() not in _POSITIVE:
        return "notice-status-unknown"
    try:
        FiscalUuid(found[DOCUMENT][0])
    except Invalid:
        return "notice-uuid-malformed"
    return None


def _plain(value: bytes) -> str:
    """Unfolded and stripped. Only ASCII has a meaning here."""
    return " ".join(value.decode("ascii", "replace").split())
