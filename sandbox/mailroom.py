"""Where mail goes: an SMTP server that puts every letter into a real IMAP mailbox before it says yes."""

import asyncio
import contextlib
import imaplib
import smtplib
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

_SECONDS = 10.0
_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An account on an IMAP server. ``ca_file`` names the authority to believe when ``tls`` is on."""

    host: str
    port: int
    user: str
    password: str
    tls: bool = False
    ca_file: str | None = None
    folder: str = "INBOX"


class Drop:
    """Appends letters to one mailbox over a connection that is kept, and made again when it has broken."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._lock = threading.Lock()
        self._connection: imaplib.IMAP4 | None = None

    def put(self, letter: bytes) -> None:
        """The letter lies in the mailbox when this returns. Blocking.

        Raises:
            OSError, imaplib.IMAP4.error: it does not.
        """
        with self._lock:
            try:
                self._append(letter)
            except (OSError, imaplib.IMAP4.error):
                self._hang_up()
                self._append(letter)

    def close(self) -> None:
        """Ends the connection."""
        with self._lock:
            self._hang_up()

    def _append(self, letter: bytes) -> None:
        if self._connection is None:
            self._connection = self._connect()
        answer, said = self._connection.append(self._mailbox.folder, "", "", letter)
        if answer != "OK":
            raise imaplib.IMAP4.error(str(said))

    def _connect(self) -> imaplib.IMAP4:
        box = self._mailbox
        if box.tls:
            context = ssl.create_default_context(cafile=box.ca_file)
            connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=_SECONDS)
        else:
            connection = imaplib.IMAP4(box.host, box.port, timeout=_SECONDS)
        # imaplib sends a letter in small pieces; waiting for each to be acknowledged would cost 40 ms a letter.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            connection.login(box.user, box.password)
        except BaseException:
            connection.shutdown()
            raise
        return connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                self._connection.logout()
            with contextlib.suppress(OSError):
                self._connection.shutdown()  # a server that went away leaves the socket to us
            self._connection = None


class Mailroom:
    """The SMTP server. ``routes`` says which address reads which mailbox; others are turned away with 550."""

    def __init__(self, routes: Mapping[str, Mailbox]) -> None:
        self._drops = {address.lower(): Drop(mailbox) for address, mailbox in routes.items()}
        self._server: asyncio.Server | None = None
        self._talking: WeakSet[SMTP] = WeakSet()
        self.host, self.port = "127.0.0.1", 0

    async def start(self, host: str, port: int) -> None:
        """Listens; port 0 takes a free one."""
        loop = asyncio.get_running_loop()

        def talk() -> SMTP:
            protocol = SMTP(self, hostname="smtp.sandbox.example", data_size_limit=_BYTES, loop=loop)
            self._talking.add(protocol)
            return protocol

        self._server = await loop.create_server(talk, host, port)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    async def stop(self) -> None:
        """Stops listening and hangs up."""
        if self._server is not None:
            self._server.close()
        for protocol in list(self._talking):
            if isinstance(protocol.transport, asyncio.WriteTransport):
                protocol.transport.abort()
        for drop in self._drops.values():
            await asyncio.to_thread(drop.close)

    def route(self, address: str, mailbox: Mailbox) -> None:
        """From now on letters to ``address`` go to ``mailbox``."""
        self._drops[address.lower()] = Drop(mailbox)

    def send(self, letter: bytes, to: str) -> None:
        """Sends a letter as anybody would: through SMTP. Blocking; it lies in the mailbox when this returns.

        Raises:
            OSError: no mailbox for this address (``smtplib.SMTPException``), or nobody listens.
        """
        with smtplib.SMTP(self.host, self.port, timeout=_SECONDS) as wire:
            wire.sendmail("no-responder@pac.sandbox.example", [to], letter)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Takes letters for known addresses only."""
        if address.lower() not in self._drops:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Says yes when the letter lies in every mailbox that it is for."""
        letter = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            for address in envelope.rcpt_tos:
                await asyncio.to_thread(self._drops[address.lower()].put, letter)
        except (OSError, imaplib.IMAP4.error):
            return "451 4.3.0 The mailbox does not answer"
        return "250 2.0.0 OK"
