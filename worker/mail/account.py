"""A mailbox to watch: where it is, how to be let in, and where read mail goes."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Security(StrEnum):
    """How the connection is protected. There is no fallback from one to another."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"
    """In clear: for a server on this very machine only."""


class PlainForbidden(ValueError):
    """A connection in clear was asked for to a host that is not this machine."""

    slug = "mail-plain-forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A watched mailbox.

    ``mailbox`` is its address, the one that submits name for their notices; it identifies letters. Exactly one of
    ``password`` and ``token`` is given; ``token(refresh)`` returns an OAuth access token for XOAUTH2, a new one when
    ``refresh`` is true. ``ca_file`` is trusted beside the authorities of the system. Timeouts are in seconds, per
    connect and per read.

    Raises:
        PlainForbidden: for ``Security.PLAIN`` to a host that is not loopback.
    """

    mailbox: str
    host: str
    user: str
    port: int | None = None
    security: Security = Security.TLS
    ca_file: Path | None = None
    password: str | None = field(default=None, repr=False)
    token: Callable[[bool], str] | None = field(default=None, repr=False)
    folder: str = "INBOX"
    processed: str = "Processed"
    quarantine: str = "Quarantine"
    connect_timeout: float = 10.0
    read_timeout: float = 30.0

    def __post_init__(self) -> None:
        if (self.password is None) == (self.token is None):
            raise ValueError("a mailbox is opened with a password or with a token")
        if self.security is Security.PLAIN and not _loopback(self.host):
            raise PlainForbidden(f"{self.host} is not this machine: a connection in clear is not made")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
