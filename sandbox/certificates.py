"""Stands in for SAT's certification authority: issues CSD and FIEL pairs of the shape that SAT delivers.

Shape (seen in SAT's public test set, 2019-2023): X.509 v3, RSA-2048, sha256WithRSAEncryption, a serial number whose
octets are the 20 ASCII digits of the certificate number, the RFC in x500UniqueIdentifier, two extensions for a CSD and
four for a FIEL; the key is PKCS#8 under PBES2 with PBKDF2 (2048 rounds, HMAC-SHA1) and DES-EDE3-CBC.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import pbkdf2_hmac
from itertools import count
from typing import Literal

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox import der
from sandbox.issuing import CA, NO_CA, Name, certificate, key_usage

SAT = "SERVICIO DE ADMINISTRACION TRIBUTARIA"

Kind = Literal["csd", "fiel"]
_FIEL_PURPOSES = (
    der.sequence(der.oid("2.16.840.1.113730.1.1"), der.octets(der.bits(b"\xa0", 5))),
    der.sequence(
        der.oid("2.5.29.37"),
        der.octets(der.sequence(der.oid("1.3.6.1.5.5.7.3.4"), der.oid("1.3.6.1.5.5.7.3.2"))),
    ),
)


@dataclass(frozen=True)
class KeyPair:
    """What a taxpayer gets from SAT: ``cer`` is the certificate (DER), ``key`` the encrypted PKCS#8 key (DER)."""

    cer: bytes = field(repr=False)
    key: bytes = field(repr=False)
    password: str = field(repr=False)
    rfc: str
    number: str


def new_key() -> rsa.RSAPrivateKey:
    """A fresh RSA-2048 key (about 0.1 s)."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class KeyPool:
    """Hands out ``size`` keys in turn, made when first asked for: for tests, which need many certificates fast.

    Two consecutive takers never get the same key.
    """

    def __init__(self, size: int = 4) -> None:
        self._size = max(size, 2)
        self._keys: list[rsa.RSAPrivateKey] = []
        self._taken = count()

    def __call__(self) -> rsa.RSAPrivateKey:
        """The next key."""
        turn = next(self._taken) % self._size
        if turn == len(self._keys):
            self._keys.append(new_key())
        return self._keys[turn]


key_pool = KeyPool()
"""The pool of this process: ``Authority(keys=key_pool)``."""


class Authority:
    """One certification authority with its own key.

    ``keys`` makes the keys of the authority and of those whom it certifies; ``password`` protects all issued keys
    unless ``issue`` says otherwise.
    """

    def __init__(
        self,
        *,
        keys: Callable[[], rsa.RSAPrivateKey] = new_key,
        password: str = "Llave de prueba 1",  # noqa: S107 - opens keys that were made for a test, nothing else
    ) -> None:
        self._keys = keys
        self._password = password
        self._signers: dict[str, rsa.RSAPrivateKey] = {}
        self._numbers = count(1)

    @cached_property
    def certificate(self) -> bytes:
        """The authority's own certificate (DER), self-signed."""
        name, key = _authority_name(SAT), self._signer(SAT)
        usage = key_usage(b"\x06", 1)
        now, years = datetime.now(UTC), timedelta(days=3650)
        return certificate(1, name, name, (now - years, now + years), key.public_key(), (CA, usage), key)

    def issue(
        self,
        rfc: str,
        *,
        name: str = "EMPRESA DE PRUEBA SA DE CV",
        kind: Kind = "csd",
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        t61: bool = False,
        organization: str = SAT,
        representative: str | None = None,
        number: str | None = None,
        password: str | None = None,
    ) -> KeyPair:
        """A new pair for ``rfc``, valid from yesterday for four years unless told otherwise.

        ``t61`` writes the subject as Latin-1 in T61String, as SAT does for names with Ñ, ``&`` or accents.
        ``organization`` other than SAT's is another authority: another issuer name, another signing key.
        ``representative`` is the RFC of a company's legal representative; companies (12 characters) get one anyway.
        """
        number = number or f"300010000005{next(self._numbers):08d}"
        start = not_before or datetime.now(UTC) - timedelta(days=1)
        end = not_after or start + timedelta(days=4 * 365)
        if representative is None and len(rfc) == 12:
            representative = "PEPJ8001019QA"
        key = self._keys()
        cer = certificate(
            int.from_bytes(number.encode("ascii"), "big"),
            _authority_name(organization),
            _subject(rfc, name, kind, representative, t61),
            (start, end),
            key.public_key(),
            (NO_CA, key_usage(b"\xc0", 6)) if kind == "csd" else (NO_CA, key_usage(b"\xd8", 3), *_FIEL_PURPOSES),
            self._signer(organization),
        )
        password = self._password if password is None else password
        return KeyPair(cer=cer, key=encrypted(key, password), password=password, rfc=rfc, number=number)

    def _signer(self, organization: str) -> rsa.RSAPrivateKey:
        if organization not in self._signers:
            self._signers[organization] = self._keys()
        return self._signers[organization]


