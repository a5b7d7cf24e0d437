"""What users of the common DLL find in its log after every call that was no success, read from journal and archive.

Nothing is written twice for it: the journal has the words, the exchanges the wire, the archive both messages.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.x509 import load_pem_x509_certificate
from lxml import etree

from worker.domain.job import Job
from worker.domain.journal import Line
from worker.rails.br.gateway import ENVIRONMENTS
from worker.signing import names
from worker.soap.answer import Unreadable, first, parse

#: Codes after which the DLL logs nothing.
SUCCESSES = frozenset({"100", "101", "107", "134", "135", "136", "155"})

_PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"


class Call(Protocol):
    """An exchange as the ledger keeps it; ``sent`` and ``received`` are digests in the archive."""

    @property
    def seq(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime: ...
    @property
    def http_status(self) -> int | None: ...
    @property
    def sent(self) -> str: ...
    @property
    def received(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecord:
    """One call: when, which service (WS) where, environment (1, 2), the certificate's subject, code and text, both
    messages by their digest (msgDados, msgRetWS); and which job, attempt, document, how long, with which HTTP status.
    """

    at: datetime
    service: str
    url: str
    environment: str
    certificate: str
    slug: str | None
    code: str | None
    text: str
    sent: str
    received: str | None
    job_id: str
    attempt: int
    key: str
    took: timedelta
    http_status: int | None


def records(
    job: Job, lines: Sequence[Line], calls: Iterable[Call], load: Callable[[str], bytes]
) -> Iterator[ErrorRecord]:
    """The records of a job's calls that were no success, in order. ``load`` gives archived bytes by digest."""
    facts = {line.seq: line.decoded() for line in lines}
    attempts, attempt = {}, 0
    for line in lines:
        attempt += line.fact == "claimed"
        attempts[line.seq] = attempt
    certificate = ""
    for call in calls:
        if call.kind == "procEventoDCe":
            continue
        certificate = _subject(load(call.sent)) or certificate
        fact = facts[call.seq]
        code = fact.said.code if fact.said else None
        if code in SUCCESSES:
            continue
        yield ErrorRecord(
            at=call.started_at,
            service=call.kind,
            url=call.url,
            environment=ENVIRONMENTS[job.environment],
            certificate=certificate,
            slug=fact.slug,
            code=code,
            text=fact.said.text if fact.said else "",
            sent=call.sent,
            received=call.received,
            job_id=job.id,
            attempt=attempts[call.seq],
            key=job.document,
            took=call.ended_at - call.started_at,
            http_status=call.http_status,
        )


def _subject(message: bytes) -> str:
    """Whose certificate signed a message; empty for a question, which is not signed."""
    try:
        found = first(parse(message), "X509Certificate")
    except Unreadable:
        return ""
    return "" if found is None else _name(found)


def _name(element: etree._Element) -> str:
    pem = _PEM.format("".join((element.text or "").split()))
    try:
        _, subject = names.issuer_and_subject(load_pem_x509_certificate(pem.encode()))
    except ValueError:
        return ""
    return names.one_line(subject)
