"""A CSD: the certificate and key with which a Mexican taxpayer seals and cancels. Opened once, held in memory only."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import (
    Certificate,
    DuplicateExtension,
    ExtensionNotFound,
    InvalidVersion,
    KeyUsage,
    load_der_x509_certificate,
)

from worker.signing import names
from worker.signing.faults import CredentialFault
from worker.signing.key_file import open_key

_LARGEST = 16_384
"""Octets of a certificate; SAT's have 1,500."""

_SAT = "SERVICIO DE ADMINISTRACION TRIBUTARIA"


@dataclass(frozen=True, slots=True, eq=False)
class Csd:
    """An opened CSD whose key fits its certificate. Made by ``open_csd``.

    ``cer`` is the certificate (DER), ``number`` SAT's 20 digits, ``rfc`` and ``name`` the owner's, ``issuer_name`` and
    ``serial`` what X509IssuerSerial says. Both ends of its validity are aware and included. It cannot be pickled or
    copied, and no text of it shows the key.
    """

    cer: bytes = field(repr=False)
    key: RSAPrivateKey = field(repr=False)
    number: str
    rfc: str
    name: str
    issuer_name: str = field(repr=False)
    serial: int = field(repr=False)
    not_before: datetime
    not_after: datetime

    def check(self, rfc: str, now: datetime, *, allow_expired: bool = False) -> None:
        """Whether this CSD may sign for ``rfc`` at ``now`` (aware).

        Raises:
            CredentialFault: ``csd-foreign-rfc``, ``csd-not-yet-valid``, ``csd-expired``.
        """
        self.check_owner(rfc)
        if now < self.not_before:
            raise CredentialFault("csd-not-yet-valid", number=self.number, since=self.not_before.isoformat())
        if now > self.not_after and not allow_expired:
            raise CredentialFault("csd-expired", number=self.number, until=self.not_after.isoformat())

    def check_owner(self, rfc: str) -> None:
        """Whether this CSD belongs to ``rfc``.

        Raises:
            CredentialFault: ``csd-foreign-rfc``.
        """
        if _canonical(rfc) != self.rfc:
            raise CredentialFault("csd-foreign-rfc", belongs_to=self.rfc, wanted=_canonical(rfc)[:13])

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key stays in the process that opened it")


def open_csd(cer: bytes, key: bytes, password: str | bytes | None) -> Csd:
    """The CSD in the two files that SAT delivers (both DER), with everything checked that needs no clock.

    Costs some 30 ms, most of it the library's check of the key: open once per process.

    Raises:
        CredentialFault: ``csd-certificate-unreadable``, ``csd-not-sat`` (issued by somebody else), ``csd-is-fiel`` (an
            e.firma), ``csd-wrong-purpose`` (any other certificate), ``csd-key-not-rsa``, ``csd-key-mismatch``, and
            those of ``key_file.open_key``.
    """
    certificate = _certificate(cer)
    issuer, subject = _names(certificate)
    number, rfc = _number(certificate), _owner(subject)
    _check_purpose(certificate)
    public = _public_key(certificate)
    private = open_key(key, password)
    if private.public_key().public_numbers() != public.public_numbers():
        raise CredentialFault("csd-key-mismatch", number=number, rfc=rfc)
    return Csd(
        cer=cer,
        key=private,
        number=number,
        rfc=rfc,
        name=names.first(subject, names.COMMON_NAME) or "",
        issuer_name=names.one_line(issuer),
        serial=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _certificate(cer: bytes) -> Certificate:
    if len(cer) > _LARGEST:
        raise CredentialFault("csd-certificate-unreadable")
    try:
        return load_der_x509_certificate(cer)
    except (ValueError, InvalidVersion):
        raise CredentialFault("csd-certificate-unreadable") from None


def _names(certificate: Certificate) -> tuple[names.Name, names.Name]:
    """Issuer and subject of a certificate whose issuer calls itself SAT.

    No proof: SAT publishes no stable list of its authorities, and the PAC verifies the chain.
    """
    try:
        issuer, subject = names.issuer_and_subject(certificate)
    except ValueError:  # sound, but not built as SAT builds them
        raise CredentialFault("csd-not-sat") from None
    organization = names.first(issuer, names.ORGANIZATION) or ""
    if _unaccented(organization) != _SAT:
        raise CredentialFault("csd-not-sat", issued_by=organization[:80])
    return issuer, subject


def _number(certificate: Certificate) -> str:
    """The serial number's octets are the ASCII digits of SAT's certificate number."""
    serial = max(certificate.serial_number, 0)
    octets = serial.to_bytes((serial.bit_length() + 7) // 8, "big")
    if len(octets) != 20 or not octets.isdigit():
        raise CredentialFault("csd-not-sat")
    return octets.decode("ascii")


def _owner(subject: names.Name) -> str:
    """RFC of the owner; a company's is followed by ``/`` and that of its representative."""
    text = names.first(subject, names.UNIQUE_IDENTIFIER) or ""
    rfc = _canonical(text.partition("/")[0])
    if not rfc:
        raise CredentialFault("csd-not-sat")
    return rfc


def _check_purpose(certificate: Certificate) -> None:
    """A CSD signs and does nothing else; an e.firma (FIEL) also encrypts. (All 60 of SAT's test set, 2019-2023.)"""
    try:
        usage = certificate.extensions.get_extension_for_class(KeyUsage).value
    except (ValueError, ExtensionNotFound, DuplicateExtension):
        raise CredentialFault("csd-wrong-purpose") from None
    if usage.data_encipherment or usage.key_agreement:
        raise CredentialFault("csd-is-fiel")
    others = usage.key_encipherment or usage.key_cert_sign or usage.crl_sign
    if others or not (usage.digital_signature and usage.content_commitment):
        raise CredentialFault("csd-wrong-purpose")


def _public_key(certificate: Certificate) -> RSAPublicKey:
    try:
        public = certificate.public_key()
    except UnsupportedAlgorithm:
        raise CredentialFault("csd-key-not-rsa") from None
    except ValueError:
        raise CredentialFault("csd-certificate-unreadable") from None
    if not isinstance(public, RSAPublicKey):
        raise CredentialFault("csd-key-not-rsa")
    return public


def _canonical(rfc: str) -> str:
    return unicodedata.normalize("NFC", rfc.strip()).upper()


def _unaccented(text: str) -> str:
    """Upper case without accents, one space between words: SAT has written its own name in several ways."""
    letters = unicodedata.normalize("NFD", " ".join(text.split()))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).upper()
