"""``cancela sign``: the signed request on stdout, and nothing else happens. No network, no ledger, no settings."""

import base64
import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from producers.cli.given import Zone, moment, zone
from producers.cli.passwords import password, read
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from worker.rails.mx.request import Folio
    from worker.signing.credentials import Csd

app = typer.Typer(help="Sign a request and print it; nothing is sent.", no_args_is_help=True)

_LARGEST = 65_536


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
    allow_expired: Annotated[
        bool, typer.Option("--allow-expired", help="Sign although the certificate has expired: for tests.")
    ] = False,
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
    _print(voice, csd, signed(csd, issuer, wanted, date, zone=place, retention=retencion), date, place)


def _folio(text: str) -> "Folio":
    from schemas.mx.fiscal_uuid import FiscalUuid
    from schemas.mx.motive import Motive
    from worker.rails.mx.request import Folio

    uuid, *reason = text.split(":")
    if len(reason) not in (1, 2):
        raise typer.BadParameter(f"{text!r} is not UUID:MOTIVE or UUID:01:SUBSTITUTE")
    return Folio(FiscalUuid(uuid), Motive.from_code(reason[0], reason[1] if len(reason) == 2 else None))


def _print(voice: Voice, csd: "Csd", request: bytes, date: datetime, place: ZoneInfo) -> None:
    if voice.json:
        voice.tell(
            {
                "rfc": csd.rfc,
                "certificate": csd.number,
                "at": date.astimezone(place).isoformat(timespec="seconds"),
                "sha256": hashlib.sha256(request).hexdigest(),
                "request_base64": base64.b64encode(request).decode(),
            }
        )
        return
    sys.stdout.buffer.write(request)
    sys.stdout.buffer.flush()
