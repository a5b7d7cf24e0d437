"""SEFAZ's stand-in, called as a client calls it: over mutual TLS, in SOAP 1.2."""

import gzip
import hashlib
import json
import os
import re
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import RemoteDisconnected
from pathlib import Path

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from lxml import etree

from sandbox.certificates import Authority
from sandbox.certificates_br import IcpBrasil, Leaf
from sandbox.clock import WorldClock
from sandbox.sefaz_key import key
from sandbox.sefaz_trust import Belief
from sandbox.server import Sandbox
from tests.sandbox.events import DCE, DSIG, signed
from tests.sandbox.sefaz_caller import PROTOCOL, SefazCaller, tls

OTHER = "11222333000181"


def test_a_cancellation_is_registered_and_proven(sefaz: SefazCaller) -> None:
    """135 with protocol and date; the query then shows 101 with the very bytes that were sent, and one effect."""
    one = sefaz.plan()
    message = signed(sefaz.leaf, sefaz.draft(one))
    done = sefaz.event(one, message)
    assert (done.http, done.code, done.fields["chDCe"]) == (200, 135, one)
    assert re.fullmatch("335[0-9]{2}0[0-9]{10}", done.fields["nProt"])
    assert datetime.fromisoformat(done.fields["dhRegEvento"]).utcoffset() == timedelta(hours=-3)
    found = sefaz.query(one)
    assert (found.code, message in found.body, found.text.count(done.fields["nProt"])) == (101, True, 1)
    told = sefaz.sandbox.truth()["documents"][one]
    assert (told["state"], told["effects"], told["sefaz"]["code"]) == ("cancelled", {"sefaz": 1}, 101)
    sent = hashlib.sha256(message).hexdigest()
    assert [(each["sha256"], each["code"]) for each in told["submissions"]] == [(sent, 135)]


def test_a_registered_event_verifies_in_the_answer(sefaz: SefazCaller) -> None:
    """Cut out of the query's answer, the event verifies; so does the one of somebody else."""
    for life in ("cancellable", "already-cancelled-by-other"):
        one = sefaz.plan(life)
        sefaz.event(one)
        body = sefaz.query(one).body
        root = etree.fromstring(body[body.index(b"<eventoDCe") : body.index(b"</eventoDCe>") + len(b"</eventoDCe>")])
        certificate = root.findtext(f".//{{{DSIG}}}X509Certificate") or ""
        context = xmlsec.SignatureContext()
        pem = f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
        context.register_id(root[0], "Id")
        context.verify(root[1])


def test_nobody_enters_without_a_chain(sefaz: SefazCaller, icp: IcpBrasil) -> None:
    """No certificate, the leaf alone and a foreign hierarchy end in the handshake; so does trust in the wrong root."""
    trusted = sefaz.sandbox.sefaz_ca_file
    stranger = IcpBrasil(keys=lambda: sefaz.leaf.key)
    for context in (tls(trusted, None), tls(trusted, sefaz.leaf, alone=True), tls(trusted, stranger.ecnpj())):
        sefaz.context = context
        with pytest.raises((ssl.SSLError, ConnectionResetError, BrokenPipeError, RemoteDisconnected)):
            sefaz.service()
    sefaz.context = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        sefaz.service()


@pytest.mark.parametrize(("kind", "code"), [("expired", 281), ("ecpf", 282), ("revoked", 284)])
def test_the_transmitter_is_judged(sefaz: SefazCaller, icp: IcpBrasil, kind: str, code: int) -> None:
    """A certificate that the handshake lets pass may still be out of date, a person's or revoked."""
    leaf = icp.expired() if kind == "expired" else icp.ecpf() if kind == "ecpf" else icp.ecnpj()
    if kind == "revoked":
        sefaz.sandbox.belief.revoked.add(leaf.certificate.serial_number)
    sefaz.context = tls(sefaz.sandbox.sefaz_ca_file, leaf)
    one = sefaz.plan()
    assert [code, code, code] == [sefaz.service().code, sefaz.query(one).code, sefaz.event(one).code]
    assert sefaz.sandbox.register.effects(one) == 0


