"""Until when a CFDI may be cancelled. A soft end: it orders and warns, and never refuses (``windows.toml``)."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any

from schemas.mx.rfc import Rfc
from worker.domain.window import Window
from worker.rails.mx.acuse import ZONE


def window(request: Mapping[str, Any]) -> Window:
    """The document's window. No end is known without the day of issue (``issued``, ISO), or for retentions."""
    issued = _day(request.get("issued"))
    if issued is None or request.get("retention"):
        return Window()
    for rule in _rules():
        if issued.year >= rule["issued_from"]:
            month_day = rule["company" if Rfc(str(request["rfc"])).company else "person"]
            last = date.fromisoformat(f"{issued.year + 1}-{month_day}")
            return Window(datetime.combine(last, time.max, tzinfo=ZONE))
    return Window()


def _day(given: Any) -> date | None:
    try:
        return datetime.fromisoformat(str(given)).date() if given else None
    except ValueError:
        return None


@cache
def _rules() -> tuple[Mapping[str, Any], ...]:
    document = tomllib.loads((files("schemas.mx") / "windows.toml").read_text("utf-8"))
    return tuple(sorted(document["rule"], key=lambda rule: -int(rule["issued_from"])))