def encrypted(key: rsa.RSAPrivateKey, password: str) -> bytes:
    """The key in the envelope of a ``.key`` file: PKCS#8, PBES2, PBKDF2-HMAC-SHA1 (2048 rounds), DES-EDE3-CBC."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, vector = os.urandom(8), os.urandom(8)
    secret = pbkdf2_hmac("sha1", password.encode(), salt, 2048, 24)
    padder = PKCS7(64).padder()
    cipher = Cipher(TripleDES(secret), modes.CBC(vector)).encryptor()
    hidden = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    derivation = der.sequence(der.oid("1.2.840.113549.1.5.12"), der.sequence(der.octets(salt), der.integer(2048)))
    scheme = der.sequence(der.oid("1.2.840.113549.3.7"), der.octets(vector))
    algorithm = der.sequence(der.oid("1.2.840.113549.1.5.13"), der.sequence(derivation, scheme))
    return der.sequence(algorithm, der.octets(hidden))


def _authority_name(organization: str) -> Name:
    return (
        ("2.5.4.3", der.UTF8, "AC SANDBOX"),
        ("2.5.4.10", der.UTF8, organization),
        ("2.5.4.11", der.UTF8, "Sandbox Authority"),
        ("1.2.840.113549.1.9.1", der.IA5, "sandbox@example.com"),
        ("2.5.4.9", der.UTF8, "Calle Falsa 123, Col. Centro"),
        ("2.5.4.17", der.UTF8, "06000"),
        ("2.5.4.6", der.PRINTABLE, "MX"),
        ("2.5.4.8", der.UTF8, "CIUDAD DE MEXICO"),
        ("2.5.4.7", der.UTF8, "CUAUHTEMOC"),
        ("2.5.4.45", der.PRINTABLE, "2.5.4.45"),
        ("1.2.840.113549.1.9.2", der.PRINTABLE, "responsable: SANDBOX"),
    )


def _subject(rfc: str, name: str, kind: Kind, representative: str | None, t61: bool) -> Name:
    curp = f"{(representative or rfc)[:10]}HDFRRN09"
    unique, serial = (f"{rfc} / {representative}", f" / {curp}") if representative else (rfc, curp)
    tag = der.T61 if t61 else der.UTF8
    owner: Name = (("2.5.4.3", tag, name), ("2.5.4.41", tag, name), ("2.5.4.10", tag, name))
    identity: Name = (("2.5.4.45", tag, unique), ("2.5.4.5", tag, serial))
    if kind == "csd":
        return (*owner, *identity, ("2.5.4.11", tag, "Sucursal 1"))
    contact: Name = (("2.5.4.6", der.PRINTABLE, "MX"), ("1.2.840.113549.1.9.1", der.IA5, "sandbox@example.com"))
    return (*owner, *contact, *identity)