def test_another_company_sees_the_state_and_nothing_else(sefaz: SefazCaller, icp: IcpBrasil) -> None:
    """A stranger's event is 213; its query says 101 without the event. A branch is no stranger."""
    one, two = sefaz.plan(), sefaz.plan()
    sefaz.context = tls(sefaz.sandbox.sefaz_ca_file, icp.ecnpj(OTHER, san="utf8"))
    assert sefaz.event(one).code == 213
    sefaz.context = tls(sefaz.sandbox.sefaz_ca_file, icp.ecnpj("10142785000271", san="printable"))
    assert sefaz.event(one).code == 135
    assert b"eventoDCe" in sefaz.query(one).body
    sefaz.context = tls(sefaz.sandbox.sefaz_ca_file, icp.ecnpj(OTHER))
    assert (sefaz.query(one).code, b"eventoDCe" in sefaz.query(one).body) == (101, False)
    assert sefaz.query(two).code == 100


@pytest.mark.parametrize(("family", "code"), [("nfe", 494), ("mdfe", 217)])
def test_a_stranger_is_unknown_in_both_families(sefaz: SefazCaller, family: str, code: int) -> None:
    """A DC-e that nobody announced does not exist, for events and for queries."""
    sefaz.sandbox.sefaz.manners.wish({"family": family})
    one = key(number=77)
    assert [code, code] == [sefaz.event(one).code, sefaz.query(one).code]


def test_a_pause_concerns_everybody(sefaz: SefazCaller) -> None:
    """108 or 109 on every service; the status service says when it ends."""
    one, manners = sefaz.plan(), sefaz.sandbox.sefaz.manners
    assert sefaz.service().code == 107
    manners.wish({"paused": 108, "returns_after": 1800, "remark": "Manutenção"})
    service = sefaz.service()
    assert [108, 108, 108] == [service.code, sefaz.event(one).code, sefaz.query(one).code]
    returns, now = (datetime.fromisoformat(service.fields[name]) for name in ("dhRetorno", "dhRecbto"))
    assert (returns - now, service.fields["xObs"]) == (timedelta(minutes=30), "Manutenção")
    manners.wish({"paused": 109, "returns_after": None})
    assert [109, 109] == [sefaz.event(one).code, sefaz.service().code]
    manners.wish({"paused": None})
    assert (sefaz.event(one).code, sefaz.sandbox.register.effects(one)) == (135, 1)


@pytest.mark.parametrize(("family", "code"), [("nfe", 656), ("mdfe", 678)])
def test_too_many_queries_silence_a_company(sefaz: SefazCaller, family: str, code: int) -> None:
    """The eleventh query of a key within an hour is one too many: nothing is answered any more, for an hour."""
    sefaz.sandbox.sefaz.manners.wish({"family": family})
    one, two = sefaz.plan(), sefaz.plan()
    assert [100] * 10 + [code] == [sefaz.query(one).code for _turn in range(11)]
    assert [code, code, code] == [sefaz.query(two).code, sefaz.event(two).code, sefaz.service().code]
    sefaz.sandbox.advance(3601)
    assert [100, 135] == [sefaz.query(one).code, sefaz.event(two).code]


def test_too_many_equal_rejections_silence_a_company(sefaz: SefazCaller) -> None:
    """The twenty-first equal rejection is one too many; another company is still heard, and pardon is possible."""
    one = sefaz.plan("transport-begun")
    assert [219] * 21 + [656] == [sefaz.event(one).code for _turn in range(22)]
    sefaz.sandbox.sefaz.consumption.forgive()
    assert sefaz.event(one).code == 219


def test_each_environment_has_its_own_address(sefaz: SefazCaller) -> None:
    """What is meant for production is refused by homologation with 252, and the other way round."""
    one = sefaz.plan()
    assert [252, 252] == [sefaz.event(one, environment="1").code, sefaz.query(one, "1").code]
    sefaz.base = sefaz.sandbox.sefaz_production_url
    assert [252, 135] == [sefaz.event(one).code, sefaz.event(one, environment="1").code]


