"""Walks DER and BER without judging it: what is inside, in order, whatever surrounds it.

For what strict parsers refuse as a whole because of one odd part, and for looking at a file before it is opened.
"""

from collections.abc import Iterator
from typing import NamedTuple

INTEGER, OCTETS, SEQUENCE = 0x02, 0x04, 0x30
_CONSTRUCTED = 0x20
_LONGEST_LENGTH = 4


class Part(NamedTuple):
    """One element: its tag, and its content without the header."""

    tag: int
    content: bytes


def parts(content: bytes) -> Iterator[Part]:
    """The elements that stand side by side in ``content`` (DER).

    Raises:
        ValueError: it is cut off, or no DER.
    """
    place = 0
    while place < len(content):
        tag, begin, size = _header(content, place)
        if size is None or begin + size > len(content):
            raise ValueError("no DER")
        place = begin + size
        yield Part(tag, content[begin:place])


def integers(content: bytes) -> Iterator[int]:
    """Every INTEGER at any depth, also inside octet strings that hold whole elements themselves (BER allowed).

    Raises:
        ValueError: it is cut off, or no BER.
    """
    place = 0
    while place < len(content):
        tag, begin, size = _header(content, place)
        place = begin
        if tag & _CONSTRUCTED or size is None or (tag == OCTETS and _holds_one(content[begin : begin + size])):
            continue  # what it holds comes next
        if begin + size > len(content):
            raise ValueError("cut off")
        if tag == INTEGER:
            yield int.from_bytes(content[begin : begin + size], "big", signed=True)
        place = begin + size


def _holds_one(content: bytes) -> bool:
    """Whether these octets are one SEQUENCE and nothing else."""
    if len(content) < 2 or content[0] != SEQUENCE:
        return False
    try:
        _, begin, size = _header(content, 0)
    except ValueError:
        return False
    return content.endswith(b"\0\0") if size is None else begin + size == len(content)


def _header(content: bytes, place: int) -> tuple[int, int, int | None]:
    """Tag, where the content begins, and its size; None when its end is marked instead (BER)."""
    header = content[place : place + 2]
    if len(header) < 2 or header[0] & 0x1F == 0x1F:
        raise ValueError("cut off, or a tag of several octets")
    begin, size = place + 2, header[1]
    if size < 0x80:
        return header[0], begin, size
    if size == 0x80:
        return header[0], begin, None
    length = content[begin : begin + (size & 0x7F)]
    if len(length) < size & 0x7F or len(length) > _LONGEST_LENGTH:
        raise ValueError("cut off, or longer than anything here can be")
    return header[0], begin + len(length), int.from_bytes(length, "big")
