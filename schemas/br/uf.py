"""Brazil's federative units and the zones of their clocks. There has been no daylight saving time since 2019."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from schemas.invalid import Invalid


@dataclass(frozen=True, slots=True)
class Uf:
    """One unit: ``code`` is IBGE's, ``sigla`` the two letters, ``zone`` the IANA zone of its capital.

    ``elsewhere`` are further zones inside it: Fernando de Noronha, the south-west of Amazonas.
    """

    code: str
    sigla: str
    zone: str
    elsewhere: tuple[str, ...] = ()

    def clock(self, wanted: str | None = None) -> ZoneInfo:
        """The zone, or the one that an issuer chose.

        Raises:
            Invalid: ``zone-unknown``.
        """
        try:
            return ZoneInfo(wanted or self.zone)
        except (KeyError, ValueError, OSError):  # not there; no name of a zone; a directory
            raise Invalid("zone-unknown", wanted) from None


def by_code(code: str) -> Uf | None:
    """The unit of IBGE's code; None when there is none."""
    return table().get(code)


def by_sigla(sigla: str) -> Uf | None:
    """The unit of two letters, in upper case; None when there is none."""
    return next((uf for uf in table().values() if uf.sigla == sigla), None)


@cache
def table() -> dict[str, Uf]:
    """All units by their code."""
    document = tomllib.loads(files("schemas.br").joinpath("uf.toml").read_text("utf-8"))
    elsewhere = document["elsewhere"]
    return {
        code: Uf(code, uf["sigla"], uf["zone"], tuple(elsewhere.get(uf["sigla"], ())))
        for code, uf in document["codes"].items()
    }
