"""The part of the sandbox's own door that speaks to SEFAZ's stand-in: its manners, its certificates."""

import base64
from typing import Any

from sandbox.certificates_br import IcpBrasil
from sandbox.sefaz import Sefaz
from sandbox.sefaz_manners import HOUR


class SefazControl:
    """Takes wishes as JSON data. Raises ``ValueError``, ``KeyError`` or ``TypeError`` for what it cannot follow."""

    def __init__(self, sefaz: Sefaz, authority: IcpBrasil) -> None:
        self._sefaz, self._authority = sefaz, authority

    def behave(self, wish: dict[str, Any]) -> dict[str, Any]:
        """``{"family", "paused", "returns_after", "remark", "queries", "rejections"}`` change the manners.

        ``{"silence": cnpj, "seconds"}`` has had enough of a company, ``{"forgive": true}`` of nobody any more;
        ``{"revoke": serial}`` (hexadecimal) stops believing a certificate.
        """
        wish = dict(wish)
        cnpj, seconds = wish.pop("silence", None), float(wish.pop("seconds", HOUR))
        forgive, serial = wish.pop("forgive", False), wish.pop("revoke", None)
        revoked = None if serial is None else int(serial, 16)
        self._sefaz.manners.wish(wish)
        if cnpj is not None:
            self._sefaz.consumption.silence(str(cnpj), seconds)
        if forgive:
            self._sefaz.consumption.forgive()
        if revoked is not None:
            self._sefaz.belief.revoked.add(revoked)
        return self._sefaz.manners.told()

    def issue(self, wish: dict[str, Any]) -> dict[str, str]:
        """``{"cnpj", "kind": "ecnpj" | "expired", "san", "name", "legacy"}`` or ``{"cpf"}``: a new PFX, in base64."""
        wish = {"kind": "ecnpj", **wish}
        legacy, kind = bool(wish.pop("legacy", False)), wish.pop("kind")
        if "cpf" in wish:
            leaf = self._authority.ecpf(**wish)
        else:
            leaf = {"ecnpj": self._authority.ecnpj, "expired": self._authority.expired}[kind](**wish)
        return {
            "owner": str(wish.get("cnpj", wish.get("cpf", ""))),
            "serial": f"{leaf.certificate.serial_number:X}",
            "pfx": base64.b64encode(leaf.pfx(legacy=legacy)).decode(),
            "password": leaf.password,
        }
