"""Being let into a mailbox: connect, verify, authenticate. Nothing here ever falls back to something weaker."""

import re
import ssl
from contextlib import suppress

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from worker.mail.account import Account, Security
from worker.mail.faults import ConnectionLost, CredentialsRefused, Unreachable, Untrusted, described

# A refusal with one of these codes says nothing about the secret (RFC 5530).
_NOT_NOW = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def enter(account: Account, *, refresh: bool = False) -> IMAPClient:
    """An authenticated connection. ``refresh`` asks for a new token first, because the last one was refused.

    Raises:
        Unreachable, Untrusted, CredentialsRefused, ConnectionLost: nothing is left open then.
    """
    client = _connect(account)
    try:
        _authenticate(client, account, refresh)
    except BaseException:
        with suppress(Exception):
            client.shutdown()
        raise
    client.normalise_times = False
    return client


def _connect(account: Account) -> IMAPClient:
    client: IMAPClient | None = None
    context = _trusted(account)
    try:
        client = IMAPClient(
            account.host,
            port=account.port,
            ssl=account.security is Security.TLS,
            ssl_context=context,
            timeout=SocketTimeout(account.connect_timeout, account.read_timeout),
        )
        if account.security is Security.STARTTLS:
            client.starttls(context)
    except Exception as error:
        if client is not None:
            with suppress(Exception):
                client.shutdown()
        if isinstance(error, ssl.SSLError) or client is not None:
            raise Untrusted(described(error)) from error
        raise Unreachable(described(error)) from error
    return client


def _trusted(account: Account) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if account.ca_file is not None:
            context.load_verify_locations(account.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise Untrusted(f"{account.ca_file}: {described(error)}") from error
    return context


def _authenticate(client: IMAPClient, account: Account, refresh: bool) -> None:
    if account.token is not None:
        try:
            secret = account.token(refresh)
        except Exception as error:
            # The text of the error may hold the secret that renews the token.
            raise Unreachable(f"no access token: {type(error).__name__}") from None
    try:
        if account.token is not None:
            client.oauth2_login(account.user, secret)
        elif account.password is not None:
            _log_in(client, account.user, account.password)
    except LoginError as error:
        # imapclient says the same for a refusal and for a connection that broke meanwhile.
        if isinstance(error.__context__, IMAPClientAbortError):
            raise ConnectionLost("ended while logging in") from None
        if any(code in str(error).upper() for code in _NOT_NOW):
            raise Unreachable(described(error)) from None
        raise CredentialsRefused(described(error)) from None
    except (OSError, IMAPClientError) as error:
        raise ConnectionLost(described(error)) from None
    except ValueError:
        raise CredentialsRefused("user or secret holds something that can't be encoded") from None


def _log_in(client: IMAPClient, user: str, password: str) -> None:
    if client.has_capability("LOGINDISABLED"):
        raise Unreachable("the server takes no logins on this connection (LOGINDISABLED)")
    if _CONTROL.search(user + password):
        raise CredentialsRefused(
            "user or password holds a control character"
        )  # it could end one command and begin another
    if user.isascii() and password.isascii():
        client.login(user, password)
    else:
        client.plain_login(user, password)
