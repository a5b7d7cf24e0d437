"""Requests are drafted from whatever WSDL is configured; answers are read whatever their namespaces are."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from lxml import etree

from tests.soap.authority import AuthorityServer, answer, raw
from worker.soap.answer import Unreadable, local, parse, text
from worker.soap.channel import Channel
from worker.soap.faults import Misfit, TransportFault
from worker.soap.service import Contract, SoapService

WSDL = Path(str(files("schemas.mx") / "Cancelacion.wsdl"))
ASK = "getStatusCancelacionAsincrona"
OLD = "http://cancelacion.ws.cfdi.solucionfactible.com"
SECRET = "canary-5ecret"
S11 = "http://schemas.xmlsoap.org/soap/envelope/"
S12 = "http://www.w3.org/2003/05/soap-envelope"


def envelope(inner: str, soap: str = S11) -> bytes:
    """A SOAP envelope around ``inner``."""
    return f'<e:Envelope xmlns:e="{soap}"><e:Body>{inner}</e:Body></e:Envelope>'.encode()


def good(soap: str = S11) -> bytes:
    """A readable answer to the question."""
    return envelope(f'<{ASK}Response xmlns="urn:any"><return><status>211</status></return></{ASK}Response>', soap)


FAULT = envelope("<e:Fault><faultcode>e:Server</faultcode><faultstring>No</faultstring></e:Fault>")


def lost(server: AuthorityServer, channel: Channel) -> TransportFault:
    """The fault in which asking ends."""
    service = SoapService(Contract(wsdl=WSDL, endpoint=server.url), channel)
    with pytest.raises(TransportFault) as caught:
        service.call(ASK, usuario="u", password=SECRET, transactionId="x")
    return caught.value


def written(tmp_path: Path, change: Callable[[str], str]) -> Path:
    """A changed copy of our WSDL."""
    path = tmp_path / "other.wsdl"
    path.write_text(change(WSDL.read_text("utf-8")), "utf-8")
    return path


@pytest.mark.parametrize(
    ("soap", "content_type", "namespace"),
    [("1.1", "text/xml; charset=utf-8", S11), ("1.2", f'application/soap+xml; charset=utf-8; action="urn:{ASK}"', S12)],
)
def test_both_versions_are_spoken(
    server: AuthorityServer, channel: Channel, soap: str, content_type: str, namespace: str
) -> None:
    """The configured SOAP version decides envelope and headers."""
    server.acts = [answer(good(namespace))]
    service = SoapService(Contract(wsdl=WSDL, soap=soap, endpoint=server.url), channel)
    reply = service.call(ASK, usuario="u", password="p", transactionId="x")
    assert text(reply.element, "status") == "211"
    assert server.heard[0].headers["content-type"] == content_type
    assert parse(server.heard[0].body).tag == f"{{{namespace}}}Envelope"


def test_a_port_is_chosen_by_name(server: AuthorityServer, channel: Channel, tmp_path: Path) -> None:
    """Another port name works, with an address of its own or an empty one that is overridden."""
    wsdl = written(
        tmp_path,
        lambda wsdl: wsdl.replace("CancelacionHttpsSoap12Endpoint", "AnotherPort").replace(
            "https://testing.solucionfactible.com/ws/services/Cancelacion", ""
        ),
    )
    server.acts = [answer(good(S12))]
    service = SoapService(Contract(wsdl=wsdl, port="AnotherPort", soap="1.1", endpoint=server.url), channel)
    service.call(ASK, usuario="u", password="p", transactionId="x")
    assert server.heard[0].headers["content-type"].startswith("application/soap+xml")
    with pytest.raises(Misfit, match="no endpoint"):
        SoapService(Contract(wsdl=wsdl, port="AnotherPort"), channel)


@pytest.mark.parametrize("by_file", [True, False])
def test_namespaces_are_configuration(server: AuthorityServer, channel: Channel, tmp_path: Path, by_file: bool) -> None:
    """Other namespaces work, by another WSDL or by replacing them in ours."""
    wsdl = written(tmp_path, lambda wsdl: wsdl.replace(OLD, "urn:other")) if by_file else WSDL
    namespaces = () if by_file else ((OLD, "urn:other"), (f"{OLD}/xsd", "urn:other/xsd"))
    server.acts = [answer(good())]
    service = SoapService(Contract(wsdl=wsdl, namespaces=namespaces, endpoint=server.url), channel)
    service.call(ASK, usuario="u", password="p", transactionId="x", properties=[{"key": "a", "value": "b"}])
    question = parse(server.heard[0].body)[0][0]
    assert {etree.QName(element).namespace for element in question.iter()} == {"urn:other", "urn:other/xsd"}


@pytest.mark.parametrize(
    ("contract", "said"),
    [
        ({"port": "NoSuchPort"}, "no port"),
        ({"service": "NoSuchService"}, "no service"),
        ({"endpoint": "ftp://somewhere"}, "no endpoint"),
        ({"wsdl": Path("/nowhere.wsdl")}, "FileNotFoundError"),
    ],
)
def test_what_does_not_fit_is_said(channel: Channel, contract: dict[str, str], said: str) -> None:
    """A contract that does not fit its WSDL is told before anything is sent."""
    with pytest.raises(Misfit, match=said):
        SoapService(Contract(**({"wsdl": WSDL} | contract)), channel)  # type: ignore[arg-type]  # mixed on purpose


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda wsdl: "nonsense", id="no XML"),
        pytest.param(lambda wsdl: wsdl.replace("<definitions", "<!DOCTYPE d>\n<definitions", 1), id="document type"),
        pytest.param(
            lambda wsdl: wsdl.replace("<types>", '<import namespace="urn:x" location="http://localhost:1/x"/><types>'),
            id="fetches",
        ),
    ],
)
def test_a_wsdl_fetches_nothing(channel: Channel, tmp_path: Path, change: Callable[[str], str]) -> None:
    """A WSDL that wants more than a file, or is none, is refused."""
    with pytest.raises(Misfit, match="WSDL"):
        SoapService(Contract(wsdl=written(tmp_path, change)), channel)


def test_parameters_of_another_wsdl_don_t_fit(channel: Channel) -> None:
    """A call that the WSDL does not know sends nothing and quotes no value."""
    service = SoapService(Contract(wsdl=WSDL), channel)
    with pytest.raises(Misfit) as caught:
        service.call(ASK, user="u", password=SECRET)
    assert SECRET not in repr(caught.value) + str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "slug"),
    [
        (200, b"", "answer-unreadable"),
        (200, b"<html><body>Mantenimiento</body></html>", "answer-unreadable"),
        (200, envelope(""), "answer-unreadable"),
        (200, envelope("<otherResponse/>"), "answer-unreadable"),
        (200, good()[:-20], "answer-unreadable"),
        (200, b'<!DOCTYPE x [<!ENTITY a "b">]>' + good(), "answer-unreadable"),
        (200, b"<a>" * 300 + b"</a>" * 300, "answer-unreadable"),
        (302, b"", "answer-http-status"),
        (401, good(), "answer-http-status"),
        (503, b"<html/>", "answer-http-status"),
        (500, good(), "answer-http-status"),
        (500, FAULT, "answer-soap-fault"),
        (200, FAULT, "answer-soap-fault"),
        (
            400,
            envelope(
                "<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text>No</e:Text></e:Reason></e:Fault>",
                S12,
            ),
            "answer-soap-fault",
        ),
    ],
)  # fmt: skip
def test_what_is_no_answer_may_have_arrived(
    server: AuthorityServer, channel: Channel, status: int, body: bytes, slug: str
) -> None:
    """Faults, statuses and garbage are no answers; the authority may have acted, and the bytes are kept."""
    server.acts = [answer(body, status)]
    fault = lost(server, channel)
    assert (slug, True, body) == (fault.slug, fault.left, fault.exchange.received)
    assert fault.exchange.fault == slug


def test_a_fault_says_who_and_what(server: AuthorityServer, channel: Channel) -> None:
    """The fault's code and words are kept for people."""
    server.acts = [
        answer(envelope("<e:Fault><faultcode>e:Server</faultcode><faultstring>IdError: 7</faultstring></e:Fault>"), 500)
    ]
    assert lost(server, channel).detail == "Server: IdError: 7"


def test_the_password_travels_and_is_not_kept(server: AuthorityServer, channel: Channel) -> None:
    """The PAC gets the password; what we keep, raise and show does not have it."""
    server.acts = [raw(b"")]
    fault = lost(server, channel)
    assert SECRET.encode() in server.heard[0].body
    assert SECRET not in repr(fault) + str(fault) + repr(fault.exchange)
    assert b"***" in fault.exchange.sent


def test_binary_is_encoded_once(server: AuthorityServer, channel: Channel) -> None:
    """The signed request arrives as it was signed."""
    submit = "enviarSolicitudCancelacionAsincrono"
    server.acts = [answer(envelope(f"<{submit}Response/>"))]
    service = SoapService(Contract(wsdl=WSDL, endpoint=server.url), channel)
    service.call(submit, usuario="u", password="p", solicitud=b"<a/>", emailNotifica=None)
    fields = {local(element): element.text for element in parse(server.heard[0].body)[0][0]}
    assert {"usuario": "u", "password": "p", "solicitud": "PGEvPg=="} == fields


def test_entities_are_not_expanded() -> None:
    """A document type is refused before anything in it can be looked up."""
    with pytest.raises(Unreadable):
        parse(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')
