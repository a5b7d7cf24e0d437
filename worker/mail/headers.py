"""The header fields of a mail as they were sent, however badly. Splitting never fails.

The standard parser stops at the first line that is not a header and loses what follows; notices come from the outside,
so this one takes what it can get and leaves every judgement to the rail.
"""

import re
from collections.abc import Iterator, Sequence

LIMIT = 64 * 1024
"""Header bytes that are fetched of a mail. What lies beyond was never meant for us."""

_LINE_END = re.compile(rb"\r\n|\n")
_FOLD = (b" ", b"\t")
_MESSAGE_ID = 255


def split(raw: bytes) -> Sequence[tuple[str, bytes]]:
    """All fields in order: the name as written, the value unfolded and stripped.

    Fields that occur twice are there twice. Encoded words stay encoded and bytes beyond ASCII stay as they are. NUL
    becomes a space, since no database takes it. Lines that are no field are left out. Of headers that fill ``LIMIT``
    the last line is left out, because it may have been cut.
    """
    return [(name, b" ".join(parts).strip()) for name, parts in _fields(_lines(raw))]


def message_id(headers: Sequence[tuple[str, bytes]]) -> str | None:
    """The first Message-ID, printable and at most 255 characters; None when there is none."""
    for name, value in headers:
        if name.lower() == "message-id" and value:
            return text(value)[:_MESSAGE_ID]
    return None


def text(value: bytes) -> str:
    """A value for people and tables: UTF-8 where it is, and no control characters."""
    decoded = value.decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in decoded)


def _lines(raw: bytes) -> Iterator[bytes]:
    lines = _LINE_END.split(raw[:LIMIT].replace(b"\0", b" "))
    if len(raw) >= LIMIT:
        lines.pop()
    for line in lines:
        if not line:
            return
        yield line


def _fields(lines: Iterator[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    name, parts = "", list[bytes]()
    for line in lines:
        if line.startswith(_FOLD):
            parts.append(line.strip())
            continue
        if name:
            yield name, parts
        before, colon, after = line.partition(b":")
        name, parts = (before.strip().decode("latin-1") if colon else ""), [after.strip()]
    if name:
        yield name, parts
