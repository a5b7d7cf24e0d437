"""Whose certificates are believed, and what they must be: a seal (CSD) of this RFC, valid now, issued by SAT."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from sandbox.replies import TurnedAway

SAT = "SERVICIO DE ADMINISTRACION TRIBUTARIA"
_UNIQUE_IDENTIFIER = bytes.fromhex("060355042d")  # OID 2.5.4.45
_CODECS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}


@dataclass(slots=True)
class Trust:
    """Who is believed.

    ``authorities`` are CA certificates (DER). ``by_organisation`` believes any issuer that calls itself SAT: the keys
    of SAT's public test authority are not at hand, its published test certificates are. ``revoked`` holds certificate
    numbers.
    """

    authorities: tuple[bytes, ...] = ()
    by_organisation: bool = False
    revoked: set[str] = field(default_factory=set)

    def check(self, certificate: x509.Certificate, rfc: str, at: datetime, now: datetime) -> None:
        """``at`` is the request's own date, aware.

        Raises:
            TurnedAway: 308 foreign issuer, 306 FIEL, 304 revoked or expired, 305 date outside its validity,
                303 another RFC.
        """
        if not self._issued_by_sat(certificate):
            raise TurnedAway(308)
        if not _is_csd(certificate):
            raise TurnedAway(306)
        if now > certificate.not_valid_after_utc or certificate_number(certificate) in self.revoked:
            raise TurnedAway(304)
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise TurnedAway(305)
        if (owner := certificate_rfc(certificate)) != rfc:
            raise TurnedAway(303, f"es de {owner}")

    def _issued_by_sat(self, certificate: x509.Certificate) -> bool:
        organisations = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        if self.by_organisation and any(each.value == SAT for each in organisations):
            return True
        return any(_issued_by(certificate, x509.load_der_x509_certificate(each)) for each in self.authorities)


def certificate_rfc(certificate: x509.Certificate) -> str:
    """The RFC of the owner, read from the raw subject: names in T61String break strict parsers (pyca issue 6804)."""
    public_key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    names = certificate.tbs_certificate_bytes.partition(public_key)[0]
    place = names.rfind(_UNIQUE_IDENTIFIER)
    if place < 0:
        return ""
    tag, length = names[place + 5], names[place + 6]
    value = names[place + 7 : place + 7 + length]
    return value.decode(_CODECS.get(tag, "latin-1"), "replace").split(" ")[0].upper()


def certificate_number(certificate: x509.Certificate) -> str:
    """The twenty digits: the octets of the serial number read as ASCII."""
    serial = certificate.serial_number
    return serial.to_bytes((serial.bit_length() + 7) // 8, "big").decode("latin-1")


def _is_csd(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.digital_signature and usage.content_commitment and not usage.data_encipherment


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
