"""RC2 with a 40-bit key (RFC 2268): Brazilian authorities still hide certificates with it, and no library writes it."""

from struct import Struct

_PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)
_TURNS = (1, 2, 3, 5)
_MASHES_AFTER = (4, 10)
_ROUNDS = 16
_BLOCK = Struct("<4H")


def encrypted(key: bytes, vector: bytes, plain: bytes) -> bytes:
    """``plain`` in CBC mode with PKCS#7 padding, under ``key`` with as many effective bits as it has."""
    schedule, missing = _schedule(key), 8 - len(plain) % 8
    padded, hidden = plain + bytes([missing]) * missing, bytearray()
    for start in range(0, len(padded), 8):
        mixed = bytes(one ^ other for one, other in zip(padded[start : start + 8], vector, strict=True))
        vector = _block(schedule, mixed)
        hidden += vector
    return bytes(hidden)


def _schedule(key: bytes) -> tuple[int, ...]:
    size, octets = len(key), bytearray(key)
    for place in range(size, 128):
        octets.append(_PI[(octets[place - 1] + octets[place - size]) & 0xFF])
    octets[128 - size] = _PI[octets[128 - size]]
    for place in reversed(range(128 - size)):
        octets[place] = _PI[octets[place + 1] ^ octets[place + size]]
    return Struct("<64H").unpack(octets)


def _block(schedule: tuple[int, ...], block: bytes) -> bytes:
    words = list(_BLOCK.unpack(block))
    for turn in range(_ROUNDS):
        for place, shift in enumerate(_TURNS):
            last, second, third = words[place - 1], words[place - 2], words[place - 3]
            mixed = words[place] + schedule[4 * turn + place] + (last & second) + (~last & third) & 0xFFFF
            words[place] = (mixed << shift | mixed >> 16 - shift) & 0xFFFF
        if turn in _MASHES_AFTER:
            for place in range(4):
                words[place] = words[place] + schedule[words[place - 1] & 63] & 0xFFFF
    return _BLOCK.pack(*words)
