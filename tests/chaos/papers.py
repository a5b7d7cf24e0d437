"""Documents of both countries that the sandbox's authorities know, and the requests to cancel them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from sandbox.sefaz_key import key
from sandbox.server import Sandbox
from worker.assembly import House
from worker.desk import Desk
from worker.desk.issuers import NewBrazilianIssuer, NewIssuer

RFC, RECEIVER = "EKU9003173C9", "XAXX010101000"
CNPJ, PROTOCOL = "10142785000190", "1352600000000200"

#: A task and queue of somebody who wants to hear how it ended: the sweep has letters to deliver.
REPLY = {"task": "erp.cancelled", "queue": "erp"}

#: Operations of each rail's authority: handing in, and asking.
HAND_IN = {"mx": "submit", "br": "event"}
ASK = {"mx": "status", "br": "query"}


class Papers:
    """Makes documents, each known to its authority."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._numbers = count(1)
        # Nobody is to be silenced for asking too often: time is compressed, and asking is what is tried here.
        sandbox.register.manners.wish({"queries": None, "rejections": None})

    def enrol(self, house: House) -> None:
        """An issuer in each country, with the credentials that the sandbox believes."""
        sandbox, desk = self.sandbox, Desk(house)
        pair, leaf = sandbox.issue(RFC), sandbox.issue_a1(CNPJ)
        mexican = NewIssuer(
            cer=pair.cer,
            key=pair.key,
            password=pair.password,
            pac_user=sandbox.pac_user,
            pac_password=sandbox.pac_password,
            mailbox=sandbox.notify,
        )
        brazilian = NewBrazilianIssuer(pfx=leaf.pfx(), password=leaf.password)
        for newcomer in (mexican, brazilian):
            desk.issuers.add(newcomer, actor="operator:chaos")

    def new(
        self, rail: str, life: str, faults: Iterable[Mapping[str, Any]] = (), *, reply: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """A document with this life and these faults, and the request to cancel it."""
        document, request = (self._mexican if rail == "mx" else self._brazilian)(life)
        self.sandbox.faults.plan([dict(fault) for fault in faults], document)
        return document, request | ({"reply": REPLY} if reply else {})

    def _mexican(self, life: str) -> tuple[str, dict[str, Any]]:
        uuid = f"33333333-4444-4555-8666-{next(self._numbers):012d}"
        seen = {"receiver": RECEIVER, "total": "100.00"}
        self.sandbox.world.admit([{"uuid": uuid, "issuer": RFC, "life": life, **seen}])
        return uuid, {"rail": "mx", "rfc": RFC, "uuid": uuid, "motive": "02", **seen}

    def _brazilian(self, life: str) -> tuple[str, dict[str, Any]]:
        now = self.sandbox.clock.now()
        authorised = (now - timedelta(hours=1)).replace(microsecond=0).isoformat()
        made = key(month=f"{now:%y%m}", cnpj=CNPJ, number=next(self._numbers))
        self.sandbox.register.admit([{"key": made, "protocol": PROTOCOL, "life": life, "authorised_at": authorised}])
        asked = {"access_key": made, "protocol": PROTOCOL, "justification": "Cliente desistiu da compra"}
        return made, {"rail": "br", **asked, "user_cnpj": CNPJ, "authorised_at": authorised}


def places(sandbox: Sandbox, pac: str, sat: str, sefaz: str) -> str:
    """The settings of both rails (TOML): where their authorities listen."""
    return (
        f'[mx.test.pac]\nendpoint = "{pac}"\n[mx.test.sat]\nendpoint = "{sat}"\nsettling = 5\n'
        f'[br.test.sefaz]\nendpoint = "{sefaz}"\n[br.test.http]\nca_bundle = "{sandbox.sefaz_ca_file}"\n'
    )
