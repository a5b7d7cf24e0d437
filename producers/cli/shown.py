"""How views look to a person."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from producers.cli.voice import Voice

if TYPE_CHECKING:
    from schemas.views import BatchView, IssuerView, JobView, JournalLineView

HERE = ZoneInfo("America/Mexico_City")


def when(moment: datetime | None, zone: tzinfo = HERE) -> str:
    """A moment as the clock of ``zone`` showed it."""
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S%z}"


def state(voice: Voice, slug: str) -> str:
    """A state in the reader's language, and the word that is the same in all of them where that is another one."""
    word = voice.word(f"state-{slug}")
    return slug if word == slug else f"{word} ({slug})"


def states(counts: Mapping[str, int], voice: Voice | None = None) -> str:
    """Counts by state, the most first; by our slugs where nobody listens."""
    told = {slug: state(voice, slug) if voice else slug for slug in counts}
    return ", ".join(f"{told[slug]} {count}" for slug, count in sorted(counts.items(), key=lambda each: -each[1]))


def job(voice: Voice, view: "JobView", history: Sequence["JournalLineView"] = ()) -> Iterator[str]:
    """A job, with what happened to it."""
    yield f"{view.document}  {state(voice, view.state)}  ({voice.word(view.environment)})"
    yield f"  {view.meaning}"
    if view.next_step:
        yield f"  → {view.next_step}"
    facts = {
        "job": view.id,
        "issuer": view.issuer,
        "round": view.round,
        "asked-for": ", ".join(f"{name}={value}" for name, value in view.request.items()),
        "said": f"{view.said.short} {view.said.text}".strip() if view.said else None,
        **(view.dce.model_dump(include={"nProtocoloCanc", "dProtocoloCanc"}) if view.dce else {}),
        "grade": view.grade,
        "accepted": when(view.accepted_at),
        "changed": when(view.changed_at),
        "due": when(view.due_at),
    }
    for name, value in facts.items():
        if value:
            yield f"  {voice.word(name)}: {value}"
    for line in history:
        moved = voice.word(f"state-{line.state_to}")
        if line.state_from not in (None, line.state_to):
            moved = f"{voice.word(f'state-{line.state_from}')} → {moved}"
        said = f" [{line.said.short}]" if line.said else ""
        why = f" {line.why!r}" if line.why else ""
        yield f"  {line.seq:>3} {when(line.at)} {line.fact}: {moved}{said} {line.actor}{why}"


def batch(voice: Voice, view: "BatchView") -> Iterator[str]:
    """A batch and how far it is."""
    yield f"{view.id}  {view.name}  {when(view.created_at)}"
    yield f"  {voice.word('rows')}: {view.rows}   {voice.word('refused-rows')}: {view.refused_rows}"
    if view.states:
        yield f"  {states(view.states, voice)}"


def issuer(voice: Voice, view: "IssuerView") -> Iterator[str]:
    """An issuer, without anything secret."""
    yield f"{view.tax_id}  {voice.word(view.environment)}  {view.id}"
    yield f"  {voice.word('certificate')}: {view.certificate or '-'}  {when(view.certificate_until)}"
    facts = {"account": view.account, "mailbox": view.mailbox or "-", "zone": view.zone or "-"}
    yield "  " + "  ".join(f"{voice.word(name)}: {fact}" for name, fact in facts.items())
