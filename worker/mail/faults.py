"""What can go wrong between us and a mailbox.

::

    MailFault
    ├── Unreachable         nobody answered, or not in IMAP
    ├── Untrusted           no TLS that we could verify; nothing was said in clear instead
    ├── CredentialsRefused  the server does not want this user with this secret
    ├── FolderUnusable      the watched folder can't be opened
    └── ConnectionLost      something broke while we were at it: closed, silent, BYE, or not IMAP

Every one of them ends the connection. None of them holds a secret.
"""

from typing import ClassVar

_DETAIL = 200


class MailFault(Exception):
    """A mailbox can't be watched right now. ``slug`` is explained in ``schemas/messages``."""

    slug: ClassVar[str] = "mail-fault"

    def __init__(self, detail: str) -> None:
        super().__init__(f"{self.slug}: {detail}")
        self.detail = detail


class Unreachable(MailFault):
    """Nobody answered, or not in IMAP."""

    slug = "mail-unreachable"


class Untrusted(MailFault):
    """No TLS that we could verify. We never go on in clear instead."""

    slug = "mail-untrusted"


class CredentialsRefused(MailFault):
    """The server does not want this user with this secret. Asking again at once can lock the account."""

    slug = "mail-credentials-refused"


class FolderUnusable(MailFault):
    """The watched folder is missing, or the server numbers no mails in it."""

    slug = "mail-folder-unusable"


class ConnectionLost(MailFault):
    """The connection ended or can't be trusted any more."""

    slug = "mail-connection-lost"


def described(error: BaseException) -> str:
    """An error in a few printable words, fit for a log line and a health record."""
    words = f"{type(error).__name__}: {error}"
    return "".join(letter if letter.isprintable() else " " for letter in words)[:_DETAIL]
