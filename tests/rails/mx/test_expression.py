"""The printed expression is exact: a wrong one makes SAT say that the invoice does not exist."""

import pytest

from schemas.invalid import Invalid
from worker.rails.mx.expression import printed, total


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2010.01", "2010.01"), ("1", "1.0"), ("1.00", "1.0"), ("0.99", "0.99"), ("0", "0.0"), ("0.000", "0.0"),
        ("1234.567800", "1234.5678"), ("0001.10", "1.1"), ("100", "100.0"), (" 1200.50 ", "1200.5"),
        ("999999999999999999.999999", "999999999999999999.999999"), ("1.0000000000", "1.0"),
    ],
)  # fmt: skip
def test_a_total_has_no_trailing_zeros_and_one_decimal(given: str, written: str) -> None:
    """As Annex 20 prints it."""
    assert total(given) == written


@pytest.mark.parametrize("given", ["", "1,50", "1.1234567", "-1", "NaN", "1 000", "1" * 19, "١"])
def test_what_is_no_total_is_refused(given: str) -> None:
    """No guess about commas, signs or lost digits."""
    with pytest.raises(Invalid, match="total-"):
        total(given)


def test_an_ampersand_is_escaped_and_an_enie_is_not() -> None:
    """RFCs with ``&`` are written ``&amp;`` inside; Ñ stays."""
    expected = "?re=ZUÑ920208KL4&rr=H&amp;E951128469&tt=1.0&id=6128396F-C09B-4EC6-8699-43C5F7E3B230"
    uuid = "6128396f-c09b-4ec6-8699-43c5f7e3b230"
    assert printed(issuer="zuñ920208kl4", receiver="H&E951128469", amount="1", uuid=uuid) == expected
