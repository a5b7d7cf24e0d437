"""The gateway, whole, on every contract that configuration alone may make."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.rails.mx.answers import SOAP, STATUS, SUBMIT, UUID, acuse, submitted, told
from tests.rails.mx.conftest import World, job
from tests.soap.authority import answer
from worker.domain.outcome import Confirmed, Pending
from worker.soap.answer import parse

OURS = Path(str(files("schemas.mx") / "Cancelacion.wsdl"))
OLD = "http://cancelacion.ws.cfdi.solucionfactible.com"
S12 = "http://www.w3.org/2003/05/soap-envelope"

Change = Callable[[str], str]


def swap(old: str, new: str) -> Change:
    """A WSDL in which ``old`` reads ``new``."""
    return lambda wsdl: wsdl.replace(old, new)


ADDRESS = "https://testing.solucionfactible.com/ws/services/Cancelacion"
CONTRACTS: dict[str, tuple[Change | None, dict[str, Any], str]] = {
    "as shipped": (None, {}, SOAP),
    "SOAP 1.2": (None, {"soap": "1.2"}, S12),
    "port by name": (None, {"port": "CancelacionHttpsSoap12Endpoint"}, S12),
    "another port": (swap("HttpsSoap11", "HttpSoap11"), {"port": "CancelacionHttpSoap11Endpoint"}, SOAP),
    "another service": (swap('service name="Cancelacion"', 'service name="S"'), {"service": "S"}, SOAP),
    "empty address": (swap(ADDRESS, ""), {}, SOAP),
    "another WSDL's namespaces": (swap(OLD, "http://services.web.mx"), {}, SOAP),
    "namespaces replaced": (None, {"namespaces": {OLD: "urn:a", f"{OLD}/xsd": "urn:b"}}, SOAP),
    "unqualified": (swap('FormDefault="qualified"', 'FormDefault="unqualified"'), {}, SOAP),
}


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_document_is_cancelled_by_configuration_only(world: World, tmp_path: Path, name: str) -> None:
    """Submit and question go out as the contract wants and their answers are understood."""
    change, pac, soap = CONTRACTS[name]
    if change is not None:
        (tmp_path / "pac.wsdl").write_text(change(OURS.read_text("utf-8")), "utf-8")
        pac = pac | {"wsdl": str(tmp_path / "pac.wsdl")}
    world.settings["test"]["pac"].update(pac)
    world.pac.acts = [answer(submitted(200, UUID.lower())), answer(told(200, acuse=acuse((UUID, "201"))))]
    rail = world.rail()
    signed = rail.prepare(job(), world.clock.now())
    assert isinstance(rail.submit(job(), signed).outcome, Pending)
    assert isinstance(rail.consult(job()).outcome, Confirmed)
    roots = [parse(heard.body) for heard in world.pac.heard]
    assert [f"{{{soap}}}Envelope"] * 2 == [root.tag for root in roots]
    assert [SUBMIT, STATUS] == [str(root[0][0].tag).rpartition("}")[2] for root in roots]
