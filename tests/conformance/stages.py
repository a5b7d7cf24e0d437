"""A stage for each rail: the rail itself, its stand-in authority, and how a document is put there.

A new rail is done when it has a stage here and ``test_rail`` passes on it.
"""

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from sandbox.faults import Fault, Operation
from sandbox.sefaz_key import key
from sandbox.server import Sandbox
from worker.domain.issuer import Issuer
from worker.engine.ports import Rail
from worker.ledger.ledger import SqlLedger
from worker.rails.br.proof import verified
from worker.rails.registry import RailContext, build

RFC, RECEIVER = "EKU9003173C9", "CACX7605101P8"
CNPJ, PROTOCOL = "10142785000190", "1352600000000200"


class Stage(ABC):
    """One rail on its stage."""

    rail: str
    #: What its stand-in calls the two services.
    submit: Operation
    consult: Operation
    #: The level at which a submit is answered, and a code there that new bytes cure; None where there is none.
    level: str
    cured: int | None = None

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.company = self._company()
        self._secrets = {(purpose, ref): json.dumps(secret).encode() for purpose, ref, secret in self._sealed()}
        self._numbers = count(1)

    def built(self, ledger: SqlLedger) -> Rail:
        """The rail, over a ledger's archive."""

        def archived(digest: str) -> bytes:
            with ledger.reading() as reading:
                return reading.archive.load(digest)

        settings = {"test": self._settings()}
        return build(
            self.rail,
            RailContext(issuers=self, vault=self, clock=self.sandbox.clock, settings=settings, archived=archived),
        )

    def issuer(self, issuer_id: str) -> Issuer:
        """``ports.Issuers``: the only one there is."""
        if issuer_id != self.company.id:
            raise KeyError(issuer_id)
        return self.company

    def open(self, tenant: str, purpose: str, ref: str) -> bytes:
        """``ports.Vault``."""
        return self._secrets[purpose, ref]

    def wrong(self, document: str, operation: Operation, kind: str, **more: Any) -> None:
        """This shall go wrong for the document, once unless told otherwise."""
        self.sandbox.faults.add(Fault(operation=operation, kind=kind, uuid=document, **more))

    @abstractmethod
    def document(self) -> tuple[str, Mapping[str, Any]]:
        """A new document that can be cancelled, and the request to cancel it."""

    @abstractmethod
    def effects(self, document: str) -> int:
        """How often the authority has acted on it."""

    @abstractmethod
    def proven(self, document: str, evidence: Sequence[bytes]) -> bool:
        """Whether what was kept of the ending proves it."""

    @abstractmethod
    def _company(self) -> Issuer: ...

    @abstractmethod
    def _sealed(self) -> list[tuple[str, str, Mapping[str, Any]]]: ...

    @abstractmethod
    def _settings(self) -> Mapping[str, Any]: ...


class Mexican(Stage):
    """A CFDI, Solución Factible and SAT."""

    rail, submit, consult = "mx", "submit", "status"
    level = "sf-submit"

    def document(self) -> tuple[str, Mapping[str, Any]]:
        uuid = f"00000000-0000-4000-8000-{next(self._numbers):012d}"
        plan = {"uuid": uuid, "issuer": RFC, "receiver": RECEIVER, "total": "100.00", "life": "accepted"}
        self.sandbox.world.admit([plan])
        request = {"rfc": RFC, "uuid": uuid, "motive": "02", "receiver": RECEIVER, "total": "100.00"}
        return uuid, request

    def effects(self, document: str) -> int:
        return self.sandbox.world.effects(document)["pac"]

    def proven(self, document: str, evidence: Sequence[bytes]) -> bool:
        return any(b"<a:Estado>Cancelado</a:Estado>" in answer for answer in evidence)

    def _company(self) -> Issuer:
        return Issuer(
            id="mx-1", tenant="acme", rail="mx", environment="test", tax_id=RFC, account="pac-1",
            zone="America/Mexico_City", mailbox=self.sandbox.notify,
        )  # fmt: skip

    def _sealed(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        pair = self.sandbox.issue(RFC)
        csd = {name: base64.b64encode(getattr(pair, name)).decode() for name in ("cer", "key")}
        login = {"user": self.sandbox.pac_user, "password": self.sandbox.pac_password}
        return [("csd", "mx-1", csd | {"password": pair.password}), ("pac", "pac-1", login)]

    def _settings(self) -> Mapping[str, Any]:
        return {"pac": {"endpoint": self.sandbox.pac_url}, "sat": {"endpoint": self.sandbox.sat_url}}


class Brazilian(Stage):
    """A DC-e and SEFAZ."""

    rail, submit, consult = "br", "event", "query"
    level = "sefaz-event"
    cured = 578

    def document(self) -> tuple[str, Mapping[str, Any]]:
        made = key(month=f"{self.sandbox.clock.now():%y%m}", cnpj=CNPJ, number=next(self._numbers))
        self.sandbox.register.admit([{"key": made, "protocol": PROTOCOL, "life": "cancellable"}])
        request = {"key": made, "protocol": PROTOCOL, "justification": "Cliente desistiu da compra", "user_cnpj": CNPJ}
        return made, request

    def effects(self, document: str) -> int:
        return self.sandbox.register.effects(document)

    def proven(self, document: str, evidence: Sequence[bytes]) -> bool:
        shown = verified(evidence[-1])
        return (document, True) == (shown.key, bool(shown.protocol and shown.at))

    def _company(self) -> Issuer:
        return Issuer(
            id="br-1", tenant="acme", rail="br", environment="test", tax_id=CNPJ, account=f"test:{CNPJ}", zone="",
        )  # fmt: skip

    def _sealed(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        leaf = self.sandbox.issue_a1(CNPJ)
        return [("a1", "br-1", {"pfx": base64.b64encode(leaf.pfx()).decode(), "password": leaf.password})]

    def _settings(self) -> Mapping[str, Any]:
        http = {"ca_bundle": str(self.sandbox.sefaz_ca_file)}
        return {"sefaz": {"endpoint": self.sandbox.sefaz_url}, "http": http}


STAGES = {stage.rail: stage for stage in (Mexican, Brazilian)}
