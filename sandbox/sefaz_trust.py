"""Whose certificates the authoriser of DC-e believes, and which company they speak for.

The owner's CNPJ stands in an otherName of subjectAltName (2.16.76.1.3.3, ICP-Brasil DOC-ICP-04), whose value comes as
OCTET STRING, PrintableString or UTF8String.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.sefaz_codes import Rejected

Role = Literal["transmitter", "signer"]
_CNPJ = "2.16.76.1.3.3"
_TEXTS = (0x04, 0x0C, 0x13)  # OCTET STRING, UTF8String, PrintableString
_ORGANISATION = "ICP-Brasil"


@dataclass(slots=True)
class Belief:
    """Who is believed: ``authorities`` are CA certificates (DER), ``revoked`` holds serial numbers."""

    authorities: tuple[bytes, ...] = ()
    revoked: set[int] = field(default_factory=set)

    @property
    def roots(self) -> list[x509.Certificate]:
        """The authorities that answer for themselves."""
        return [each for each in map(x509.load_der_x509_certificate, self.authorities) if each.issuer == each.subject]

    def check(self, certificate: x509.Certificate, role: Role, now: datetime) -> str:
        """The CNPJ of the company that this certificate speaks for at the moment ``now``.

        Raises:
            Rejected: the role alone for a certificate of the wrong kind; the role with ``-foreign``, ``-chain``,
                ``-dates``, ``-revoked`` or ``-cnpj``.
        """
        try:
            cnpj, fit = owner(certificate), _fit(certificate, role)
        except (ValueError, TypeError) as fault:
            raise Rejected(role, "ilegível") from fault
        if not self._issued(certificate):
            organisations = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
            ours = any(each.value == _ORGANISATION for each in organisations)
            raise Rejected(f"{role}-chain" if ours else f"{role}-foreign")
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise Rejected(f"{role}-dates")
        if certificate.serial_number in self.revoked:
            raise Rejected(f"{role}-revoked")
        if not fit:
            raise Rejected(role)
        if cnpj is None:
            raise Rejected(f"{role}-cnpj")
        return cnpj

    def _issued(self, certificate: x509.Certificate) -> bool:
        return any(_issued_by(certificate, x509.load_der_x509_certificate(each)) for each in self.authorities)


def owner(certificate: x509.Certificate) -> str | None:
    """The company's CNPJ; None for a person's certificate. Raises ``ValueError`` for unreadable extensions."""
    for name in _other_names(certificate):
        if name.type_id.dotted_string == _CNPJ and len(name.value) == 16 and name.value[0] in _TEXTS:
            return name.value[2:].decode("ascii")
    return None


def _other_names(certificate: x509.Certificate) -> Iterable[x509.OtherName]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return names.get_values_for_type(x509.OtherName)


def _fit(certificate: x509.Certificate, role: Role) -> bool:
    """Whether the key may be used in this role: to sign, or to speak as a TLS client."""
    extensions = certificate.extensions
    try:
        if role == "transmitter":
            purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            return ExtendedKeyUsageOID.CLIENT_AUTH in purposes
        return extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return False


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
