"""What a ``.key`` file may be, and how each other file is refused."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from sandbox import der
from sandbox.certificates import encrypted, key_pool
from worker.signing.faults import CredentialFault
from worker.signing.key_file import open_key

PBES2, PBKDF2, TRIPLE_DES = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.2.840.113549.3.7"


def refused(data: bytes, password: str = "secreto") -> str:
    """The slug with which the file is refused."""
    with pytest.raises(CredentialFault) as fault:
        open_key(data, password)
    return fault.value.slug


def envelope(*, scheme: str = PBES2, derivation: str = PBKDF2, rounds: int = 2048, cipher: str = TRIPLE_DES) -> bytes:
    """A key file of the right build around nothing that opens."""
    parameters = der.sequence(der.octets(b"saltsalt"), der.integer(rounds))
    inner = der.sequence(
        der.sequence(der.oid(derivation), parameters), der.sequence(der.oid(cipher), der.octets(b"vectorve"))
    )
    return der.sequence(der.sequence(der.oid(scheme), inner), der.octets(b"\0" * 64))


def sealed(content: bytes) -> bytes:
    """Anything at all in SAT's envelope, under the right password."""

    class Content:
        def private_bytes(self, *_: Any) -> bytes:
            return content

    key: Any = Content()
    return encrypted(key, "secreto")


def test_opens_what_sat_delivers_and_what_libraries_write() -> None:
    """Triple DES as SAT writes it, and AES as anybody writes it who changed the password."""
    key = key_pool()
    modern = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"secreto"))
    for data in (encrypted(key, "secreto"), modern):
        assert key.private_numbers() == open_key(data, "secreto").private_numbers()


def test_a_wrong_password_is_wrong_even_when_the_padding_fits() -> None:
    """One in some 250 wrong passwords decrypts to well-padded rubbish; that is not a damaged file."""

    assert refused(sealed(b"no key at all")) == "csd-wrong-password"
    assert refused(encrypted(key_pool(), "otro")) == "csd-wrong-password"


def test_a_key_without_protection_is_refused_as_such() -> None:
    """SAT never delivers one: it is a leaked or converted copy."""
    plain = key_pool().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert refused(plain) == "csd-key-not-encrypted"


def test_a_kind_of_key_that_nobody_knows_is_unreadable() -> None:
    """The password is right, and what it opens is of no use."""
    unknown = der.sequence(der.integer(0), der.sequence(der.oid("1.2.3.4"), der.null()), der.octets(b"key"))
    assert refused(sealed(unknown)) == "csd-key-unreadable"


def test_a_key_that_is_not_rsa_is_refused() -> None:
    """An elliptic key opens with its password and cannot seal."""
    key = ec.generate_private_key(ec.SECP256R1())
    data = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"secreto"))
    assert refused(data) == "csd-key-not-rsa"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----",
        der.sequence(),
        envelope(scheme="1.2.840.113549.1.5.3"),
        envelope(derivation="1.3.6.1.4.1.11591.4.11"),
        envelope(rounds=2_000_000_000),
        envelope(cipher="1.2.3.4"),
        envelope() + b"\0" * 5000,
    ],
    ids=["empty", "pem", "nothing", "old scheme", "scrypt", "endless rounds", "unknown cipher", "too long"],
)
def test_other_files_are_unreadable(data: bytes) -> None:
    """Whatever is not built like SAT's is refused before a password is tried, also what would take hours to try."""
    assert refused(data) == "csd-key-unreadable"
