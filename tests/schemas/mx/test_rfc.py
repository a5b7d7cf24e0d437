"""RFC: one canonical form, refused when malformed, warned about when odd."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.invalid import Invalid
from schemas.mx.rfc import Rfc

LETTERS = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ&Ñ")
TAIL = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
DATES = st.dates().map(lambda day: day.strftime("%y%m%d")).filter(lambda text: not text.endswith("0229"))


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Everything of an RFC but its check digit."""
    initials = "".join(draw(st.lists(LETTERS, min_size=3, max_size=4)))
    return initials + draw(DATES) + draw(TAIL) + draw(TAIL)


def slug_of(text: str) -> str:
    """How the text is refused."""
    with pytest.raises(Invalid) as refusal:
        Rfc(text)
    return refusal.value.slug


@settings(deadline=None)
@given(bodies())
def test_exactly_one_check_digit_of_eleven_fits(body: str) -> None:
    """Every body has one check digit without a warning; the other ten warn and are taken all the same."""
    warnings = [Rfc(body + digit).warning for digit in "0123456789A"]
    assert (warnings.count(None), warnings.count("rfc-check-digit")) == (1, 10)


@settings(deadline=None)
@given(bodies())
def test_spelling_does_not_make_another_taxpayer(body: str) -> None:
    """Lower case, decomposed letters and space around lead to the same value, which is stable."""
    canonical = Rfc(body + "1")
    sloppy = f"  {unicodedata.normalize('NFD', str(canonical).lower())}\t"
    assert canonical == Rfc(sloppy) == Rfc(str(canonical))
    assert str(canonical) == body + "1"


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_either_canonical_or_refused(text: str) -> None:
    """No text raises anything but a refusal with a slug, and what is taken has 12 or 13 characters."""
    try:
        verdict = f"taken-{len(str(Rfc(text)))}"
    except Invalid as refusal:
        verdict = refusal.slug
    assert verdict in {"rfc-malformed", "rfc-impossible-date", "taken-12", "taken-13"}


@pytest.mark.parametrize("text", ["EKU9003173C9", "H&E951128469", "ZUÑ920208KL4", "CACX7605101P8", "ABC000229AB1"])
def test_takes_real_shapes(text: str) -> None:
    """Companies, persons, ampersand, Ñ and the leap day of 2000 pass."""
    assert text == str(Rfc(text))


@pytest.mark.parametrize(
    "text",
    ["", "EKU-900317-3C9", "EKU9003173C", "EKU9003173CB", "EKU9013173C9", "ſKU9003173C9", "EKU９003173C9", "X" * 1000],
)
def test_refuses_what_is_no_rfc(text: str) -> None:
    """Hyphens, wrong lengths, impossible months, look-alike letters and digits, endless input."""
    assert slug_of(text) == "rfc-malformed"


@pytest.mark.parametrize("text", ["EKU9002303C9", "EKU9002293C9", "EKU9004313C9"])
def test_refuses_days_that_never_were(text: str) -> None:
    """30 February, 29 February of a common year, 31 April."""
    assert slug_of(text) == "rfc-impossible-date"


@pytest.mark.parametrize("text", ["XAXX010101000", "XEXX010101000"])
def test_generic_rfcs_receive_but_never_issue(text: str) -> None:
    """They pass without a warning, although one fails its own arithmetic, and are refused as issuer."""
    rfc = Rfc(text)
    assert rfc.generic
    assert rfc.warning is None
    with pytest.raises(Invalid) as refusal:
        rfc.as_issuer()
    assert refusal.value.slug == "rfc-generic-issuer"


def test_an_issuer_is_a_company_or_a_person() -> None:
    """Twelve characters are a company, thirteen a person, and both may issue."""
    assert [Rfc(text).as_issuer().company for text in ("EKU9003173C9", "CACX7605101P8")] == [True, False]


def test_a_refusal_shows_a_bounded_part_of_what_was_given() -> None:
    """A message never grows with its input."""
    with pytest.raises(Invalid, match=r"^rfc-malformed: 'X{60}…'$"):
        Rfc("X" * 1000)
