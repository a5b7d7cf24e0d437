"""The fiscal deadline follows the annual return, and never refuses."""

from datetime import date

import pytest

from worker.rails.mx.window import window

COMPANY, PERSON = "EKU9003173C9", "CACX7605101P8"


@pytest.mark.parametrize(
    ("request_", "last"),
    [
        ({"rfc": COMPANY, "issued": "2026-05-01T10:00:00"}, date(2027, 3, 31)),
        ({"rfc": PERSON, "issued": "2026-12-31"}, date(2027, 4, 30)),
        ({"rfc": COMPANY, "issued": "2025-01-01"}, date(2026, 3, 31)),
        ({"rfc": COMPANY, "issued": "2023-01-01"}, date(2024, 3, 31)),
    ],
)
def test_it_ends_with_the_month_of_the_return(request_: dict[str, str], last: date) -> None:
    """Companies in March, people in April of the next year; soft."""
    found = window(request_)
    assert found.closes_at is not None
    assert (last, 23, False) == (found.closes_at.date(), found.closes_at.hour, found.hard)


@pytest.mark.parametrize(
    "request_",
    [
        {"rfc": COMPANY},
        {"rfc": COMPANY, "issued": "2019-01-01"},
        {"rfc": COMPANY, "issued": "yesterday"},
        {"rfc": COMPANY, "issued": "2026-01-01", "retention": True},
    ],
)
def test_no_day_no_end(request_: dict[str, object]) -> None:
    """Where the day of issue is unknown, or the rule, no end is known."""
    assert window(request_).closes_at is None
