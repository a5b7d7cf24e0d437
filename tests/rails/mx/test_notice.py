"""A notice is three headers, each exactly once; anything else is kept and harmless."""

from datetime import UTC, datetime

import pytest

from worker.domain.notice import Letter, Notice
from worker.rails.mx.notice import Notices

UUID = "71452784-AFC7-4BE5-8623-3BA1436D573B"
LETTER = Letter(
    mailbox="avisos@acme.test", folder="INBOX", uidvalidity=1, uid=7, message_id="<a@b>", digest="0" * 64,
    received_at=datetime(2026, 11, 20, tzinfo=UTC),
)  # fmt: skip
Headers = list[tuple[str, bytes]]
GOOD: Headers = [
    ("X-SFService", b"Cancelar"),
    ("X-UUIDCancelacion", UUID.encode()),
    ("X-StatusCancelacion", b"OK"),
    ("Subject", b"Aviso"),
]


def read(headers: Headers) -> Notice:
    """The notice that there must be."""
    notice = Notices().read(LETTER, headers)
    assert notice is not None
    return notice


@pytest.mark.parametrize(
    "headers",
    [
        GOOD,
        GOOD[::-1],
        [(name.upper(), value) for name, value in GOOD],
        [(name, value.lower()) for name, value in GOOD],
        [(name, b"\r\n\t " + value + b" \r\n") for name, value in GOOD],
    ],
)
def test_order_casing_and_folding_don_t_matter(headers: Headers) -> None:
    """The document comes out in its canonical form."""
    notice = read(headers)
    assert (UUID, True, None, "mx", LETTER) == (
        notice.document, notice.positive, notice.slug, notice.rail, notice.letter,
    )  # fmt: skip


def test_an_error_is_told() -> None:
    """ERROR is the other word."""
    assert read([*GOOD[:2], ("X-StatusCancelacion", b"ERROR")]).positive is False


@pytest.mark.parametrize(
    ("headers", "slug"),
    [
        ([*GOOD, GOOD[0]], "notice-header-repeated"),
        ([*GOOD, ("x-uuidcancelacion", b"other")], "notice-header-repeated"),
        ([*GOOD, ("X-StatusCancelacion", b"ERROR")], "notice-header-repeated"),
        ([*GOOD, ("X-SFService", b"Timbrar")], "notice-header-repeated"),
        (GOOD[:2], "notice-header-missing"),
        ([GOOD[0], GOOD[2]], "notice-header-missing"),
        ([*GOOD[:2], ("X-StatusCancelacion", b"QUIZA")], "notice-status-unknown"),
        ([*GOOD[:2], ("X-StatusCancelacion", b"")], "notice-status-unknown"),
        ([GOOD[0], ("X-UUIDCancelacion", b"\xff" * 5000), GOOD[2]], "notice-uuid-malformed"),
        ([GOOD[0], ("X-UUIDCancelacion", UUID.encode() + b" x"), GOOD[2]], "notice-uuid-malformed"),
    ],
)
def test_malformed_notices_say_why(headers: Headers, slug: str) -> None:
    """They name no document, and what is kept of them is bounded."""
    notice = read(headers)
    assert (None, None, slug) == (notice.document, notice.positive, notice.slug)
    assert all(len(value) <= 200 for value in notice.headers.values())


@pytest.mark.parametrize("headers", [[], GOOD[1:], [("X-SFService", b"Timbrar"), *GOOD[1:]], [GOOD[3]]])
def test_other_mail_is_not_for_us(headers: Headers) -> None:
    """Mail of other services, and mail without the service's header, is nobody's notice."""
    assert Notices().read(LETTER, headers) is None
