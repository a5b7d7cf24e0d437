"""The PAC Solución Factible: two questions, and what its answers amount to before SAT is heard.

``enviarSolicitudCancelacionAsincrono`` hands in a request that was signed here; ``getStatusCancelacionAsincrona`` asks
what became of it. (Method pages read 2024-05 to 2026-06.)
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from lxml import etree

from schemas.invalid import Invalid
from schemas.mx.code_table import lookup
from schemas.mx.fiscal_uuid import FiscalUuid
from worker.domain.evidence import Grade
from worker.domain.outcome import Confirmed, NoAnswer, Outcome, Pending, Said, Unknown
from worker.engine.ports import Answer
from worker.rails.mx import acuse, codes
from worker.rails.mx.keyring import Account
from worker.rails.mx.verdict import ELSEWHERE
from worker.rails.reading import HalfAnswer
from worker.soap.answer import Reply, first, text
from worker.soap.faults import TransportFault
from worker.soap.service import MASK, SoapService

SUBMIT = "enviarSolicitudCancelacionAsincrono"
STATUS = "getStatusCancelacionAsincrona"

_WORDS = 1000
#: A shorter password may stand in an answer by chance.
_TELLING = 6
_NOTHING = Said(codes.SAT_REQUEST)

Properties = Sequence[Mapping[str, Any]]


class SolucionFactible:
    """One door of the PAC. Never raises for what it or the network does."""

    def __init__(self, service: SoapService) -> None:
        self._service = service

    def submit(
        self, account: Account, document: str, signed: bytes, *, mailbox: str | None, properties: Properties
    ) -> Answer:
        """Hand in ``signed``, once. The PAC's word about the document."""
        try:
            reply = self._service.call(
                SUBMIT,
                usuario=account.user,
                password=account.password,
                solicitud=signed,
                emailNotifica=mailbox,
                properties=list(properties),
            )
        except TransportFault as fault:
            return _discreet(lost(fault), account)
        return _discreet(Answer(submitted(reply, document), (reply.exchange,)), account)

    def status(
        self,
        account: Account,
        document: str,
        *,
        properties: Properties,
        seconds: float | None = None,
        issuer: str | None = None,
        ours_from: datetime | None = None,
    ) -> Answer:
        """Ask about ``document``. ``Confirmed`` here is the PAC's word alone; its acuse must be ``issuer``'s.

        Where the PAC knew the document before us, an acuse older than ``ours_from`` is of somebody else's request.
        """
        try:
            reply = self._service.call(
                STATUS,
                seconds=seconds,
                usuario=account.user,
                password=account.password,
                transactionId=document,
                properties=list(properties),
            )
        except TransportFault as fault:
            return _discreet(lost(fault), account)
        return _discreet(Answer(told(reply, document, issuer, ours_from), (reply.exchange,)), account)


def lost(fault: TransportFault) -> Answer:
    """A transport fault as an answer."""
    said = Said("transport", None, fault.detail)
    return Answer(NoAnswer(left=fault.left, slug=fault.slug, said=said), (fault.exchange,))


def submitted(reply: Reply, document: str) -> Outcome:
    """What an answer to a submit amounts to."""
    said = _said(reply, codes.SUBMIT)
    heard = _of(said, document)
    return Unknown(said) if isinstance(heard, HalfAnswer) else heard


def told(reply: Reply, document: str, issuer: str | None = None, ours_from: datetime | None = None) -> Outcome:
    """What an answer to the question amounts to, its acuse included."""
    said = _said(reply, codes.STATUS)
    heard = _of(said, document)
    return _ended(reply, said, document, issuer, ours_from) if isinstance(heard, HalfAnswer) else heard


def _discreet(answer: Answer, account: Account) -> Answer:
    """The answer without our own password, should the PAC have echoed it in a message for people."""
    secret = account.password
    if len(secret) < _TELLING or not any(secret.encode() in (one.received or b"") for one in answer.exchanges):
        return answer
    said = answer.outcome.said
    return replace(
        answer,
        outcome=replace(answer.outcome, said=replace(said, text=said.text.replace(secret, MASK))),
        exchanges=tuple(
            replace(one, received=one.received and one.received.replace(secret.encode(), MASK.encode()))
            for one in answer.exchanges
        ),
    )


