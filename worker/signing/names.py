"""Reads the names inside a certificate without judging their spelling.

SAT writes every name with Ñ, ``&`` or an accent as T61String in Latin-1, which strict X.509 parsers refuse to read.
Here the DER is taken apart by the library and the text decoded by us.
"""

from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.x509 import Certificate, ObjectIdentifier

_ENCODINGS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}

#: OpenSSL's short names, which the common form of X509IssuerName uses. What is not here is written as a dotted OID.
_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.13": "description",
    "2.5.4.17": "postalCode",
    "2.5.4.20": "telephoneNumber",
    "2.5.4.41": "name",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "2.5.4.45": "x500UniqueIdentifier",
    "2.5.4.46": "dnQualifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.2.840.113549.1.9.8": "unstructuredAddress",
}

COMMON_NAME = "CN"
ORGANIZATION = "O"
UNIQUE_IDENTIFIER = "x500UniqueIdentifier"

Name = tuple[tuple[str, str], ...]
"""(short name or dotted OID, text) in the order of the certificate."""


@asn1.sequence
class _Attribute:
    type: ObjectIdentifier
    value: asn1.TLV


@asn1.sequence
class _ToBeSigned:
    """TBSCertificate as far as it is needed (RFC 5280, 4.1), closed by what SAT's certificates end with."""

    version: Annotated[asn1.TLV, asn1.Explicit(0)]
    serial: int
    algorithm: asn1.TLV
    issuer: list[asn1.SetOf[_Attribute]]
    validity: asn1.TLV
    subject: list[asn1.SetOf[_Attribute]]
    public_key: asn1.TLV
    extensions: Annotated[asn1.TLV, asn1.Explicit(3)]


def issuer_and_subject(certificate: Certificate) -> tuple[Name, Name]:
    """Both names of a version 3 certificate.

    Raises:
        ValueError: the certificate is built in another way, or a text is not in its own encoding.
    """
    parts = asn1.decode_der(_ToBeSigned, certificate.tbs_certificate_bytes)
    return _name(parts.issuer), _name(parts.subject)


def extensions(certificate: Certificate) -> bytes:
    """The extensions of a version 3 certificate, side by side (DER).

    Raises:
        ValueError: the certificate is built in another way.
    """
    return bytes(asn1.decode_der(_ToBeSigned, certificate.tbs_certificate_bytes).extensions.data)


def first(name: Name, attribute: str) -> str | None:
    """The first value of an attribute, by its short name."""
    return next((text for kind, text in name if kind == attribute), None)


def one_line(name: Name) -> str:
    """The name from its end to its beginning, joined by commas, nothing escaped: satcfdi's and OpenSSL's form."""
    return ",".join(f"{kind}={text}" for kind, text in reversed(name))


def _name(sets: list[asn1.SetOf[_Attribute]]) -> Name:
    return tuple(
        (_SHORT.get(attribute.type.dotted_string, attribute.type.dotted_string), _text(attribute.value))
        for each in sets
        for attribute in each.as_list()
    )


def _text(value: asn1.TLV) -> str:
    encoding = _ENCODINGS.get(value.tag_bytes[0])
    if encoding is None:
        raise ValueError(f"no string: tag {value.tag_bytes.hex()}")
    text = bytes(value.data).decode(encoding)
    if any(ord(letter) < 0x20 for letter in text):
        raise ValueError("a control character in a name")
    return text
