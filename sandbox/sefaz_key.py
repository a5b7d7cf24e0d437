"""The numbers inside a DC-e's access key, judged as the authoriser does. Positions: manual 2.2.4."""

from dataclasses import dataclass

from sandbox.sefaz_codes import Rejected


@dataclass(frozen=True, slots=True)
class Parts:
    """The 44 characters, taken apart."""

    uf: str
    year: str
    month: str
    cnpj: str
    model: str
    series: str
    number: str
    emission: str
    emitter: str
    site: str
    code: str
    digit: str


def parts(key: str) -> Parts:
    """Takes 44 characters apart without judging them."""
    ends = (2, 4, 6, 20, 22, 25, 34, 35, 36, 37, 43, 44)
    return Parts(*(key[start:end] for start, end in zip((0, *ends[:-1]), ends, strict=True)))


def check(key: str, year: int) -> Parts:
    """Judges a key of 44 characters; ``year`` is the current one.

    Raises:
        Rejected: ``check-digit``, ``key-year``, ``key-month``, ``key-cnpj``, ``key-model``, ``key-number``.
    """
    own = parts(key)
    if digit(key[:43]) != own.digit:
        raise Rejected("check-digit")
    if not 2012 <= 2000 + int(own.year) <= year:
        raise Rejected("key-year", own.year)
    if not 1 <= int(own.month) <= 12:
        raise Rejected("key-month", own.month)
    if not is_cnpj(own.cnpj):
        raise Rejected("key-cnpj", own.cnpj)
    if own.model != "99":
        raise Rejected("key-model", own.model)
    if int(own.number) == 0:
        raise Rejected("key-number")
    return own


def digit(text: str) -> str:
    """The check digit, modulo 11 with the weights 2 to 9 from the right; a character counts as ASCII less 48."""
    total = sum((ord(character) - 48) * (2 + place % 8) for place, character in enumerate(reversed(text)))
    rest = total % 11
    return "0" if rest < 2 else str(11 - rest)


def is_cnpj(text: str) -> bool:
    """Whether both check digits hold; zeros alone are no CNPJ."""
    first = digit(text[:12])
    return text != "0" * 14 and text[12:] == first + digit(text[:12] + first)


def key(
    *,
    uf: str = "35",
    month: str = "2611",
    cnpj: str = "10142785000190",
    series: int = 0,
    number: int = 1,
    emitter: int = 3,
    code: int = 808503,
) -> str:
    """An access key whose check digit holds. ``month`` is year and month, ``AAMM``."""
    body = f"{uf}{month}{cnpj}99{series:03}{number:09}1{emitter}0{code:06}"
    return body + digit(body)
