"""Events to sign in tests: the published example, and what it takes to vary it."""

from functools import cache
from typing import Any

from sandbox.certificates import key_pool
from sandbox.certificates_br import IcpBrasil
from schemas.br.event_time import EventTime
from worker.rails.br.event import EventFields
from worker.rails.br.event_input import read_input
from worker.signing.a1 import A1, open_a1

#: The example that the whole field knows, and the digest that was published with it.
SEED: dict[str, Any] = {
    "chDCe": "35250510142785000190990000000000011308085037",
    "tpEvento": "110111",
    "nSeqEvento": 1,
    "cOrgao": "35",
    "tpAmb": "2",
    "tpEmit": "3",
    "CNPJAutor": "10142785000190",
    "CNPJUsEmit": "00000000037940",
    "dhEvento": "2025-05-17T21:49:27-03:00",
    "nProt": "1351200000000200",
    "xJust": "Teste de cancelamento",
}
SEED_DIGEST = "Zzvl/Fg2zdmy7U2ijuaaPnEGmjQ="


def event(**changes: Any) -> tuple[EventFields, EventTime]:
    """The example, changed; its moment stays unless that is changed."""
    fields, at = read_input(SEED | changes)
    assert at is not None
    return fields, at


@cache
def authority() -> IcpBrasil:
    """One hierarchy for all tests of this process."""
    return IcpBrasil(keys=key_pool)


@cache
def a1(cnpj: str = "10142785000190") -> A1:
    """An opened A1 of that company."""
    leaf = authority().ecnpj(cnpj)
    return open_a1(leaf.pfx(), leaf.password)
