"""The PAC's stand-in answers as the documentation says, and counts what it did."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from lxml import etree
from zeep import Client

from sandbox.certificates import Authority, KeyPair
from sandbox.clock import WorldClock
from sandbox.server import Sandbox
from sandbox.wsdl import STATUS, SUBMIT, Naming
from tests.sandbox.caller import RFC, Caller
from tests.sandbox.signed import folio, mexican, payload, sealed

ONCE = {"pac": 1, "sat": 1}
NEVER = {"pac": 0, "sat": 0}


def described(sandbox: Sandbox) -> Any:
    """What a SOAP library makes of the description."""
    library: Any = Client
    return library(f"{sandbox.pac_url}?wsdl")


def test_a_good_request_is_registered_and_named_in_lower_case(caller: Caller) -> None:
    """The answer to a submit is a receipt: 200, and the UUID in lower case."""
    uuid = caller.plan()
    heard = caller.submit(uuid)
    assert (200, uuid.lower()) == (heard.code, heard.fields["mensaje"])
    assert caller.sandbox.world.effects(uuid) == ONCE
    assert caller.sandbox.world.state(uuid) == "pending"


def test_a_repeat_is_known_and_registers_nothing(caller: Caller) -> None:
    """The second submit of a document says 701."""
    uuid = caller.plan()
    caller.submit(uuid)
    assert [caller.submit(uuid).code, caller.submit(uuid).code] == [701, 701]
    assert caller.sandbox.world.effects(uuid) == ONCE


def test_concurrent_repeats_have_one_effect(caller: Caller) -> None:
    """Of many submits at the same moment one is registered, the others hear 701."""
    uuid = caller.plan()
    signed = caller.request(uuid)
    with ThreadPoolExecutor(12) as threads:
        codes = [heard.code for heard in threads.map(lambda _turn: caller.submit(uuid, signed), range(24))]
    assert sorted(codes) == [200] + [701] * 23
    assert caller.sandbox.world.effects(uuid) == ONCE
    told = caller.sandbox.world.told()["documents"][uuid]["submissions"]
    assert len({each["sha256"] for each in told}) == 1


def test_a_transaction_that_nobody_made_is_unknown(caller: Caller) -> None:
    """getStatus says 702 before any submit, for announced and for strange documents."""
    assert caller.status(caller.plan()).code == 702
    assert caller.status("11111111-2222-4333-8444-555555555555").code == 702


def test_the_pac_forgets_after_sixty_days(caller: Caller) -> None:
    """Sixty days after SAT's answer the transaction is unknown, and a new request is registered again."""
    uuid = caller.plan()
    caller.submit(uuid)
    caller.sandbox.advance(5 + 60 * 86_400)
    assert caller.status(uuid).code == 200
    caller.sandbox.advance(1)
    assert caller.status(uuid).code == 702
    assert caller.submit(uuid).code == 200
    caller.sandbox.advance(60)
    assert b"<EstatusUUID>202<" in caller.status(uuid).acuse
    assert caller.sandbox.world.effects(uuid) == {"pac": 2, "sat": 1}


def test_wrong_passwords_end_in_a_locked_account(caller: Caller) -> None:
    """Four wrong passwords are 601, the fifth is 604, and then even the right one is 602 until somebody unlocks."""
    uuid = caller.plan()
    assert [caller.status(uuid, password="no").code for _turn in range(6)] == [601] * 4 + [604, 602]
    assert caller.submit(uuid).code == 602
    assert caller.control("POST", "/account", {"unlock": True}) == (200, {"blocked": False, "refusal": None})
    assert caller.submit(uuid).code == 200


@pytest.mark.parametrize("code", [603, 605, 620, 631, 632, 633, 640])
def test_an_account_may_be_refused_for_other_reasons(caller: Caller, code: int) -> None:
    """An account in trouble hears the same code from every operation, and nothing is registered."""
    uuid = caller.plan()
    caller.control("POST", "/account", {"refusal": code})
    assert [code, code] == [caller.submit(uuid).code, caller.status(uuid).code]
    assert caller.sandbox.world.effects(uuid) == NEVER


@pytest.mark.parametrize(
    ("operation", "fields", "code"),
    [
        (SUBMIT, {}, 611),
        (SUBMIT, {"solicitud": ""}, 611),
        (SUBMIT, {"solicitud": "no es base64"}, 621),
        (SUBMIT, {"emailNotifica": "a@b.mx", "solicitud": "AAAA"}, 611),
        (SUBMIT, {"xml": "AAAA"}, 611),
        (STATUS, {"uuid": "AAAA"}, 611),
        (STATUS, {"transactionId": ""}, 611),
        (STATUS, {"transactionId": "AAAA"}, 1803),
        (STATUS, {"transactionId": "E329DD15-7D0B-44E9-A204-51A7443D1FBE|02|"}, 1803),
        (STATUS, {"usuario": ""}, 611),
    ],
)
def test_misplaced_parameters(caller: Caller, operation: str, fields: dict[str, str], code: int) -> None:
    """Missing, unknown, unordered and unreadable parameters have their codes."""
    assert code == caller.call(operation, fields).code


