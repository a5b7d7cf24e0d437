"""A blind or silent mailbox is noticed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from worker.mail.health import Health, Mood, ailment

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEALTH = Health(mailbox="m", folder="INBOX", started_at=START)


def test_a_listener_that_scans_is_well() -> None:
    """A fresh scan and nothing pending: nothing to tell, also right after the start."""
    assert None is ailment(HEALTH, START)
    assert None is ailment(
        replace(HEALTH, scanned_at=START + timedelta(hours=9)), START + timedelta(hours=9, minutes=12)
    )


def test_a_mailbox_that_was_not_scanned_for_long_is_blind() -> None:
    """Whatever the reason, three missed scans are told; so is a listener that never got to its first."""
    assert ailment(HEALTH, START + timedelta(minutes=13)) == "mail-blind"
    assert ailment(replace(HEALTH, scanned_at=START), START + timedelta(minutes=13)) == "mail-blind"


def test_refused_credentials_are_told_at_once() -> None:
    """Nobody should wait twelve minutes to hear that the password is wrong."""
    refused = replace(HEALTH, mood=Mood.AWAY, fault="mail-credentials-refused")

    assert ailment(refused, START) == "mail-credentials-refused"


def test_notices_that_cannot_be_kept_are_told() -> None:
    """Mails that wait for the ledger are no health."""
    assert ailment(replace(HEALTH, scanned_at=START, pending=2), START) == "mail-not-kept"


def test_silence_is_told_to_who_expects_notices() -> None:
    """No notice for too long, though every scan went well: perhaps the PAC writes to another address."""
    later = START + timedelta(days=2)
    quiet = replace(HEALTH, scanned_at=later)

    assert None is ailment(quiet, later)
    assert ailment(quiet, later, silence=timedelta(days=1)) == "mail-silent"
    assert None is ailment(replace(quiet, noticed_at=later), later, silence=timedelta(days=1))
