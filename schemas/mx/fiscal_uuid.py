"""The folio fiscal: the UUID that a PAC gives to a CFDI when it stamps it."""

import re
from dataclasses import dataclass

from schemas.invalid import Invalid

_LONGEST_INPUT = 64
_PATTERN = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class FiscalUuid:
    """A folio fiscal in canonical form: upper case, no space around. ``str()`` gives it.

    PACs answer in lower case and case changes a digest, so there is one form here. Version and variant of RFC 4122 are
    not looked at: stamped documents (and the PAC's own test set) do not keep them.

    Raises:
        Invalid: ``uuid-malformed``.
    """

    value: str

    def __post_init__(self) -> None:
        given = self.value
        if not isinstance(given, str) or len(given) > _LONGEST_INPUT or not _PATTERN.fullmatch(given.strip()):
            raise Invalid("uuid-malformed", given)
        object.__setattr__(self, "value", given.strip().upper())

    def __str__(self) -> str:
        return self.value
