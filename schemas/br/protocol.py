"""The protocol number with which a DC-e was authorised, or its cancellation registered."""

import re
from dataclasses import dataclass

from schemas.invalid import Invalid

_DIGITS = re.compile(r"[0-9]{16}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Protocol:
    """Sixteen digits: authoriser (1), UF (2), year (2), site (1), sequence (10). ``str()`` gives them.

    What its parts say is not compared with anything: authorities number as they like.

    Raises:
        Invalid: ``protocol-missing``, ``protocol-malformed``.
    """

    value: str

    def __post_init__(self) -> None:
        given = self.value
        text = given.strip() if isinstance(given, str) else ""
        if isinstance(given, str) and not text:
            raise Invalid("protocol-missing", given)
        if not _DIGITS.fullmatch(text):
            raise Invalid("protocol-malformed", given)
        object.__setattr__(self, "value", text)

    def __str__(self) -> str:
        return self.value
