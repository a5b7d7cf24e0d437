"""``cancela codes``: what the authorities' codes mean."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from producers.cli.ends import Exit, Stopped
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from schemas.code_table import Entry


@spoken
def codes(
    voice: Voice,
    code: Annotated[str | None, typer.Argument(help="A code; all of them if left out.")] = None,
    level: Annotated[
        str | None, typer.Option(help="Only levels that begin so: sf, sat-uuid, sefaz-event, dll …")
    ] = None,
) -> None:
    """Explain the codes that answer a cancellation. The same number means different things at different levels.

    Level dll holds the numbers of the common DLL for DC-e, each with what we call it.
    """
    from schemas import codes as known
    from schemas.br import dll_numbers

    every = (*known.entries(), *dll_numbers.entries())
    wanted = None if code is None else code.strip()
    begins = (level or "").strip().lower()
    said = [entry for entry in every if entry.level.startswith(begins)]
    if not said:
        levels = ", ".join(dict.fromkeys(entry.level for entry in every))
        raise Stopped("level-unknown", Exit.IMPOSSIBLE, value=level, levels=levels)
    found = [entry for entry in said if wanted in (None, entry.code)]
    if not found:
        raise Stopped("code-unknown", Exit.IMPOSSIBLE, value=code)
    voice.table(
        [_plain(entry) for entry in found],
        ("level", "code", "reading", "meaning", "source"),
        (
            (entry.level, entry.code, entry.reading, entry.says(_language(voice)), f"{entry.source} ({entry.date})")
            for entry in found
        ),
    )


def _language(voice: Voice) -> Literal["es", "pt", "en"]:
    return cast(Literal["es", "pt", "en"], voice.lang)


def _plain(entry: "Entry") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(entry) | {"date": entry.date.isoformat()}
