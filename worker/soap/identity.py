"""Who we trust and who we are on a TLS connection."""

import secrets
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import certifi
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """What we show a server that asks who we are: our certificate with its intermediates (PEM), and the key."""

    chain: bytes = field(repr=False)
    key: RSAPrivateKey = field(repr=False)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key stays in the process that opened it")


def trusting(ca_bundle: str | None, identity: Identity | None = None) -> ssl.SSLContext:
    """A context that verifies servers, and shows ``identity`` to those that ask. Making one costs some 20 ms.

    ``ca_bundle`` is a PEM file that replaces the public authorities.

    Raises:
        OSError: the bundle can't be read, or certificate and key don't fit.
    """
    context = ssl.create_default_context(cafile=ca_bundle or certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if identity is not None:
        _show(context, identity)
    return context


def _show(context: ssl.SSLContext, identity: Identity) -> None:
    """OpenSSL's door takes files only: the key lies there for a moment, under a password that nobody ever saw."""
    password = secrets.token_bytes(32).hex().encode()
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    with TemporaryDirectory(prefix="cancela-") as directory:
        file = Path(directory, "identity.pem")
        file.touch(mode=0o600)
        file.write_bytes(identity.chain.strip() + b"\n" + key)
        context.load_cert_chain(file, password=password)
