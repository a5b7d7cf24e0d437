"""What a certificate's extensions say of its owner and purpose, read even where another extension is odd."""

from cryptography.hazmat import asn1
from cryptography.x509 import Certificate, ObjectIdentifier

from worker.signing import names, tlv

_KEY_USAGE, _EXTENDED_USAGE, _ALTERNATIVE_NAMES = "2.5.29.15", "2.5.29.37", "2.5.29.17"
_OTHER_NAME = 0xA0
_DIGITAL_SIGNATURE = 0x80
_ANY_PURPOSE = "2.5.29.37.0"


def other_names(certificate: Certificate, oid: str) -> tuple[str, ...]:
    """The otherName texts of subjectAltName of one kind.

    Authorities encode them as OCTET STRING, PrintableString or UTF8String; all are read as Latin-1, their digits are
    ASCII.

    Raises:
        ValueError: the extensions are no DER.
    """
    found = []
    for name in _inside(_extension(certificate, _ALTERNATIVE_NAMES)):
        if name.tag == _OTHER_NAME:
            kind, wrapped = tlv.parts(name.content)
            if _dotted(kind.content) == oid:
                (value,) = tlv.parts(wrapped.content)
                found.append(value.content.decode("latin-1").strip(" \0"))
    return tuple(found)


def signs(certificate: Certificate) -> bool:
    """Whether its key may make signatures: digitalSignature, or no restriction.

    Raises:
        ValueError: the extensions are no DER.
    """
    content = _extension(certificate, _KEY_USAGE)
    if content is None:
        return True
    (bits,) = tlv.parts(content)
    return len(bits.content) > 1 and bool(bits.content[1] & _DIGITAL_SIGNATURE)


def serves(certificate: Certificate, purpose: str) -> bool:
    """Whether it may be used for an extended purpose (dotted OID): that one, any, or no restriction.

    Raises:
        ValueError: the extensions are no DER.
    """
    content = _extension(certificate, _EXTENDED_USAGE)
    if content is None:
        return True
    named = {_dotted(part.content) for part in _inside(content)}
    return not named.isdisjoint((purpose, _ANY_PURPOSE))


def _extension(certificate: Certificate, oid: str) -> bytes | None:
    """The value of one extension (DER), None when it is not there."""
    for extension in tlv.parts(names.extensions(certificate)):
        kind, *_, value = tlv.parts(extension.content)
        if _dotted(kind.content) == oid:
            return value.content
    return None


def _inside(content: bytes | None) -> list[tlv.Part]:
    """The elements of the one SEQUENCE that ``content`` is."""
    return [part for sequence in tlv.parts(content or b"") for part in tlv.parts(sequence.content)]


def _dotted(content: bytes) -> str:
    """An OBJECT IDENTIFIER's content, as text."""
    oid: ObjectIdentifier = asn1.decode_der(ObjectIdentifier, bytes((0x06, len(content))) + content)
    return oid.dotted_string
