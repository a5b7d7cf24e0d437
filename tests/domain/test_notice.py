"""A notice is a hint and is known by where it lay."""

from dataclasses import replace

from tests.domain.samples import NOON
from worker.domain.notice import Letter, Notice

LETTER = Letter(
    mailbox="cancelaciones@example.org",
    folder="INBOX",
    uidvalidity=7,
    uid=1,
    message_id="<1@example.org>",
    digest="d" * 64,
    received_at=NOON,
)


def test_a_letter_is_known_by_where_it_lay() -> None:
    """The same uid under another validity is another letter."""
    assert LETTER == replace(LETTER)
    assert LETTER != replace(LETTER, uidvalidity=8)


def test_an_unreadable_notice_claims_nothing() -> None:
    """It names no document and says why it was not read."""
    notice = Notice(letter=LETTER, rail="mx", document=None, positive=None, slug="notice-header-missing")
    assert (None, None, {}) == (notice.document, notice.positive, notice.headers)
