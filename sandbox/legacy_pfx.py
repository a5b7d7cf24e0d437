"""Writes a PFX as Brazilian authorities have delivered it for twenty years (RFC 7292).

Certificates under RC2-40, the key under triple DES, everything under a SHA-1 MAC. Libraries read this and no longer
write it.
"""

import hashlib
import hmac
import os

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.padding import PKCS7

from sandbox import der, rc2

_ROUNDS = 2048
_KEY, _VECTOR, _MAC = 1, 2, 3
_DATA = der.oid("1.2.840.113549.1.7.1")


def legacy_pfx(certificates: tuple[bytes, ...], key: bytes, password: str) -> bytes:
    """A PFX of these certificates (DER, the key's own first) and the key (PKCS#8, DER)."""
    mark = der.sequence(der.oid("1.2.840.113549.1.9.21"), der.set_of(der.octets(b"\x01")))
    bags = [_certificate_bag(each, der.set_of(mark) if not place else b"") for place, each in enumerate(certificates)]
    safes = der.sequence(
        _hidden_safe(der.sequence(*bags), password),
        _open_safe(der.sequence(_key_bag(key, password, der.set_of(mark)))),
    )
    salt = os.urandom(8)
    mac = hmac.digest(_derived(_MAC, password, salt, 20), safes, "sha1")
    sealed = der.sequence(der.sequence(der.oid("1.3.14.3.2.26"), der.null()), der.octets(mac))
    return der.sequence(der.integer(3), _open_safe(safes), der.sequence(sealed, der.octets(salt), der.integer(_ROUNDS)))


def _open_safe(content: bytes) -> bytes:
    return der.sequence(_DATA, der.explicit(0, der.octets(content)))


def _hidden_safe(content: bytes, password: str) -> bytes:
    salt = os.urandom(8)
    key, vector = _derived(_KEY, password, salt, 5), _derived(_VECTOR, password, salt, 8)
    hidden = der.tlv(0x80, rc2.encrypted(key, vector, content))
    secret = der.sequence(_DATA, _scheme("1.2.840.113549.1.12.1.6", salt), hidden)
    return der.sequence(der.oid("1.2.840.113549.1.7.6"), der.explicit(0, der.sequence(der.integer(0), secret)))


def _certificate_bag(certificate: bytes, attributes: bytes) -> bytes:
    content = der.sequence(der.oid("1.2.840.113549.1.9.22.1"), der.explicit(0, der.octets(certificate)))
    return der.sequence(der.oid("1.2.840.113549.1.12.10.1.3"), der.explicit(0, content), attributes)


def _key_bag(key: bytes, password: str, attributes: bytes) -> bytes:
    salt = os.urandom(8)
    secret, vector = _derived(_KEY, password, salt, 24), _derived(_VECTOR, password, salt, 8)
    padder, cipher = PKCS7(64).padder(), Cipher(TripleDES(secret), modes.CBC(vector)).encryptor()
    hidden = cipher.update(padder.update(key) + padder.finalize()) + cipher.finalize()
    content = der.sequence(_scheme("1.2.840.113549.1.12.1.3", salt), der.octets(hidden))
    return der.sequence(der.oid("1.2.840.113549.1.12.10.1.2"), der.explicit(0, content), attributes)


def _scheme(oid: str, salt: bytes) -> bytes:
    return der.sequence(der.oid(oid), der.sequence(der.octets(salt), der.integer(_ROUNDS)))


def _derived(purpose: int, password: str, salt: bytes, size: int) -> bytes:
    """The key derivation of RFC 7292, appendix B, with SHA-1."""
    made = b""
    text = _filled(salt) + _filled(f"{password}\0".encode("utf-16-be"))
    while len(made) < size:
        piece = hashlib.sha1(bytes([purpose]) * 64 + text, usedforsecurity=False).digest()
        for _ in range(_ROUNDS - 1):
            piece = hashlib.sha1(piece, usedforsecurity=False).digest()
        made += piece
        addend = int.from_bytes(_filled(piece)[:64], "big") + 1
        blocks = (int.from_bytes(text[start : start + 64], "big") for start in range(0, len(text), 64))
        text = b"".join(((block + addend) % 2**512).to_bytes(64, "big") for block in blocks)
    return made[:size]


def _filled(octets: bytes) -> bytes:
    """Repeated up to a multiple of 64 octets."""
    size = -(-len(octets) // 64) * 64
    return (octets * (size // len(octets) + 1))[:size]
