"""Opens a ``.key`` file as SAT delivers it: PKCS#8 (DER), encrypted under PBES2."""

from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from cryptography.x509 import ObjectIdentifier

from worker.signing.faults import CredentialFault

_LARGEST = 4096
"""Octets. An encrypted RSA-4096 key has 2,500; SAT's have 1,300."""

_MOST_ROUNDS = 1_000_000
"""Of key derivation; SAT uses 2,048. A hostile file could ask for hours."""

_PBKDF2 = ObjectIdentifier("1.2.840.113549.1.5.12")
_PBES2 = ObjectIdentifier("1.2.840.113549.1.5.13")
_CIPHERS = frozenset(
    ObjectIdentifier(dotted)
    for dotted in (
        "1.2.840.113549.3.7",  # DES-EDE3-CBC: SAT's
        "2.16.840.1.101.3.4.1.2",  # AES-CBC of three lengths: whoever changed the password
        "2.16.840.1.101.3.4.1.22",
        "2.16.840.1.101.3.4.1.42",
    )
)


@asn1.sequence
class _Algorithm:
    kind: ObjectIdentifier
    parameters: asn1.TLV


@asn1.sequence
class _Encrypted:
    """EncryptedPrivateKeyInfo (RFC 5958)."""

    algorithm: _Algorithm
    content: bytes


@asn1.sequence
class _Scheme:
    """PBES2-params (RFC 8018)."""

    derivation: _Algorithm
    cipher: _Algorithm


@asn1.sequence
class _Derivation:
    """PBKDF2-params (RFC 8018)."""

    salt: bytes
    rounds: int
    length: int | None
    function: _Algorithm | None


@asn1.sequence
class _Plain:
    """PrivateKeyInfo (RFC 5208): a key that nothing protects."""

    version: int
    algorithm: _Algorithm
    content: bytes
    attributes: Annotated[bytes | None, asn1.Implicit(0)]


def open_key(data: bytes, password: str | bytes | None) -> RSAPrivateKey:
    """The key inside. The password is taken as it is, spaces included; text is written in UTF-8.

    Raises:
        CredentialFault: ``csd-password-missing``, ``csd-key-unreadable``, ``csd-key-not-encrypted``,
            ``csd-wrong-password``, ``csd-key-not-rsa``.
    """
    if not password:
        raise CredentialFault("csd-password-missing")
    _look_at(data)
    secret = password.encode("utf-8", "surrogatepass") if isinstance(password, str) else password
    try:
        key = load_der_private_key(data, secret)
    except UnsupportedAlgorithm:
        raise CredentialFault("csd-key-unreadable") from None
    except (ValueError, TypeError):
        # The envelope is whole, so what does not open is the password. (One wrong password in some 250 passes the
        # padding check and fails later, with the words of a damaged file.)
        raise CredentialFault("csd-wrong-password") from None
    if not isinstance(key, RSAPrivateKey):
        raise CredentialFault("csd-key-not-rsa")
    return key


def _look_at(data: bytes) -> None:
    """Refuse what is no encrypted key, and what would cost too much to try."""
    if len(data) > _LARGEST:
        raise CredentialFault("csd-key-unreadable")
    if _decodes(_Plain, data):
        raise CredentialFault("csd-key-not-encrypted")
    try:
        usual = _is_usual(asn1.decode_der(_Encrypted, data).algorithm)
    except ValueError:
        usual = False
    if not usual:
        raise CredentialFault("csd-key-unreadable")


def _is_usual(algorithm: _Algorithm) -> bool:
    """PBES2 with PBKDF2, a bearable number of rounds and a cipher in use."""
    if algorithm.kind != _PBES2:
        return False
    scheme: _Scheme = algorithm.parameters.parse(_Scheme)
    if scheme.derivation.kind != _PBKDF2 or scheme.cipher.kind not in _CIPHERS:
        return False
    derivation: _Derivation = scheme.derivation.parameters.parse(_Derivation)
    return derivation.rounds <= _MOST_ROUNDS


def _decodes(shape: type, data: bytes) -> bool:
    try:
        asn1.decode_der(shape, data)
    except ValueError:
        return False
    return True
