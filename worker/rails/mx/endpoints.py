"""Where to knock and how long to wait.

Defaults from ``schemas/mx/environments.toml``, over them the settings, over them the issuer's options.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from worker.domain.issuer import PRODUCTION
from worker.rails.environments import Environments, limits
from worker.soap.channel import Limits
from worker.soap.faults import Misfit
from worker.soap.service import Contract

TABLES = Environments("schemas.mx", ("pac", "sat", "http", "patience"))
_OF_ISSUER = ("pac", "sat")
_WSDL = "Cancelacion.wsdl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sat:
    """The status service: whether it is asked at all, where, and how long its word may lag behind the PAC's."""

    ask: bool
    endpoint: str
    settling: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Everything that one issuer's calls need to know about the outside."""

    pac: Contract
    pac_limits: Limits
    remembers: timedelta
    sat: Sat
    sat_limits: Limits


def endpoints(environment: str, settings: Mapping[str, Any], options: Mapping[str, Any]) -> Endpoints:
    """Where requests of an issuer with these ``options`` go.

    Raises:
        Misfit: an unknown key, an impossible value, or a production endpoint without TLS.
    """
    tables = TABLES.merged(environment, settings, {name: options[name] for name in _OF_ISSUER if name in options})
    try:
        made = _made(dict(tables["pac"]), dict(tables["sat"]), dict(tables["http"]))
    except (TypeError, ValueError, KeyError, AttributeError) as fault:
        raise Misfit(f"settings of {environment}: {fault}") from None
    addresses = (made.pac.endpoint or "", made.sat.endpoint)
    if environment == PRODUCTION and any(address and not address.startswith("https://") for address in addresses):
        raise Misfit("a production endpoint without TLS")
    return made


def _made(pac: dict[str, Any], sat: dict[str, Any], http: dict[str, Any]) -> Endpoints:
    bounds = limits(http)
    remembers = timedelta(seconds=pac.pop("remembers"))
    wsdl = Path(pac.pop("wsdl", None) or str(files("schemas.mx") / _WSDL))
    namespaces = tuple(sorted(dict(pac.pop("namespaces", {})).items()))
    sat_limits = limits(http | {"ca_bundle": sat.pop("ca_bundle", None) or bounds.ca_bundle})
    settling = timedelta(seconds=sat.pop("settling"))
    return Endpoints(
        pac=Contract(wsdl=wsdl, namespaces=namespaces, **pac),
        pac_limits=bounds,
        remembers=remembers,
        sat=Sat(settling=settling, **sat),
        sat_limits=sat_limits,
    )