def test_answers_carry_the_sandboxs_time(sefaz: SefazCaller) -> None:
    """A client whose clock is wrong can see it: in the Date header and in the answer."""
    sefaz.sandbox.clock.set(datetime(2027, 2, 28, 23, 0, tzinfo=UTC))
    service = sefaz.service()
    assert parsedate_to_datetime(service.headers["Date"]).date().isoformat() == "2027-02-28"
    assert service.fields["dhRecbto"].startswith("2027-02-28T20:0")


def test_the_door_speaks_soap_12_with_an_action_and_plain(sefaz: SefazCaller) -> None:
    """SOAP 1.1, a missing action, compression, another service's message, no XML: each is a fault under HTTP 500."""
    service, good = "DCeStatusServico", b"<consStatServDCe/>"
    one = sefaz.call(service, good).body
    assert b"Fault" not in one
    action = "http://www.portalfiscal.inf.br/dce/wsdl/DCeStatusServico/dceStatusServico"
    envelope = (
        '<s:Envelope xmlns:s="{0}"><s:Body><n:dceDadosMsg xmlns:n="http://www.portalfiscal.inf.br/dce/wsdl/{1}">'
        f"{good.decode()}</n:dceDadosMsg></s:Body></s:Envelope>"
    )
    soap = "http://www.w3.org/2003/05/soap-envelope"
    right = envelope.format(soap, service).encode()
    assert sefaz.post(service, right).http == 200
    for body, headers in (
        (right, {"Content-Type": "application/soap+xml; charset=utf-8"}),
        (right, {"Content-Type": f'text/xml; action="{action}"'}),
        (right, {"Content-Encoding": "gzip"}),
        (envelope.format("http://schemas.xmlsoap.org/soap/envelope/", service).encode(), {}),
        (envelope.format(soap, "DCeConsulta").encode(), {}),
        (b"UUID|02|", {}),
        (right.replace(b"dceDadosMsg", b"dceDados"), {}),
    ):
        sent = gzip.compress(body) if "Content-Encoding" in headers else body
        fault = sefaz.post(service, sent, **headers)
        assert (fault.http, "Value" in fault.fields) == (500, True)


def test_an_envelope_may_be_wrong_and_still_be_answered(sefaz: SefazCaller) -> None:
    """A header, another encoding and too many bytes have codes; an envelope without a message is a fault."""
    service, one = "DCeRecepcaoEvento", sefaz.plan()
    message = signed(sefaz.leaf, sefaz.draft(one)).decode()
    envelope = (
        '{0}<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">{1}<s:Body><dceDadosMsg xmlns='
        f'"http://www.portalfiscal.inf.br/dce/wsdl/{service}">{message}</dceDadosMsg></s:Body></s:Envelope>'
    )
    header = "<s:Header><dceCabecMsg><cUF>35</cUF></dceCabecMsg></s:Header>"
    wrongs = {
        242: envelope.format("", header),
        402: envelope.format('<?xml version="1.0" encoding="ISO-8859-1"?>', ""),
        214: envelope.format("", " " * 1024 * 1024),
    }
    assert list(wrongs) == [sefaz.post(service, each.encode()).code for each in wrongs.values()]
    bare = envelope.format("", "<s:Header/>")
    assert 500 == sefaz.post(service, bare.replace(f">{message}</dceDadosMsg>", "/>").encode()).http
    assert 135 == sefaz.post(service, bare.encode()).code


@pytest.mark.parametrize(
    ("style", "missing"), [("no-code", "cStat"), ("no-reason", "xMotivo"), ("no-protocol", "nProt")]
)
def test_an_answer_may_lack_something(sefaz: SefazCaller, style: str, missing: str) -> None:
    """The event is registered, and the answer does not say all of it."""
    one = sefaz.plan(event_style=style)
    assert missing not in sefaz.event(one).fields
    assert sefaz.query(one).code == 101


