"""Opens a PFX (PKCS#12), modern or as old as they come: RC2-40, triple DES, SHA-1."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import Certificate

from worker.signing import tlv
from worker.signing.faults import CredentialFault

_LARGEST = 262_144
"""Octets. With a long chain they have 10,000."""

_MOST_ROUNDS = 2_000_000
"""Of key derivation; 2,048 is usual and 600,000 careful. A hostile file could ask for hours."""

_RC2 = bytes.fromhex("060a2a864886f70d010c01")
"""Start of the OIDs of PKCS#12's own ciphers; 05 and 06 follow for RC2."""


def open_pfx(pfx: bytes, password: str) -> tuple[Certificate, RSAPrivateKey, list[Certificate]]:
    """The certificate, its key, and whatever other certificates lie beside them.

    Raises:
        CredentialFault: ``a1-unreadable``, ``a1-wrong-password``, ``a1-legacy-unsupported`` (RC2 in a process whose
            OpenSSL has old ciphers switched off), ``a1-without-key``, ``a1-key-not-rsa``.
    """
    _look_at(pfx)
    try:
        opened = pkcs12.load_pkcs12(pfx, password.encode("utf-8", "surrogatepass"))
    except UnsupportedAlgorithm:
        raise CredentialFault("a1-unreadable") from None
    except (ValueError, TypeError):
        # One and the same error for a wrong password, for RC2 without its provider, and for damage deep inside.
        raise CredentialFault("a1-legacy-unsupported" if _needs_legacy(pfx) else "a1-wrong-password") from None
    if opened.key is None or opened.cert is None:
        raise CredentialFault("a1-without-key")
    if not isinstance(opened.key, RSAPrivateKey):
        raise CredentialFault("a1-key-not-rsa")
    return opened.cert.certificate, opened.key, [each.certificate for each in opened.additional_certs]


def _look_at(pfx: bytes) -> None:
    """Refuse what is no PFX, and what would cost too much to try."""
    try:
        numbers = list(tlv.integers(pfx)) if 0 < len(pfx) <= _LARGEST else []
    except ValueError:
        numbers = []
    if not numbers or numbers[0] != 3 or max(numbers) > _MOST_ROUNDS:
        raise CredentialFault("a1-unreadable")


def _needs_legacy(pfx: bytes) -> bool:
    return (_RC2 + b"\x05" in pfx or _RC2 + b"\x06" in pfx) and not openssl._legacy_provider_loaded
