"""Protocol and date of a registered cancellation (``nProtocoloCanc``, ``dProtocoloCanc``), inside an authority's words.

SEFAZ writes both into its answer to a duplicate, as ``[nProt:…][dhRegEvento:…]`` (CT-e manual 4.00, code 631). We keep
them in the same form beside the reason of every answer that registers, so that no view has to open the evidence.
"""

import re
from dataclasses import dataclass
from typing import Self

_PROTOCOL = re.compile(r"\[nProt:\s*(\d{15,17})\s*\]", re.ASCII)
_AT = re.compile(r"\[dhRegEvento:\s*([^\]\s]+)\s*\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Registration:
    """``protocol`` is the cancellation's own, ``at`` its date as the authority wrote it; None where not told."""

    protocol: str
    at: str | None = None

    @classmethod
    def within(cls, words: str) -> Self | None:
        """What ``words`` tell of a registration; None when they tell of none."""
        protocol, at = _PROTOCOL.search(words), _AT.search(words)
        return cls(protocol[1], at and at[1]) if protocol else None

    def beside(self, words: str) -> str:
        """``words`` that tell of it, once."""
        if _PROTOCOL.search(words):
            return words
        return f"{words} [nProt:{self.protocol}]" + (f"[dhRegEvento:{self.at}]" if self.at else "")