def test_answers_come_in_several_forms(sefaz: SefazCaller) -> None:
    """An event's answer with Id and another prefix, or as escaped text; a query's flat, nested, escaped or bare."""
    identified = sefaz.event(sefaz.plan(event_style="identified"))
    assert re.search(r'<soap:Body>.*<infEvento Id="ID[0-9]{16}">', identified.text)
    escaped = sefaz.event(sefaz.plan(event_style="escaped"))
    assert "<cStat>135</cStat>" in escaped.fields["dceRecepcaoEventoResult"]
    one = sefaz.plan(query_style=["flat", "nested", "escaped", "without-event"])
    sefaz.event(one)
    answers = [sefaz.query(one) for _turn in range(4)]
    assert [1, 2, 0, 0] == [each.body.count(b"<procEventoDCe") for each in answers]
    assert "procEventoDCe" in answers[2].fields["dceConsultaResult"]
    assert answers[3].code == 101
    assert f'<procEventoDCe versao="1.00"><eventoDCe xmlns="{DCE}"' in answers[0].text


def test_a_query_shows_the_authorisation(sefaz: SefazCaller) -> None:
    """100 with the protocol of the authorisation; what is malformed or out of place in a query is refused."""
    one = sefaz.plan()
    found = sefaz.query(one)
    assert (found.code, found.fields["nProt"], "procEventoDCe" in found.text) == (100, PROTOCOL, False)
    assert [236, 215] == [sefaz.query(one[:-1] + str((int(one[-1]) + 1) % 10)).code, sefaz.query(one[:-1]).code]


VECTORS = Path(os.environ["CANCELA_VECTORS_BR"]) if "CANCELA_VECTORS_BR" in os.environ else None


@pytest.mark.skipif(
    VECTORS is None, reason="CANCELA_VECTORS_BR names no folder; its vectors belong to nobody who clones"
)
def test_requests_made_elsewhere_are_served(authority: Authority, icp: IcpBrasil) -> None:
    """Whole requests with certificates of another hierarchy: status, event, its duplicate, and what became of it."""
    assert VECTORS
    certs, requests = VECTORS / "certs", VECTORS / "soap"
    chain = x509.load_pem_x509_certificates((certs / "ca-chain.pem").read_bytes())
    belief = Belief(tuple(each.public_bytes(Encoding.DER) for each in chain))
    told = json.loads((VECTORS / "events" / "01-seed-example" / "input.json").read_text("utf-8"))
    clock = WorldClock(speed=0, start=datetime.fromisoformat(told["dhEvento"]) + timedelta(seconds=4))
    with Sandbox(clock=clock, authority=authority, icp=icp, belief=belief) as sandbox:
        sandbox.register.admit([{"key": told["chDCe"], "protocol": told["nProt"], "query_style": "flat"}])
        caller = SefazCaller(sandbox, icp.ecnpj())
        pfx, password = certs / "ecnpj-10142785000190.pfx", json.loads((certs / "index.json").read_text())["password"]
        opened = pkcs12.load_pkcs12(pfx.read_bytes(), password.encode())
        assert opened.cert
        assert isinstance(opened.key, RSAPrivateKey)
        above = tuple(each.certificate.public_bytes(Encoding.DER) for each in opened.additional_certs)
        leaf = Leaf(opened.cert.certificate.public_bytes(Encoding.DER), opened.key, above, password)
        caller.context = tls(sandbox.sefaz_ca_file, leaf)
        codes = [
            caller.post(service, (requests / f"request.{name}.xml").read_bytes()).code
            for service, name in (
                ("DCeStatusServico", "status"),
                ("DCeConsulta", "consulta.01"),
                ("DCeRecepcaoEvento", "evento.01"),
                ("DCeRecepcaoEvento", "evento.01"),
                ("DCeConsulta", "consulta.01"),
            )
        ]
        assert [107, 100, 135, 573, 101] == codes
        caller.context = tls(sandbox.sefaz_ca_file, leaf, alone=True)
        with pytest.raises((ssl.SSLError, ConnectionResetError, BrokenPipeError, RemoteDisconnected)):
            caller.service()
