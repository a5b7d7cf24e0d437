"""Totals as people and spreadsheets write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.invalid import Invalid
from schemas.mx.amount import total, written


@pytest.mark.parametrize(
    ("given_as", "expected"),
    [
        ("1234.50", "1234.5"),
        (" $ 1,234.50 ", "1234.5"),
        ("1,234,567", "1234567"),
        ("0", "0"),
        ("0.00", "0"),
        (".5", "0.5"),
        ("12.", "12"),
        ("1E3", "1000"),
        (1234.5, "1234.5"),
        (1160.0000000000002, "1160"),
        (0.1 + 0.2, "0.3"),
        (7, "7"),
        (Decimal("999999999999999999.999999"), "999999999999999999.999999"),
    ],
)
def test_a_total_is_understood(given_as: Decimal | float | str, expected: str) -> None:
    """Each way of writing it comes to one canonical text."""
    assert expected == written(total(given_as))


@pytest.mark.parametrize(
    ("given_as", "slug"),
    [
        ("", "total-malformed"),
        ("1234,50", "total-malformed"),
        ("1,23", "total-malformed"),
        ("12,3456.00", "total-malformed"),
        ("mil", "total-malformed"),
        ("NaN", "total-malformed"),
        ("١٢", "total-malformed"),
        ("1" * 60, "total-malformed"),
        (float("inf"), "total-malformed"),
        (Decimal("NaN"), "total-malformed"),
        (True, "total-malformed"),
        ("-1", "total-negative"),
        (-0.01, "total-negative"),
        ("0.1234567", "total-too-precise"),
        ("1E-300", "total-too-precise"),
        ("1000000000000000000", "total-too-large"),
        ("1E300", "total-too-large"),
    ],
)
def test_what_is_no_total_says_why(given_as: Decimal | float | str, slug: str) -> None:
    """A refusal carries its slug."""
    with pytest.raises(Invalid) as refused:
        total(given_as)
    assert slug == refused.value.slug


@given(st.decimals(min_value=0, max_value=10**15, places=6))
def test_writing_and_reading_are_inverse(amount: Decimal) -> None:
    """The canonical text is the amount, and is its own canonical text."""
    assert amount == total(written(amount))
    assert written(amount) == written(total(written(amount)))
