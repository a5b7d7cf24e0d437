"""``cancela sign``: the signed request on stdout, and nothing else happens. No network, no ledger, no settings."""

import base64
import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from producers.cli.given import Zone, moment, zone
from producers.cli.passwords import password, read
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from worker.rails.mx.request import Folio

app = typer.Typer(help="Sign a request and print it; nothing is sent.", no_args_is_help=True)

_LARGEST = 65_536
_LARGEST_PFX = 262_144

AllowExpired = Annotated[
    bool, typer.Option("--allow-expired", help="Sign although the certificate has expired: for tests.")
]


@app.command("mx")
@spoken
def mx(
    voice: Voice,
    folios: Annotated[
        list[str], typer.Argument(metavar="UUID:MOTIVE[:SUBSTITUTE]…", help="Documents, each with its motive.")
    ],
    cer: Annotated[Path, typer.Option(help="The CSD's certificate (.cer).")],
    key: Annotated[Path, typer.Option(help="The CSD's private key (.key).")],
    rfc: Annotated[str, typer.Option(help="The issuer's RFC.")],
    password_file: Annotated[Path | None, typer.Option(help="File with the key's password; else it is asked.")] = None,
    at: Annotated[
        str | None,
        typer.Option(help="Date of the request, 2026-11-20T12:00:00: local, or with an offset. Now if left out."),
    ] = None,
    zone_name: Zone = "America/Mexico_City",
    retencion: Annotated[bool, typer.Option("--retencion", help="The documents are retentions.")] = False,
    allow_expired: AllowExpired = False,
) -> None:
    """Sign a cancellation request (Annex 20) with a CSD and print its bytes.

    The certificate must be valid at the moment of signing and at the date of the request. --allow-expired forgives an
    end of validity that has passed, never a beginning that is yet to come.
    """
    from schemas.mx.rfc import Rfc
    from worker.rails.mx.request import signed
    from worker.signing.credentials import open_csd

    issuer, wanted, place = Rfc(rfc).as_issuer(), [_folio(text) for text in folios], zone(zone_name)
    date = moment(at, place)
    secret = password(password_file, "--password-file", voice.word("key-password"))
    csd = open_csd(read(cer, _LARGEST), read(key, _LARGEST), secret)
    for instant in (datetime.now(UTC), date):
        csd.check(str(issuer), instant, allow_expired=allow_expired)
    request = signed(csd, issuer, wanted, date, zone=place, retention=retencion)
    at_there = date.astimezone(place).isoformat(timespec="seconds")
    _print(voice, request, rfc=csd.rfc, certificate=csd.number, at=at_there)


@app.command("br")
@spoken
def br(
    voice: Voice,
    pfx: Annotated[Path, typer.Option(help="The A1: certificate and key in one file (.pfx, .p12).")],
    input_: Annotated[
        Path, typer.Option("--input", help="JSON with the event's fields under their own names; - reads stdin.")
    ],
    password_file: Annotated[Path | None, typer.Option(help="File with the PFX's password; else it is asked.")] = None,
    zone_name: Annotated[
        str | None, typer.Option("--zone", help="Time zone of an event without dhEvento. [that of the key's state]")
    ] = None,
    allow_expired: AllowExpired = False,
) -> None:
    """Sign the event that cancels a DC-e (eventoDCe 1.00, 110111) with an A1 and print its bytes.

    Needed are chDCe, tpAmb, nProt, xJust and one of CNPJUsEmit, CPFUsEmit, IdOutrosUsEmit. What else an event has
    follows from the key, and dhEvento is now where it is not given. The certificate must be valid now, and of the
    author's company.
    """
    from worker.rails.br.event import signed
    from worker.rails.br.event_input import read_input
    from worker.signing.a1 import open_a1

    fields, moment_given = read_input(read(input_, _LARGEST))
    place = fields.key.uf.clock(zone_name)
    date = moment_given or datetime.now(UTC).astimezone(place)
    a1 = open_a1(read(pfx, _LARGEST_PFX), password(password_file, "--password-file", voice.word("pfx-password")))
    a1.check(str(fields.author), datetime.now(UTC), allow_expired=allow_expired)
    event = signed(a1, fields, date)
    at = date.isoformat(timespec="seconds") if isinstance(date, datetime) else str(date)
    _print(voice, event, cnpj=str(fields.author), certificate=f"{a1.serial:X}", at=at, id=fields.id)


def _folio(text: str) -> "Folio":
    from schemas.mx.fiscal_uuid import FiscalUuid
    from schemas.mx.motive import Motive
    from worker.rails.mx.request import Folio

    uuid, *reason = text.split(":")
    if len(reason) not in (1, 2):
        raise typer.BadParameter(f"{text!r} is not UUID:MOTIVE or UUID:01:SUBSTITUTE")
    return Folio(FiscalUuid(uuid), Motive.from_code(reason[0], reason[1] if len(reason) == 2 else None))


def _print(voice: Voice, request: bytes, **facts: str) -> None:
    if voice.json:
        digest = hashlib.sha256(request).hexdigest()
        voice.tell({**facts, "sha256": digest, "request_base64": base64.b64encode(request).decode()})
        return
    sys.stdout.buffer.write(request)
    sys.stdout.buffer.flush()
