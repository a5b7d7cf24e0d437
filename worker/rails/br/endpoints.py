"""Where SEFAZ listens and how to speak with it.

Defaults from ``schemas/br`` (``authorities.toml``, ``environments.toml``), over them the settings, over them the
issuer's options.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from worker.domain.issuer import PRODUCTION
from worker.rails.environments import Environments, limits
from worker.soap.channel import Limits
from worker.soap.faults import Misfit
from worker.soap.service import Contract

TABLES = Environments("schemas.br", ("sefaz", "http", "patience"))

#: The services that a cancellation needs, by what they are for.
SERVICES = ("event", "consult", "status")

_TIMES = ("clock_ahead", "clock_believed", "protocol_patience", "fresh", "fresh_again")


class NoAuthority(Misfit):
    """The authority that was named, or its address, is not known. ``slug`` says which."""

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(detail)
        self.slug = slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Sefaz:
    """The authority: its three services, whoever answers there (``uf``, IBGE), and how it is dealt with.

    Nothing is sent while our clock is more than ``clock_ahead`` ahead, as measured within ``clock_believed``. A
    protocol that is missing is asked for during ``protocol_patience``. A document that is not known is asked about once
    more ``fresh_again`` later when it was authorised less than ``fresh`` ago.
    """

    event: Contract
    consult: Contract
    status: Contract
    uf: str
    clock_ahead: timedelta
    clock_believed: timedelta
    protocol_patience: timedelta
    fresh: timedelta
    fresh_again: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Everything that one issuer's calls need to know about the outside."""

    sefaz: Sefaz
    limits: Limits


def endpoints(environment: str, settings: Mapping[str, Any], options: Mapping[str, Any]) -> Endpoints:
    """Where requests of an issuer with these ``options`` go.

    In the table ``sefaz``: ``authority`` (an abbreviation), ``endpoint`` (a base that replaces the authority's), or
    ``event``, ``consult`` and ``status`` (whole addresses), ``namespaces`` (old to new, inside the WSDLs), and times.

    Raises:
        NoAuthority: ``authority-missing``, ``authority-unknown``, ``authority-without-address``.
        Misfit: an unknown key, an impossible value, or a production address without TLS.
    """
    own = {"sefaz": options["sefaz"]} if "sefaz" in options else {}
    tables = TABLES.merged(environment, settings, own)
    try:
        made = Endpoints(sefaz=_sefaz(environment, dict(tables["sefaz"])), limits=limits(tables["http"]))
    except (TypeError, ValueError, KeyError, AttributeError) as fault:
        raise Misfit(f"settings of {environment}: {fault}") from None
    contracts = (made.sefaz.event, made.sefaz.consult, made.sefaz.status)
    if environment == PRODUCTION and not all(str(one.endpoint).startswith("https://") for one in contracts):
        raise Misfit("a production address without TLS")
    return made


def _sefaz(environment: str, given: dict[str, Any]) -> Sefaz:
    authority = _authority(given.pop("authority", None))
    base = given.pop("endpoint", None) or authority.get(environment)
    namespaces = tuple(sorted(dict(given.pop("namespaces", {})).items()))
    times: dict[str, Any] = {name: timedelta(seconds=given.pop(name)) for name in _TIMES}
    contracts: dict[str, Any] = {}
    for service in SERVICES:
        name = _known()["services"][service]
        address = given.pop(service, None) or (base and f"{base.rstrip('/')}/{name}")
        if not address:
            raise NoAuthority("authority-without-address", environment)
        wsdl = Path(str(files("schemas.br") / f"{name}.wsdl"))
        contracts[service] = Contract(wsdl=wsdl, soap="1.2", endpoint=address, namespaces=namespaces)
    return Sefaz(**contracts, uf=authority["uf"], **times, **given)


def _authority(named: Any) -> Mapping[str, Any]:
    """What is known of an authority, by its abbreviation or an alias."""
    sign = str(named or "").strip().upper()
    if not sign:
        raise NoAuthority("authority-missing", "")
    for own, authority in _known()["authorities"].items():
        if sign == own or sign in authority["aliases"]:
            found: Mapping[str, Any] = authority
            return found
    raise NoAuthority("authority-unknown", sign)


@cache
def _known() -> Mapping[str, Any]:
    return tomllib.loads((files("schemas.br") / "authorities.toml").read_text("utf-8"))
