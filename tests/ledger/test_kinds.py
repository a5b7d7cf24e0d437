"""Column types: the same meaning on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from worker.ledger.kinds import Document, Moment, canonical, legible

SQLITE = sqlite.dialect()
AWARE = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZoneInfo("America/Mexico_City"), timezone(timedelta(hours=-3))]),
)


@given(AWARE, AWARE)
def test_order_of_text_is_order_of_time(one: datetime, other: datetime) -> None:
    """SQLite sorts moments as text, whatever zone they came from; what comes back is the moment, in UTC."""
    first, second = (Moment().process_bind_param(moment, SQLITE) for moment in (one, other))
    # Through UTC: Python calls an hour that comes twice a year unequal to itself in another zone.
    assert (one.astimezone(UTC) < other.astimezone(UTC)) == (first < second)
    back = Moment().process_result_value(first, SQLITE)
    assert back is not None
    assert (one.astimezone(UTC), UTC) == (back, back.tzinfo)


def test_naive_datetimes_are_refused() -> None:
    """Nobody guesses a zone."""
    with pytest.raises(ValueError, match="aware"):
        Moment().process_bind_param(datetime(2026, 1, 1), SQLITE)  # noqa: DTZ001


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_documents_come_back_number_for_number(value: object) -> None:
    """What is read has the same canonical form as what was written, so hashes still fit."""
    text = Document().process_bind_param({"v": value}, SQLITE)
    assert text == canonical(Document().process_result_value(text, SQLITE))


def test_what_is_no_json_is_refused() -> None:
    """NaN would be stored as a word that no other reader knows."""
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(float("nan"))


def test_legible_replaces_what_a_database_cannot_hold() -> None:
    """NUL and lone surrogates, and nothing else."""
    assert legible("a\x00b\udcffÑ😀") == "a\ufffdb\ufffdÑ😀"
