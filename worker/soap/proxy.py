"""A proxy on the way out: HTTP CONNECT, with a name and password where it wants them."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Proxy:
    """``url`` is ``http://host:port``; user and password stand beside it, so that the URL may be shown.

    TLS with the authority passes through it unopened.

    Raises:
        ValueError: the URL is no such address, or holds a password.
    """

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "http" or not parts.hostname or parts.port is None:
            raise ValueError("proxy: expected http://host:port")
        if parts.username or parts.password:
            raise ValueError("proxy: user and password have settings of their own")
        if self.password and not self.user:
            raise ValueError("proxy: a password without a user")

    def address(self) -> str:
        """The URL with the credentials in it, as the connection wants them. Never shown."""
        if self.user is None:
            return self.url
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{quote(self.user, safe='')}:{quote(self.password or '', safe='')}@{rest}"
