"""From a row to the fields of a request: which country's document it is, and what the sheet as a whole says of it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from producers.batch.cells import field_of
from producers.batch.limits import Limits
from producers.batch.sheet import Row
from schemas.columns import Found, columns
from schemas.problem import Problem
from schemas.requests import RAILS


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What holds for the whole sheet. ``rfc``, ``motive`` and ``justification`` fill in where a row says nothing.

    ``require_sat_status``: the issuer demands that SAT be asked, so that receiver and total are needed in every row.
    """

    tenant: str = "default"
    environment: str = "test"
    rfc: str | None = None
    motive: str | None = None
    retention: bool = False
    justification: str | None = None
    require_sat_status: bool = False
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None

    def needed(self, there: Collection[str]) -> tuple[str, ...]:
        """The columns that a sheet with these columns must have: a sheet of one country none of the other's."""
        rails = [rail for rail, model in RAILS.items() if model.document_field in there] or ["mx"]
        return tuple(name for rail in rails for name in self._needed(rail))

    def filled(self, rail: str) -> Mapping[str, Any]:
        """What a row of this country has without saying so."""
        given = (
            {"rfc": self.rfc, "motive": self.motive, "retention": self.retention or None}
            if rail == "mx"
            else {"justification": self.justification}
        )
        return {name: value for name, value in given.items() if value is not None}

    def payload(self) -> dict[str, Any]:
        """As plain JSON; ``Options(**payload)`` is the same again. A file with other options is another batch."""
        return asdict(self)

    def _needed(self, rail: str) -> tuple[str, ...]:
        usual = ("uuid", "rfc", "motive") if rail == "mx" else ("access_key", "protocol", "justification")
        asked = ("receiver", "total") if rail == "mx" and self.require_sat_status else ()
        return (*(name for name in usual if name not in self.filled(rail)), *asked)


def fields(row: Row, options: Options, found: Found, limits: Limits) -> tuple[dict[str, Any], list[Problem]]:
    """The request's fields that a row gives, with the sheet's options where it gives none. Columns that describe the
    other country's documents are not looked at."""
    named = [rail for rail, model in RAILS.items() if model.document_field in row.cells]
    if len(named) > 1:
        return {}, [Problem(slug="row-of-two-countries", column=found.header(RAILS["br"].document_field))]
    rail = named[0] if named else _country(found)
    given: dict[str, Any] = {"rail": rail, "tenant": options.tenant, "environment": options.environment}
    given |= options.filled(rail)
    problems: list[Problem] = []
    for name, value in row.cells.items():
        if columns()[name].rail != rail:
            continue
        kept = field_of(name, value, limits)
        if isinstance(kept, Problem):
            problems.append(kept.at(column=found.header(name)))
        else:
            given[name] = kept
    if rail == "mx" and options.require_sat_status:
        asked = [name for name in ("receiver", "total") if name not in row.cells]
        problems += [Problem(slug="sat-status-required", column=found.header(name)) for name in asked]
    return given, problems


def _country(found: Found) -> str:
    """Of a row that names no document: whose sheet is it?"""
    there = [rail for rail, model in RAILS.items() if model.document_field in found.at]
    return there[0] if len(there) == 1 else "mx"
