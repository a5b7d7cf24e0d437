"""Motives: a closed list, and who may have a replacement."""

import pytest

from schemas.invalid import Invalid
from schemas.mx.fiscal_uuid import FiscalUuid
from schemas.mx.motive import CODES, Motive

ONE = FiscalUuid("11111111-2222-4333-8444-000000000001")
OTHER = FiscalUuid("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")


def test_named_constructors_cover_the_list() -> None:
    """One constructor for each of SAT's codes, in order."""
    motives = (Motive.replaced(OTHER), Motive.without_relation(), Motive.not_executed(), Motive.global_named())
    assert tuple(motive.code for motive in motives) == CODES == ("01", "02", "03", "04")


def test_codes_of_a_sheet_make_the_same_values() -> None:
    """Text, space around it and an empty replacement cell are what sheets hold."""
    assert Motive.replaced(OTHER) == Motive.from_code(" 01 ", str(OTHER).lower())
    assert Motive.without_relation() == Motive.from_code("02", "  ") == Motive.from_code("02", None)


@pytest.mark.parametrize(
    ("slug", "code", "replaced_by"),
    [
        ("motive-unknown", "1", None),
        ("motive-unknown", "05", None),
        ("motive-unknown", "", None),
        ("replacement-missing", "01", None),
        ("replacement-missing", "01", ""),
        ("replacement-forbidden", "02", str(OTHER)),
        ("replacement-forbidden", "03", OTHER),
        ("replacement-forbidden", "04", OTHER),
        ("uuid-malformed", "01", "no folio"),
    ],
)
def test_refuses_what_sat_would_refuse(slug: str, code: str, replaced_by: str | FiscalUuid | None) -> None:
    """Unknown codes, 01 without a replacement, the others with one, a replacement that is no folio."""
    with pytest.raises(Invalid) as refusal:
        Motive.from_code(code, replaced_by)
    assert refusal.value.slug == slug


def test_no_document_replaces_itself() -> None:
    """The replacement must be another document, however its folio is written."""
    motive = Motive.from_code("01", str(OTHER).lower())
    assert motive == motive.for_document(ONE)
    with pytest.raises(Invalid) as refusal:
        motive.for_document(OTHER)
    assert refusal.value.slug == "replacement-is-itself"
