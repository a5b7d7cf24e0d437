"""What the demo says at its end: states beside the truth, and where everything lies."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from producers.cli.demo.verdict import Judged, kinds
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from schemas.views import BatchView


def report(
    voice: Voice,
    judged: Sequence[Judged],
    *,
    batch: "BatchView",
    seconds: float,
    proven: int,
    places: Mapping[str, str],
) -> bool:
    """Tells it; whether all is as planned and as the authorities say."""
    equal = all(each.equal for each in judged)
    lines = kinds(judged)
    data = {
        "equal": equal,
        "rows": len(judged),
        "registered_twice": sum(each.effects > 1 for each in judged),
        "proven": proven,
        "seconds": seconds,
        "kinds": lines,
        "differ": [_difference(each) for each in judged if not each.equal],
        "batch": batch.model_dump(mode="json"),
        **places,
    }
    voice.table(
        data,
        ("kind", "rows", "ledger", "truth", "equal"),
        (
            (
                voice.word(f"demo-{line['kind']}"),
                line["rows"],
                _counted(voice, "state", line["ledger"]),
                _counted(voice, "truth", line["truth"]),
                "=" if line["equal"] else "≠",
            )
            for line in lines
        ),
    )
    if not voice.json:
        voice.tell(None, ["", *(f"{voice.word(name)}: {place}" for name, place in places.items()), ""])
        voice.say("demo-equal" if equal else "demo-differs", rows=len(judged), seconds=seconds, proven=proven)
    return equal


def _difference(judged: Judged) -> dict[str, object]:
    return {
        "document": judged.row.document,
        "kind": judged.row.kind,
        "planned": judged.row.ending,
        "ledger": judged.state,
        "truth": judged.truth,
        "effects": judged.effects,
    }


def _counted(voice: Voice, family: str, counts: Mapping[str, int]) -> str:
    words = {voice.word(f"{family}-{name}"): count for name, count in counts.items()}
    return ", ".join(f"{word} {count}" if len(words) > 1 else word for word, count in words.items())
