"""Access tokens for XOAUTH2 from a program of the operator's choice; we know no provider's ways of renewing them."""

import os
import shlex
import subprocess
from collections.abc import Callable

_DEADLINE = 20.0  # seconds
_LONGEST = 16 * 1024  # characters; tokens of the large providers stay below two thousand


class TokenNotGiven(Exception):
    """The program failed, or printed nothing that could be a token."""

    slug = "mail-token-not-given"


def from_command(command: str) -> Callable[[bool], str]:
    """A source of tokens for ``Account.token`` that runs ``command``, without a shell, and takes what it prints.

    The program finds ``CANCELA_TOKEN_REFRESH=1`` in its environment when the last token was refused. It has 20 s.

    Raises (when called):
        TokenNotGiven: never quoting what the program printed.
    """
    words = shlex.split(command)

    def token(refresh: bool) -> str:
        environment = {**os.environ, "CANCELA_TOKEN_REFRESH": "1" if refresh else "0"}
        try:
            run = subprocess.run(  # noqa: S603 - the operator's own setting
                words, env=environment, capture_output=True, text=True, timeout=_DEADLINE, check=True
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise TokenNotGiven(type(error).__name__) from None
        said = run.stdout.strip()
        if not said or len(said) > _LONGEST or not said.isascii() or not said.isprintable() or " " in said:
            raise TokenNotGiven("no token in what the program printed")
        return said

    return token
