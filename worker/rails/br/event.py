"""The cancellation event of a DC-e (``eventoDCe`` 1.00, event 110111), signed by the company that issued it.

Order and form of the elements: official schema of the generation edited by SEFA-PR (2026-06); the digest of the
published example comes out of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from lxml import etree

from schemas.br.access_key import AccessKey
from schemas.br.cnpj import Cnpj
from schemas.br.emitter_user import EmitterUser
from schemas.br.event_time import EventTime
from schemas.br.justification import justification
from schemas.br.protocol import Protocol
from schemas.invalid import Invalid
from worker.rails.br.validation import validate_event
from worker.signing.a1 import A1
from worker.signing.profiles import SEFAZ
from worker.signing.xmldsig import sign

NAMESPACE = "http://www.portalfiscal.inf.br/dce"
KIND = "110111"
PRODUCTION, HOMOLOGATION = "1", "2"

VERSION = "1.00"
_DESCRIPTION = "Cancelamento"
_MOST_SEQUENCE = 999


@dataclass(frozen=True, slots=True)
class EventFields:
    """What an event says, all of it checked. ``author`` and ``organ`` follow from the key unless they are given.

    ``environment`` is 1 (production) or 2 (homologation), ``sequence`` 1 to 999. Whether the parts fit one another is
    ``schemas.br.prediction``'s question.

    Raises:
        Invalid: ``access-key-alphanumeric-not-yet``, ``access-key-emitter``, ``cnpj-alphanumeric-not-yet``,
            ``environment-unknown``, ``sequence-malformed``, ``event-organ-unknown``, those of ``justification``.
    """

    key: AccessKey
    protocol: Protocol
    justification: str
    user: EmitterUser
    environment: str
    author: Cnpj | None = None
    organ: str | None = None
    sequence: int = 1

    def __post_init__(self) -> None:
        self.key.for_event()
        object.__setattr__(self, "author", (self.author or self.key.cnpj).for_event())
        object.__setattr__(self, "organ", self.organ or self.key.uf.code)
        justification(self.justification)
        if self.environment not in (PRODUCTION, HOMOLOGATION):
            raise Invalid("environment-unknown", self.environment)
        if type(self.sequence) is not int or not 1 <= self.sequence <= _MOST_SEQUENCE:
            raise Invalid("sequence-malformed", self.sequence)
        if len(str(self.organ)) != 2 or not str(self.organ).isdigit():
            raise Invalid("event-organ-unknown", self.organ)

    @classmethod
    def of(cls, content: Mapping[str, Any], environment: str) -> Self:
        """What a request asks for (``DceCancellation.content()``), in ``test`` or ``production``.

        Raises:
            Invalid: as the class, and what the identifiers object to.
            KeyError: something is missing that every request has.
        """
        return cls(
            key=AccessKey(content["key"]),
            protocol=Protocol(content["protocol"]),
            justification=content["justification"],
            user=EmitterUser.of(
                cnpj=content.get("user_cnpj"), cpf=content.get("user_cpf"), other=content.get("user_other")
            ),
            environment={"test": HOMOLOGATION, "production": PRODUCTION}[environment],
            author=Cnpj(content["author_cnpj"]) if content.get("author_cnpj") else None,
            sequence=content.get("sequence", 1),
        )

    @property
    def id(self) -> str:
        """What is signed is called so: ID, kind, key, three digits of sequence."""
        return f"ID{KIND}{self.key}{self.sequence:03d}"


def build(fields: EventFields, at: datetime | EventTime) -> etree._Element:
    """The event without its signature, dated ``at``: an aware moment at its own offset, or a text as it is.

    Raises:
        Invalid: ``event-time-malformed``.
    """
    root = etree.Element(_tag("eventoDCe"), nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # stubs forget None
    root.set("versao", VERSION)
    info = etree.SubElement(root, _tag("infEvento"), Id=fields.id)
    for name, text in (
        ("cOrgao", str(fields.organ)),
        ("tpAmb", fields.environment),
        ("tpEmit", fields.key.emitter),
        ("CNPJAutor", str(fields.author)),
        (fields.user.tag, fields.user.value),
        ("chDCe", str(fields.key)),
        ("dhEvento", str(at if isinstance(at, EventTime) else EventTime.of(at))),
        ("tpEvento", KIND),
        ("nSeqEvento", str(fields.sequence)),
    ):
        _add(info, name, text)
    detail = etree.SubElement(info, _tag("detEvento"), versaoEvento=VERSION)
    cancellation = etree.SubElement(detail, _tag("evCancDCe"))
    _add(cancellation, "descEvento", _DESCRIPTION)
    _add(cancellation, "nProt", str(fields.protocol))
    _add(cancellation, "xJust", fields.justification)
    return root


def signed(a1: A1, fields: EventFields, at: datetime | EventTime) -> bytes:
    """The event as it travels: UTF-8, no declaration, nothing indented, valid. The same arguments give the same bytes.

    Whether the A1 is valid now is the caller's question (``A1.check``); whose it is, is asked here again.

    Raises:
        CredentialFault: ``a1-foreign-base``.
        Invalid: ``event-time-malformed``.
        SchemaFault: ``event-schema``; our own rules and the schema disagree.
    """
    a1.check_owner(str(fields.author))
    octets: bytes = etree.tostring(sign(build(fields, at), a1, SEFAZ), encoding="UTF-8", xml_declaration=False)
    validate_event(octets)
    return octets


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _tag(name)).text = text


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
