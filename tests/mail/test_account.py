"""What an account refuses to be."""

import pytest

from worker.mail.account import Account, PlainForbidden, Security


def made(**fields: object) -> Account:
    """An account with one thing different."""
    return Account(**{"mailbox": "m", "host": "imap.example.org", "user": "u", "password": "hunter2", **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_clear_text_is_for_this_machine(host: str) -> None:
    """A connection in clear may be asked for on loopback."""
    assert Security.PLAIN is made(host=host, security=Security.PLAIN).security


@pytest.mark.parametrize("host", ["imap.example.org", "10.0.0.1", "localhost.example.org"])
def test_clear_text_is_refused_to_anybody_else(host: str) -> None:
    """A password never crosses a network in clear, whatever the settings say."""
    with pytest.raises(PlainForbidden) as refusal:
        made(host=host, security=Security.PLAIN)

    assert refusal.value.slug == "mail-plain-forbidden"


def test_one_secret_and_not_two() -> None:
    """A password or a token."""
    with pytest.raises(ValueError, match="password or with a token"):
        made(token=lambda refresh: "t")
    with pytest.raises(ValueError, match="password or with a token"):
        made(password=None)


def test_secrets_are_not_shown() -> None:
    """The repr may end up in a log."""
    assert "hunter2" not in repr(made())
