"""The sandbox's own door, for SEFAZ: documents, faults, manners, certificates and the truth."""

import base64
import json
import ssl
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from sandbox.certificates_br import EMITTER
from sandbox.sefaz_key import key
from sandbox.sefaz_trust import owner
from tests.sandbox.sefaz_caller import PROTOCOL, SefazCaller

UUID = "11111111-2222-4333-8444-000000000001"


def door(sefaz: SefazCaller, method: str, path: str, wish: Any = None) -> tuple[int, Any]:
    """One call at the sandbox's own door."""
    body = None if wish is None else json.dumps(wish).encode()
    try:
        with urlopen(Request(sefaz.sandbox.control_url + path, body, method=method), timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as fault:
        with fault:
            return fault.code, json.load(fault)


def test_documents_of_both_countries_come_in_one_list(sefaz: SefazCaller) -> None:
    """The truth tells both in one shape; a fault in a plan is for its document; one bad plan refuses all."""
    one, two = key(number=1), key(number=2)
    at = sefaz.sandbox.clock.now().isoformat()
    plans = [
        {"uuid": UUID, "issuer": "EKU9003173C9"},
        {"key": one, "cnpj": EMITTER, "protocol": PROTOCOL, "authorised_at": at, "life": "cancellable"},
        {"key": two, "faults": [{"operation": "event", "kind": "http", "code": 503, "acts": False}]},
    ]
    assert (200, {"documents": 3, "faults": 1}) == door(sefaz, "POST", "/documents", plans)
    assert [503, 135] == [sefaz.event(two).http, sefaz.event(one).code]
    _http, told = door(sefaz, "GET", "/truth")
    assert {UUID: "untouched", one: "cancelled", two: "untouched"} == {
        document: each["state"] for document, each in told["documents"].items()
    }
    assert all({"state", "effects", "submissions"} <= set(each) for each in told["documents"].values())
    assert {"sefaz": 1} == door(sefaz, "GET", f"/truth/{one}")[1]["effects"]
    three = key(number=3)
    assert 400 == door(sefaz, "POST", "/documents", [{"key": three}, {"key": "35", "life": "cancellable"}])[0]
    assert 404 == door(sefaz, "GET", f"/truth/{three}")[0]


def test_what_was_turned_away_is_told(sefaz: SefazCaller) -> None:
    """An event that never came to a document is among the strays, with its code."""
    sefaz.event(sefaz.plan(), environment="1")
    assert [252] == [each["code"] for each in door(sefaz, "GET", "/truth")[1]["strays"]]


def test_manners_are_told(sefaz: SefazCaller) -> None:
    """Codes, pauses, silences, pardons and revocations on request; nonsense is refused."""
    one = sefaz.plan("transport-begun")
    unknown = key(number=99)
    assert "mdfe" == door(sefaz, "POST", "/sefaz", {"family": "mdfe"})[1]["family"]
    assert 217 == sefaz.query(unknown).code
    door(sefaz, "POST", "/sefaz", {"paused": 109})
    assert 109 == sefaz.event(one).code
    door(sefaz, "POST", "/sefaz", {"paused": None, "silence": EMITTER, "seconds": 60})
    assert 678 == sefaz.event(one).code
    door(sefaz, "POST", "/sefaz", {"forgive": True, "rejections": None})
    assert {219} == {sefaz.event(one).code for _turn in range(22)}
    door(sefaz, "POST", "/sefaz", {"revoke": f"{sefaz.leaf.certificate.serial_number:X}"})
    assert 284 == sefaz.event(one).code
    for wish in ({"family": "cte"}, {"paused": 107}, {"queries": 0}, {"revoke": "xyz"}, {"mood": "good"}, 7):
        assert 400 == door(sefaz, "POST", "/sefaz", wish)[0]


@pytest.mark.parametrize("legacy", [False, True])
def test_certificates_are_issued(sefaz: SefazCaller, legacy: bool) -> None:
    """A PFX that opens with its password and speaks for the company; a person's one for nobody."""
    http, told = door(sefaz, "POST", "/certificates", {"cnpj": "11222333000181", "san": "utf8", "legacy": legacy})
    opened = pkcs12.load_pkcs12(base64.b64decode(told["pfx"]), told["password"].encode())
    assert opened.cert is not None
    assert (200, "11222333000181", "11222333000181") == (http, told["owner"], owner(opened.cert.certificate))
    person = door(sefaz, "POST", "/certificates", {"cpf": "12345678909"})[1]
    opened = pkcs12.load_pkcs12(base64.b64decode(person["pfx"]), person["password"].encode())
    assert opened.cert is not None
    assert owner(opened.cert.certificate) is None
    assert 400 == door(sefaz, "POST", "/certificates", {"cnpj": EMITTER, "kind": "seal"})[0]


def test_the_addresses_say_where_and_whom_to_trust(sefaz: SefazCaller) -> None:
    """Enough for another process to call SEFAZ."""
    told = door(sefaz, "GET", "/")[1]
    assert sefaz.sandbox.sefaz_url == told["sefaz_url"]
    assert told["sefaz_production_url"].endswith("/producao/dce")
    assert ssl.create_default_context(cadata=told["sefaz_ca"]).get_ca_certs()
    assert ssl.create_default_context(cafile=told["sefaz_ca_file"]).get_ca_certs()
