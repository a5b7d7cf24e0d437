"""The reason of a cancellation (``xJust``), by the rules of the official schema's TJust.

15 to 255 characters of U+0020 to U+00FF, none of the first 32, no blank (U+0020) at either end. Accents and ``&<>`` are
fine; what word processors put in (curly quotes, en dash, ellipsis) lies above U+00FF and is refused, never replaced.
"""

from schemas.invalid import Invalid

SHORTEST, LONGEST = 15, 255


def justification(given: str) -> str:
    """The text itself, which may be sent.

    Raises:
        Invalid: ``justification-missing``, ``justification-short``, ``justification-long``,
            ``justification-blank-at-end``, ``justification-character`` (its value is the character).
    """
    if not isinstance(given, str) or not given.strip():
        raise Invalid("justification-missing", given)
    if len(given) < SHORTEST:
        raise Invalid("justification-short", given)
    if len(given) > LONGEST:
        raise Invalid("justification-long", len(given))
    odd = next((letter for letter in given if not " " <= letter <= "ÿ"), None)
    if odd is not None:
        raise Invalid("justification-character", f"U+{ord(odd):04X}" + (f" {odd}" if odd.isprintable() else ""))
    if given != given.strip(" "):
        raise Invalid("justification-blank-at-end", given)
    return given
