"""A real IMAP server (pymap, in memory) on a loopback port, for those who have no other at hand."""

import asyncio
import ssl
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4
from weakref import WeakSet

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer

from sandbox.mailroom import Mailbox


class Postbox:
    """One account on one server, with IDLE and MOVE.

    With ``tls_folder`` it speaks TLS from the first byte; the certificate to believe lies in that folder.
    """

    def __init__(self, user: str, password: str, *, tls_folder: Path | None = None) -> None:
        self._user, self._password, self._tls_folder = user, password, tls_folder
        self._server: asyncio.Server | None = None
        self._talking: WeakSet[asyncio.StreamWriter] = WeakSet()

    async def start(self, host: str, port: int) -> Mailbox:
        """Listens, port 0 takes a free one, and tells how to read the mailbox."""
        backend, config = await DictBackend.init(
            Namespace(
                host=host,
                port=port,
                debug=False,
                cert=None,
                key=None,
                tls=False,
                proxy_protocol=None,
                passlib_cfg=None,
                demo_data=False,
                demo_user=self._user,
                demo_password=self._password,
            )
        )
        config.apply_context()
        talk = IMAPServer(backend.login, config)

        # Awaited here, so that the server holds on to the conversation: pymap's own way in leaves it to the collector.
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._talking.add(writer)
            await talk(reader, writer, SocketInfo.get(writer, ProxyResultLocal(), unique_id=uuid4().bytes))

        ca_file, context = self._encryption(host)
        self._server = await asyncio.start_server(serve, host, port, ssl=context)
        bound = int(self._server.sockets[0].getsockname()[1])
        return Mailbox(
            host=host, port=bound, user=self._user, password=self._password, tls=context is not None, ca_file=ca_file
        )

    async def stop(self) -> None:
        """Stops listening and hangs up on everybody."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._talking):
            writer.transport.abort()

    def _encryption(self, host: str) -> tuple[str | None, ssl.SSLContext | None]:
        if self._tls_folder is None:
            return None, None
        certificate, key = _own_certificate(host)
        ca_file, both = self._tls_folder / "postbox-ca.pem", self._tls_folder / "postbox.pem"
        ca_file.write_bytes(certificate)
        both.write_bytes(certificate + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        return str(ca_file), context


def _own_certificate(host: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cancela sandbox")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address(host))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM), secret
