"""A country's settings: defaults per environment as data, over them the settings, over them the issuer's options."""

import tomllib
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from typing import Any

from worker.domain.issuer import ENVIRONMENTS
from worker.soap.channel import Limits
from worker.soap.faults import Misfit
from worker.soap.proxy import Proxy


class Environments:
    """``environments.toml`` of a schemas package; ``tables`` are the only ones that may be set."""

    def __init__(self, package: str, tables: tuple[str, ...]) -> None:
        self._package, self._tables = package, tables

    def merged(self, environment: str, *layers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The tables of an environment: the defaults, the settings of that environment, an issuer's own tables.

        The first layer is keyed by environment, the others by table.

        Raises:
            Misfit: an environment or table that does not exist.
        """
        if environment not in ENVIRONMENTS:
            raise Misfit(f"no environment {environment!r}")
        settings, *others = layers
        if unknown := set(settings) - set(ENVIRONMENTS):
            raise Misfit(f"settings: no environment {sorted(unknown)}")
        tables = {name: dict(self._defaults[environment].get(name, {})) for name in self._tables}
        for layer in (settings.get(environment, {}), *others):
            if unknown := set(layer) - set(self._tables):
                raise Misfit(f"settings of {environment}: no table {sorted(unknown)}")
            for name, table in layer.items():
                tables[name].update(table)
        return tables

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return tomllib.loads((files(self._package) / "environments.toml").read_text("utf-8"))


def limits(http: Mapping[str, Any]) -> Limits:
    """The bounds that an ``http`` table sets, its proxy (``proxy``, ``proxy_user``, ``proxy_password``) included.

    Raises:
        TypeError, ValueError: an unknown key, or a value that makes no sense.
    """
    given = dict(http)
    url, user, password = (given.pop(name, None) for name in ("proxy", "proxy_user", "proxy_password"))
    if url is None and (user or password):
        raise ValueError("proxy credentials without a proxy")
    return Limits(**given, proxy=None if url is None else Proxy(url, user, password))
