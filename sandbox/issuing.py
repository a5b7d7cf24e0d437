"""Writes a certificate octet by octet, so that it can be what authorities issue and libraries refuse to write."""

from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox import der

Name = tuple[tuple[str, int, str], ...]
"""A distinguished name: (OID, string tag, text) in the order in which it is written."""

_SHA256_RSA = der.sequence(der.oid("1.2.840.113549.1.1.11"), der.null())

NO_CA = der.sequence(der.oid("2.5.29.19"), der.boolean(True), der.octets(der.sequence()))
CA = der.sequence(der.oid("2.5.29.19"), der.boolean(True), der.octets(der.sequence(der.boolean(True))))


def certificate(
    serial: int,
    issuer: Name,
    subject: Name,
    validity: tuple[datetime, datetime],
    public_key: rsa.RSAPublicKey,
    extensions: tuple[bytes, ...],
    signer: rsa.RSAPrivateKey,
) -> bytes:
    """An X.509 v3 certificate (DER), signed with SHA-256 and RSA. Both ends of the validity are aware."""
    to_be_signed = der.sequence(
        der.explicit(0, der.integer(2)),
        der.integer(serial),
        _SHA256_RSA,
        _name(issuer),
        der.sequence(*map(der.utc_time, validity)),
        _name(subject),
        public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        der.explicit(3, der.sequence(*extensions)),
    )
    signature = signer.sign(to_be_signed, padding.PKCS1v15(), hashes.SHA256())
    return der.sequence(to_be_signed, _SHA256_RSA, der.bits(signature))


def key_usage(octet: bytes, unused: int) -> bytes:
    """The extension that says what a key is for: its bits, of which the last ``unused`` do not count."""
    return extension("2.5.29.15", der.bits(octet, unused))


def extension(oid: str, content: bytes) -> bytes:
    """Any extension that is not critical."""
    return der.sequence(der.oid(oid), der.octets(content))


def _name(name: Name) -> bytes:
    return der.sequence(*(der.set_of(der.sequence(der.oid(oid), der.text(tag, value))) for oid, tag, value in name))
