"""Writes DER: just enough to build a certificate and an encrypted key octet by octet, as SAT's software writes them.

Libraries refuse to write what SAT writes (T61String names, triple DES), and the stand-in has to.
"""

from datetime import UTC, datetime

PRINTABLE, T61, IA5, UTF8 = 0x13, 0x14, 0x16, 0x0C


def tlv(tag: int, *content: bytes) -> bytes:
    """One element: tag, length, content."""
    body = b"".join(content)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*items: bytes) -> bytes:
    """SEQUENCE of encoded items."""
    return tlv(0x30, *items)


def set_of(item: bytes) -> bytes:
    """SET with one encoded item."""
    return tlv(0x31, item)


def explicit(number: int, item: bytes) -> bytes:
    """An item under the context tag ``number``."""
    return tlv(0xA0 | number, item)


def integer(value: int) -> bytes:
    """A non-negative INTEGER."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def boolean(value: bool) -> bytes:
    """BOOLEAN."""
    return tlv(0x01, b"\xff" if value else b"\x00")


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, content)


def bits(content: bytes, unused: int = 0) -> bytes:
    """BIT STRING whose last ``unused`` bits do not count."""
    return tlv(0x03, bytes((unused,)), content)


def null() -> bytes:
    """NULL."""
    return tlv(0x05)


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return tlv(0x06, *(_base128(arc) for arc in (first * 40 + second, *rest)))


def _base128(arc: int) -> bytes:
    """An arc in groups of seven bits; every group but the last has its high bit set."""
    groups = [arc & 0x7F]
    while arc := arc >> 7:
        groups.append(arc & 0x7F | 0x80)
    return bytes(reversed(groups))


def text(tag: int, value: str) -> bytes:
    """A string in the alphabet of its tag. T61String carries Latin-1, as SAT's does, whatever the standard says."""
    encoding = {PRINTABLE: "ascii", T61: "latin-1", IA5: "ascii", UTF8: "utf-8"}[tag]
    return tlv(tag, value.encode(encoding))


def utc_time(at: datetime) -> bytes:
    """UTCTime of an aware moment, in seconds. Good for the years 1950 to 2049."""
    return tlv(0x17, at.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode())
