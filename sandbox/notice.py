"""The PAC's mail about the end of a cancellation. Three headers are documented; everything else here is made up."""

from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

SENDER = "Avisos PAC <no-responder@pac.sandbox.example>"
_DOMAIN = "pac.sandbox.example"


def notice(uuid: str, positive: bool, to: str, at: datetime) -> bytes:
    """One mail. The order of the headers differs between the good and the bad news, as in the PAC's own samples."""
    told = {
        "X-SFService": "Cancelar",
        "X-UUIDCancelacion": uuid.upper(),
        "X-StatusCancelacion": "OK" if positive else "ERROR",
    }
    return _mail(list(told.items()) if positive else list(reversed(told.items())), uuid, to, at)


def malformed(uuid: str, to: str, at: datetime) -> Iterator[bytes]:
    """A mail in every broken form in which a notice may not be believed."""
    service, named, status = (
        ("X-SFService", "Cancelar"),
        ("X-UUIDCancelacion", uuid.upper()),
        ("X-StatusCancelacion", "OK"),
    )
    for headers in (
        [service, status],
        [service, named],
        [service, named, status, ("X-StatusCancelacion", "ERROR")],
        [service, named, ("X-UUIDCancelacion", "0" * 36), status],
        [service, ("X-UUIDCancelacion", "no es un folio"), status],
        [service, named, ("X-StatusCancelacion", "QUIZAS")],
        [("X-SFService", "Timbrar"), named, status],
    ):
        yield _mail(headers, uuid, to, at)


def _mail(headers: list[tuple[str, str]], uuid: str, to: str, at: datetime) -> bytes:
    mail = EmailMessage()
    mail["From"] = SENDER
    mail["To"] = to
    mail["Subject"] = f"Resultado de la cancelación del comprobante {uuid.upper()}"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = make_msgid(domain=_DOMAIN)
    for name, value in headers:
        mail[name] = value
    mail.set_content(f"El proceso de cancelación del comprobante {uuid.upper()} ha terminado.\n")
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