def test_two_documents_in_one_transaction_are_turned_away(caller: Caller, csd: KeyPair) -> None:
    """A well-signed request for two documents is not for this method."""
    one, two = caller.plan(), caller.plan()
    at = mexican(caller.sandbox.clock.now()).isoformat()
    signed = sealed(csd, payload(RFC, at, folio(one) + folio(two, "03")))
    assert caller.submit(one, signed).code == 621
    assert caller.sandbox.world.effects(one) == NEVER


def test_a_stranger_belongs_to_another_panel(caller: Caller) -> None:
    """A document that nobody announced was stamped elsewhere."""
    assert caller.submit("11111111-2222-4333-8444-555555555555").code == 623


@pytest.mark.parametrize(
    ("uuid", "submitted", "status"),
    [
        ("E329DD15-7D0B-44E9-A204-51A7443D1FBE", 204, 204),
        ("F4621025-0864-4E62-E204-59EE41B1101E", 204, 204),
        ("C5E58106-6C1E-41C9-A211-FB8BAD1CABB0", 211, 211),
        ("0D62B12C-BC6C-4626-E211-FC8FE727A5BC", 211, 211),
        ("0D62B12C-BC6C-4626-B213-FC8FE727A5BC", 213, 213),
    ],
)
def test_the_published_test_documents(caller: Caller, uuid: str, submitted: int, status: int) -> None:
    """UUIDs with a letter and a code in their fourth group answer with that code, however often."""
    assert [submitted, submitted, status] == [
        caller.submit(uuid).code,
        caller.submit(uuid).code,
        caller.status(uuid.lower()).code,
    ]


def test_both_soap_versions_are_spoken(caller: Caller) -> None:
    """The second port speaks SOAP 1.2 and refuses the other version with a fault."""
    uuid = caller.plan()
    heard = caller.call(STATUS, {"transactionId": uuid}, "1.2")
    assert heard.code == 702
    assert etree.fromstring(heard.body).tag == "{http://www.w3.org/2003/05/soap-envelope}Envelope"
    mixed = Caller(caller.sandbox, caller.pair)
    mixed.namespace = "http://services.web.mx/"
    assert mixed.status(uuid).http == 500


@pytest.mark.parametrize("port", ["CancelacionHttpsSoap11Endpoint", "CancelacionHttpsSoap12Endpoint"])
def test_zeep_understands_the_description(caller: Caller, port: str) -> None:
    """A SOAP library generates working calls from ``?wsdl``, on both ports."""
    uuid = caller.plan()
    client = described(caller.sandbox)
    service = client.bind("Cancelacion", port)
    user, password = caller.sandbox.pac_user, caller.sandbox.pac_password
    answer = service.enviarSolicitudCancelacionAsincrono(
        user, password, caller.request(uuid), caller.sandbox.notify, [{"key": "k", "value": "v"}]
    )
    assert (200, uuid.lower()) == (answer.status, answer.mensaje)
    caller.sandbox.advance(10)
    told = service.getStatusCancelacionAsincrona(user, password, uuid)
    assert told.status == 200
    assert uuid.encode() in told.acuseSat
    client.transport.session.close()


def test_other_names_by_configuration(authority: Authority, csd: KeyPair) -> None:
    """Namespaces, service, ports and addresses are all replaceable."""
    naming = Naming(
        namespace="urn:other", beans="urn:beans", service="Cancela", port11="A", port12="B", addresses=False
    )
    with Sandbox(clock=WorldClock(speed=0), authority=authority, naming=naming) as sandbox:
        caller = Caller(sandbox, csd)
        assert caller.submit(caller.plan()).code == 200
        client = described(sandbox)
        assert client.wsdl.services["Cancela"].ports["A"].binding_options["address"] == ""
        client.transport.session.close()


def test_a_call_that_is_no_call_is_a_soap_fault(caller: Caller) -> None:
    """An operation that the service does not have is a SOAP fault with HTTP 500."""
    heard = caller.call("cancelarAsincrono", {})
    assert (heard.http, heard.fields["faultcode"]) == (500, "soapenv:Server")


@pytest.mark.parametrize("style", ["bare", "soap", "escaped", "in-message", "mojibake", "latin-1", "empty-folios"])
def test_receipts_come_in_many_wrappers(caller: Caller, style: str) -> None:
    """Every wrapper names the document and its code; one travels inside the message."""
    uuid = caller.plan(acuse_style=style)
    caller.submit(uuid)
    caller.sandbox.advance(10)
    heard = caller.status(uuid)
    text = heard.fields["mensaje"].encode() if style == "in-message" else heard.acuse
    assert uuid.encode() in text
    assert b"201" in text


def test_a_request_for_a_document_of_another_issuer_dies_at_sat(caller: Caller, authority: Authority) -> None:
    """Well signed by somebody else's seal: registered, and then SAT says 203."""
    uuid = caller.plan()
    other = Caller(caller.sandbox, authority.issue("H&E951128469"))
    assert other.submit(uuid).code == 200
    caller.sandbox.advance(10)
    assert b"<EstatusUUID>203<" in caller.status(uuid).acuse
    assert caller.sandbox.world.effects(uuid) == {"pac": 1, "sat": 0}


def test_the_request_travels_in_base64_with_line_breaks(caller: Caller) -> None:
    """Base64 of a SOAP library may be wrapped."""
    uuid = caller.plan()
    wrapped = base64.encodebytes(caller.request(uuid)).decode()
    assert caller.call(SUBMIT, {"solicitud": wrapped}).code == 200