def _said(reply: Reply, level: str) -> Said:
    return Said(level, text(reply.element, "status"), (text(reply.element, "mensaje") or "")[:_WORDS])


def _of(said: Said, document: str) -> Outcome | HalfAnswer:
    if said.code is None:
        return NoAnswer(left=True, slug="answer-unreadable", said=said)
    if _names_another(said.text, document):
        return NoAnswer(left=True, slug="answer-names-another-document", said=said)
    return codes.outcome(said)


def _names_another(message: str, document: str) -> bool:
    """The message of a good answer is the document's UUID. Any other whole UUID belongs to somebody else's answer."""
    try:
        return str(FiscalUuid(message)) != document.upper()
    except Invalid:
        return False


def _ended(reply: Reply, said: Said, document: str, issuer: str | None, ours_from: datetime | None) -> Outcome:
    """The process has ended: how, only the acuse tells. Without one it has merely been registered."""
    try:
        found = acuse.read(_acuse_bytes(reply), text(reply.element, "mensaje"))
    except acuse.UnreadableAcuse as fault:
        return NoAnswer(left=True, slug=fault.slug, said=said)
    if found is None or not (found.folios or found.code):
        return Pending(said)
    given = sorted(found.says_of(document))
    if not given and found.folios:
        return NoAnswer(left=True, slug="acuse-names-another-document", said=said)
    if given and _contradicts(found, issuer):
        return Unknown(Said(codes.SAT_REQUEST, found.code, f"{found.issuer or ''} {said.text}".strip()))
    level = codes.SAT_UUID if given else codes.SAT_REQUEST
    heard = [_of_sat(level, code, said) for code in given or [found.code or ""]]
    if all(isinstance(each, HalfAnswer) for each in heard):
        words = Said(codes.SAT_UUID, given[-1], said.text) if given else said
        older = ours_from is not None and found.at is not None and found.at < ours_from
        return Confirmed(Grade.PAC_STATUS, words, ELSEWHERE if older else None) if given else Pending(said)
    if len(heard) > 1 or isinstance(heard[0], HalfAnswer):
        return Unknown(Said(level, "+".join(given), said.text))
    return heard[0]


def _contradicts(found: acuse.Acuse, issuer: str | None) -> bool:
    """An acuse that is another taxpayer's, or that refuses the whole request, is no word about one document of it."""
    stranger = bool(issuer and found.issuer) and str(found.issuer).strip().upper() != str(issuer).strip().upper()
    levels = (codes.SAT_REQUEST, codes.SAT_UUID)  # some PACs repeat the document's code for the whole request
    fine = not found.code or any(isinstance(_of_sat(level, found.code, _NOTHING), HalfAnswer) for level in levels)
    return stranger or not fine


def _of_sat(level: str, code: str, said: Said) -> Outcome | HalfAnswer:
    """SAT's code for retentions has tables of its own; no number is in both."""
    level = level if lookup(level, code) else codes.SAT_RETENTION if lookup(codes.SAT_RETENTION, code) else level
    return codes.outcome(Said(level, code, said.text))


def _acuse_bytes(reply: Reply) -> bytes | None:
    """``acuseSat`` (or ``acuseSAT``, as one page spells it): base64 by contract, markup by experience."""
    for name in ("acuseSat", "acuseSAT"):
        element = first(reply.element, name)
        if element is None:
            continue
        if len(element):
            return etree.tostring(element[0])
        given = (element.text or "").strip()
        if given.startswith(("<", "&lt;")):
            return given.encode()
        if given:
            return _decoded(given)
    return None


def _decoded(given: str) -> bytes:
    """Base64, once or (by a known mistake of SOAP stacks) twice."""
    content = given.encode()
    for _ in range(2):
        try:
            content = base64.b64decode(content, validate=False)
        except binascii.Error:
            break
        if b"<" in content[:200]:
            break
    return content
