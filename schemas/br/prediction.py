"""What SEFAZ would reject, told before anything is sent. Pure rules: the same at preflight and before signing.

Rules of a single value are refused where the value is made (``AccessKey`` and its neighbours); here are those that need
two values or the clock. What only the register knows (another protocol, transport begun) can't be told.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.br.access_key import AccessKey
from schemas.br.event_time import EventTime

WINDOW = timedelta(hours=24)
"""From authorisation to the latest regular cancellation (Ajuste SINIEF 05/2021)."""

SKEW = timedelta(minutes=5)
"""What the authority forgives between its clock and ours."""

_FIRST_YEAR = 2012


@dataclass(frozen=True, slots=True)
class Prediction:
    """A rejection to come: our slug, the codes that it would have, the value at fault.

    ``origin`` says who speaks. Where it is not ``certain``, the authority may accept all the same (155 homologates
    late), so it is a warning and no refusal.
    """

    slug: str
    codes: tuple[str, ...]
    certain: bool
    value: str
    origin: str = "local"


def codes(slug: str) -> tuple[str, ...]:
    """The codes that an authority gives for what we call ``slug``; empty for rules of our own."""
    rule = rules().get(slug)
    return rule[0] if rule else ()


def predicted(content: Mapping[str, Any], now: datetime) -> tuple[Prediction, ...]:
    """Every rejection that ``content`` (``DceCancellation.content()``) would meet at ``now``.

    Raises:
        Invalid: an identifier in it can't be read.
    """
    return tuple(
        Prediction(slug, *rules()[slug], value=value)
        for slug, value in (*_of_key(content, now), *_of_times(content, now), *_of_sequence(content))
    )


def _of_key(content: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    key = AccessKey(content["key"])
    if not _FIRST_YEAR <= key.year <= now.astimezone(key.uf.clock()).year:
        yield "access-key-year", str(key.year)
    author = content.get("author_cnpj")
    if author and author != str(key.cnpj):
        yield "author-not-emitter", str(author)


def _of_times(content: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    key = AccessKey(content["key"])
    authorised_at = _moment(content.get("authorised_at"))
    if authorised_at is not None and now > authorised_at + WINDOW:
        yield "window-over", authorised_at.isoformat()
    event_at = content.get("event_at")
    if not event_at:
        return
    moment = EventTime(event_at).moment
    if moment > now + SKEW:
        yield "event-time-ahead", event_at
    if authorised_at is not None and moment < authorised_at - SKEW:
        yield "event-time-before-authorisation", event_at
    elif moment < datetime(key.year, key.month, 1, tzinfo=key.uf.clock()) - SKEW:
        yield "event-time-before-issue", event_at


def _of_sequence(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if content.get("sequence", 1) > 1:
        yield "sequence-above-one", str(content["sequence"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@cache
def rules() -> dict[str, tuple[tuple[str, ...], bool]]:
    """Every rule: the codes, and whether the rejection is certain."""
    document = tomllib.loads(files("schemas.br").joinpath("predictions.toml").read_text("utf-8"))
    return {slug: (tuple(rule["codes"]), rule["certain"]) for slug, rule in document["rules"].items()}
