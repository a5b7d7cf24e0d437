"""``procEventoDCe``: the signed event and SEFAZ's registration of it, in one document that the issuer has to keep.

No service returns it; it is put together here from the bytes that were sent, unchanged, and the answer.
"""

import re
from dataclasses import dataclass

from lxml import etree

from worker.rails.br.event import NAMESPACE, VERSION
from worker.signing.profiles import SEFAZ
from worker.signing.verification import NotVerified, Seal, verify
from worker.soap.answer import Unreadable, local, parse, text

_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?")
_BEGIN = f'<?xml version="1.0" encoding="UTF-8"?><procEventoDCe xmlns="{NAMESPACE}" versao="{VERSION}">'.encode()
_END = b"</procEventoDCe>"


class Unproven(ValueError):
    """Event and registration do not make a proof. ``value`` says why."""

    slug = "proof-does-not-verify"

    def __init__(self, value: str) -> None:
        super().__init__(f"{self.slug}: {value}")
        self.value = value


@dataclass(frozen=True, slots=True)
class Proof:
    """What a procEventoDCe shows: whose seal stands on the event, of which document, and how it was registered.

    ``protocol`` and ``at`` are the cancellation's (``nProt``, ``dhRegEvento``) as written, ``code`` the ``cStat``.
    """

    seal: Seal
    key: str
    code: str | None
    protocol: str | None
    at: str | None


def assemble(signed: bytes, registration: bytes) -> bytes:
    """The proof, from the event as it was sent and ``retEventoDCe`` as a document of its own.

    Raises:
        Unproven: ``proof-does-not-verify``: the signature does not stand, or they speak of two documents.
    """
    content = _BEGIN + _bare(signed) + _bare(registration) + _END
    verified(content)
    return content


def verified(content: bytes) -> Proof:
    """What a proof shows, when the signature inside stands and the registration is of the same event.

    Raises:
        Unproven: ``proof-does-not-verify``.
    """
    try:
        root = parse(content)
        if local(root) != "procEventoDCe" or [local(child) for child in root] != ["eventoDCe", "retEventoDCe"]:
            raise Unproven("not an event and its registration")
        event, registration = etree.fromstring(etree.tostring(root[0], with_tail=False)), root[1]
        seal = verify(event, SEFAZ)
    except (Unreadable, NotVerified) as fault:
        raise Unproven(str(fault)) from None
    key = text(event, "chDCe") or ""
    if (text(registration, "chDCe") or key) != key:
        raise Unproven("chDCe")
    return Proof(seal, key, text(registration, "cStat"), text(registration, "nProt"), text(registration, "dhRegEvento"))


def _bare(content: bytes) -> bytes:
    """Without byte order mark and declaration: neither may stand inside."""
    return _DECLARATION.sub(b"", content, count=1).rstrip()
