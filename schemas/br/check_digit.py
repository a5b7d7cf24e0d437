"""The modulo 11 check digit of Brazilian numbers, as the Receita Federal describes it.

A character is worth its ASCII code minus 48, so digits are worth themselves and letters 17 (A) to 42 (Z): the same
arithmetic serves the alphanumeric CNPJ (IN RFB 2.229/2024).
"""


def check_digit(text: str, *, heaviest: int = 9) -> str:
    """The digit that follows ``text``, whose weights run from 2 to ``heaviest``, from the right, and again from 2."""
    kinds = heaviest - 1
    weighted = sum((2 + place % kinds) * (ord(letter) - 48) for place, letter in enumerate(reversed(text)))
    rest = weighted % 11
    return "0" if rest < 2 else str(11 - rest)
