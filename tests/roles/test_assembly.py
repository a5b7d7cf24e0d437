"""The parts of a process, joined."""

import os
from pathlib import Path

import pytest

from worker import assembly
from worker.assembly import House
from worker.mail.account import Security
from worker.mail.health import Health, Mood
from worker.settings import Misconfigured, Settings
from worker.signing import custody
from worker.signing.custody import CannotUnseal

MAIL = {"imap_host": "127.0.0.1", "imap_user": "avisos@example.com"}


def test_a_first_start_makes_what_it_needs(tmp_path: Path) -> None:
    """Ledger and master key, the key readable by its owner alone; a second start keeps both."""
    house = House(Settings(home=tmp_path / "home"))
    house.open()
    key = house.settings.master_key_path.read_bytes()
    assert house.settings.master_key_path.stat().st_mode & 0o777 == 0o600
    again = House(Settings(home=tmp_path / "home"))
    again.open()
    assert again.settings.master_key_path.read_bytes() == key
    again.ledger.close()
    house.ledger.close()


def test_a_child_has_a_house_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections and opened keys are not shared over a fork."""
    mine = assembly.settle_in(Settings(home=tmp_path))
    assert assembly.house() is mine
    monkeypatch.setattr(os, "getpid", lambda: 1)
    theirs = assembly.house()
    assert theirs is not mine
    assert theirs.settings is mine.settings


def test_a_mailbox_needs_an_address_and_a_way_in(tmp_path: Path) -> None:
    """What is missing is named."""
    with pytest.raises(Misconfigured, match="IMAP_HOST"):
        House(Settings(home=tmp_path)).mailbox()
    with pytest.raises(Misconfigured, match="IMAP_PASSWORD"):
        House(Settings(home=tmp_path, **MAIL)).mailbox()  # type: ignore[arg-type]
    with pytest.raises(Misconfigured, match="IMAP_PASSWORD_FILE"):
        House(Settings(home=tmp_path, imap_password_file=tmp_path / "none", **MAIL)).mailbox()  # type: ignore[arg-type]


def test_a_password_file_loses_its_line_end_and_nothing_else(tmp_path: Path) -> None:
    """Passwords may end in spaces."""
    (tmp_path / "password").write_text("hunter2 \n")
    settings = Settings(home=tmp_path, imap_password_file=tmp_path / "password", **MAIL)  # type: ignore[arg-type]
    account = House(settings).mailbox()
    assert ("hunter2 ", Security.TLS, "avisos@example.com") == (account.password, account.security, account.mailbox)


def test_a_token_command_replaces_the_password(tmp_path: Path) -> None:
    """For XOAUTH2 the operator's own command is asked."""
    settings = Settings(home=tmp_path, imap_token_command="echo fresh", **MAIL)  # type: ignore[arg-type]
    account = House(settings).mailbox()
    assert account.password is None
    assert account.token is not None
    assert account.token(False) == "fresh"


def test_a_mailbox_says_how_it_is_when_that_changes(tmp_path: Path) -> None:
    """Every change of mood is kept, the same mood only from time to time."""
    house = House(Settings(home=tmp_path))
    house.open()
    health = Health(mailbox="avisos@example.com", folder="INBOX", started_at=house.clock.now())
    house._beat(health)
    first = _pulse(house)
    house._beat(health)
    assert _pulse(house) == first
    house._beat(Health(mailbox="avisos@example.com", folder="INBOX", started_at=house.clock.now(), mood=Mood.IDLING))
    assert _pulse(house) != first
    house.ledger.close()


def _pulse(house: House) -> object:
    with house.ledger.reading() as reading:
        return reading.pulses.pulses()


def test_the_mail_role_without_a_mailbox_ends_with_an_error(tmp_path: Path) -> None:
    """It says what is missing and does not pretend to watch."""
    assembly.settle_in(Settings(home=tmp_path))
    assert assembly.run_mail() == 2


def test_a_lost_master_key_is_never_replaced_in_silence(tmp_path: Path) -> None:
    """What was sealed under it would look like wrong passwords, job by job; a start without it is refused."""
    house = House(Settings(home=tmp_path))
    house.open()
    house.vault.put("default", "csd", "x", b"secret")
    house.ledger.close()
    key = house.settings.master_key_path
    key.rename(tmp_path / "away.key")
    with pytest.raises(CannotUnseal) as missing:
        House(Settings(home=tmp_path)).open()
    assert missing.value.slug == "master-key-missing"
    assert not key.exists()
    custody.create_file(key)
    with pytest.raises(CannotUnseal) as wrong:
        House(Settings(home=tmp_path)).open()
    assert wrong.value.slug == "master-key-wrong"
    with pytest.raises(CannotUnseal):
        _ = House(Settings(home=tmp_path)).parts
