"""Walking DER and BER."""

import pytest

from sandbox import der
from worker.signing import tlv


def test_parts_stand_side_by_side() -> None:
    """Tags and contents, long lengths included."""
    long = b"x" * 300
    assert [(0x02, b"\x05"), (0x04, long)] == list(tlv.parts(der.integer(5) + der.octets(long)))
    assert [] == list(tlv.parts(b""))


def test_integers_are_found_at_any_depth() -> None:
    """In sequences, under tags, and inside octets that hold a whole element."""
    inner = der.sequence(der.integer(7))
    content = der.sequence(
        der.integer(1), der.explicit(0, der.octets(inner)), der.octets(b"\x30\x7f"), der.integer(300)
    )
    assert [1, 7, 300] == list(tlv.integers(content))


def test_lengths_may_be_open() -> None:
    """BER, as Windows and Java write it."""
    content = (
        b"\x30\x80" + der.integer(3) + b"\x24\x80" + der.octets(b"\x30\x80" + der.integer(9) + b"\0\0") + b"\0" * 4
    )
    assert [3, 9] == list(tlv.integers(content))


@pytest.mark.parametrize(
    "content", [b"\x02", b"\x02\x05\x01", b"\x1f\x81\x01\x00", b"\x02\x85\0\0\0\0\1", b"\x02\x82\x01"]
)
def test_what_is_cut_off_is_told(content: bytes) -> None:
    """By both walkers."""
    with pytest.raises(ValueError, match=r"cut off|longer|no DER"):
        list(tlv.parts(content))
    with pytest.raises(ValueError, match=r"cut off|longer"):
        list(tlv.integers(content))


def test_der_has_no_open_lengths() -> None:
    """Where DER is promised."""
    with pytest.raises(ValueError, match="no DER"):
        list(tlv.parts(b"\x30\x80\0\0"))
