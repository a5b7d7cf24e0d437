"""Headers are split whatever they look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.mail.headers import LIMIT, message_id, split, text


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"X-SFService: Cancelar\r\n\r\nX-Body: no\r\n", [("X-SFService", b"Cancelar")]),
        (
            b"x-sfservice:Cancelar\nX-StatusCancelacion :  OK \n\n",
            [("x-sfservice", b"Cancelar"), ("X-StatusCancelacion", b"OK")],
        ),
        (b"X-A: 1\r\nX-A: 2\r\n\r\n", [("X-A", b"1"), ("X-A", b"2")]),
        (b"X-A: one\r\n\ttwo\r\n  three\r\n\r\n", [("X-A", b"one two three")]),
        (b"X-A:\r\n one\r\n\r\n", [("X-A", b"one")]),
        (b"Subject: a\xf1o\r\nX-\xd1: \xff\r\n\r\n", [("Subject", b"a\xf1o"), ("X-\xd1", b"\xff")]),
        (b"Subject: =?utf-8?Q?a=C3=B1o?=\r\n\r\n", [("Subject", b"=?utf-8?Q?a=C3=B1o?=")]),
        (b"X-A: O\0K\r\nX\0: 1\r\n\r\n", [("X-A", b"O K"), ("X", b"1")]),
        (b"From me Mon\r\nno field at all\r\n folded nothing\r\nX-A: 1\r\n\r\n", [("X-A", b"1")]),
        (b" starts folded\r\nX-A: 1\r\n\r\n", [("X-A", b"1")]),
        (b": no name\r\nX-A: 1", [("X-A", b"1")]),
        (b"X-A: http://a:b\rX-B: c\r\n\r\n", [("X-A", b"http://a:b\rX-B: c")]),
        (b"", []),
    ],
)
def test_fields_are_taken_as_they_stand(raw: bytes, fields: list[tuple[str, bytes]]) -> None:
    """Duplicates, folds, odd cases, raw bytes, NUL and rubbish between the lines: what is a field is found."""
    assert fields == split(raw)


def test_a_header_that_may_have_been_cut_is_left_out() -> None:
    """Of headers that fill the cap the last line could say something else than was sent."""
    raw = b"X-A: 1\r\nX-B: " + b"x" * LIMIT

    assert split(raw[:LIMIT]) == [("X-A", b"1")]


@given(st.binary(max_size=300))
def test_splitting_never_fails(raw: bytes) -> None:
    """No bytes make it raise, and no NUL or line feed gets through."""
    headers = split(raw)
    message_id(headers)

    assert all(b"\0" not in value and b"\n" not in value for _, value in headers)
    assert all(text(value).isprintable() for _, value in headers)


def test_the_message_id_is_the_first_one_and_bounded() -> None:
    """A mail with several is known by the first; a monstrous one is cut; none is None."""
    assert message_id(split(b"Message-Id: <1@a>\r\nMESSAGE-ID: <2@a>\r\n\r\n")) == "<1@a>"
    assert len(message_id([("message-id", b"x" * 9999)]) or "") == 255
    assert None is message_id([("Subject", b"x"), ("Message-ID", b"")])
