"""What is given on the command line, made into what is meant."""

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from producers.cli.ends import Exit, Stopped
from producers.cli.passwords import read
from producers.cli.voice import Voice
from schemas.messages import LANGUAGES

Zone = Annotated[str, typer.Option("--zone", help="Time zone (IANA).")]


STATES = (
    "held", "queued", "sending", "uncertain", "waiting", "parked", "cancelled", "refused", "expired", "withdrawn",
)  # fmt: skip


def state(text: str) -> str:
    """The state that is meant, by its slug or by its word in any of our languages.

    Raises:
        BadParameter: there is no such state.
    """
    wanted = text.strip().casefold()
    for slug in STATES:
        if wanted in (slug, *(Voice(lang).word(f"state-{slug}") for lang in LANGUAGES)):
            return slug
    raise typer.BadParameter(f"--state {text!r}: one of {', '.join(STATES)}")


def zone(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        Stopped: ``zone-unknown``.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Stopped("zone-unknown", Exit.WRONG, value=name) from None


def moment(text: str | None, place: ZoneInfo) -> datetime:
    """The moment that was written, aware: without an offset it is the local time of ``place``. None is now.

    Raises:
        BadParameter: it is no date and time.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        written = datetime.fromisoformat(text)
        there = (written if written.tzinfo else written.replace(tzinfo=place)).astimezone(place)
        there.astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is not a date and time such as 2026-11-20T12:00:00") from None
    return there


def actor() -> str:
    """Who is at the keyboard, for the journal."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"operator:uid-{os.getuid()}"


def with_xml(fields: dict[str, Any], xml: Path) -> dict[str, Any]:
    """The request's fields with those that the CFDI itself knows; what was given beside it must agree.

    Raises:
        BadParameter: receiver or total are given twice.
        Rejected: see ``producers.batch.cfdi_file.read_cfdi``.
        Stopped: ``cfdi-other-issuer``, ``file-unreadable``, ``file-too-large``.
    """
    from producers.batch.cfdi_file import LARGEST, read_cfdi

    if "receiver" in fields or "total" in fields:
        raise typer.BadParameter("--xml already says receiver and total")
    facts = read_cfdi(read(xml, LARGEST), uuid=fields.get("uuid"))
    if "rfc" in fields and fields["rfc"].strip().upper() != str(facts.issuer):
        raise Stopped("cfdi-other-issuer", Exit.WRONG, given=fields["rfc"], found=str(facts.issuer))
    return fields | facts.fields()
