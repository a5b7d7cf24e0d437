"""Folio fiscal: one canonical form."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.invalid import Invalid
from schemas.mx.fiscal_uuid import FiscalUuid


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=2**128 - 1))
def test_any_128_bits_are_a_folio_in_upper_case(number: int) -> None:
    """Version and variant do not matter; lower case and space around lead to the same value."""
    text = str(uuid.UUID(int=number))
    assert text.upper() == str(FiscalUuid(text)) == str(FiscalUuid(f" {text.upper()}\n"))
    assert FiscalUuid(text) == FiscalUuid(text.upper())


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_other_text_is_refused_with_a_slug(text: str) -> None:
    """Random text never passes and never raises anything else."""
    with pytest.raises(Invalid) as refusal:
        FiscalUuid(text)
    assert refusal.value.slug == "uuid-malformed"


@pytest.mark.parametrize(
    "text",
    [
        "111111112222433384440000000000001",
        "{11111111-2222-4333-8444-000000000001}",
        "11111111-2222-4333-8444-00000000000G",
        "11111111-2222-4333-8444-00000000001",
        "١1111111-2222-4333-8444-000000000001",
        "1" * 1000,
    ],
)
def test_near_misses_are_refused(text: str) -> None:
    """Without hyphens, in braces, with a letter beyond F, too short, with foreign digits, endless."""
    with pytest.raises(Invalid):
        FiscalUuid(text)
