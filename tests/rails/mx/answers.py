"""Answers of PAC and SAT as they come over the wire, written for the tests."""

import base64

from tests.soap.authority import Act, answer

UUID = "6128396F-C09B-4EC6-8699-43C5F7E3B230"
OTHER = "00000000-0000-4000-8000-00000000000F"
ISSUER, RECEIVER = "EKU9003173C9", "XAXX010101000"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SUBMIT = "enviarSolicitudCancelacionAsincrono"
STATUS = "getStatusCancelacionAsincrona"


def envelope(inner: str) -> bytes:
    """A SOAP envelope."""
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def acuse(*folios: tuple[str, str], code: str = "") -> str:
    """SAT's acuse in its bare form."""
    pairs = "".join(
        f'<Folios xmlns="http://cancelacfd.sat.gob.mx"><UUID>{uuid}</UUID><EstatusUUID>{said}</EstatusUUID></Folios>'
        for uuid, said in folios
    )
    attribute = f' CodEstatus="{code}"' if code else ""
    return f'<Acuse Fecha="2026-11-20T12:00:54.8788503" RfcEmisor="{ISSUER}"{attribute}>{pairs}</Acuse>'


def submitted(status: int | str, message: str = "") -> bytes:
    """The PAC's answer to a submit."""
    fields = f"<mensaje>{message}</mensaje><status>{status}</status>"
    return envelope(f'<r:{SUBMIT}Response xmlns:r="urn:any"><r:return>{fields}</r:return></r:{SUBMIT}Response>')


def told(status: int | str, message: str = "", acuse: str | bytes | None = None, field: str = "acuseSat") -> bytes:
    """The PAC's answer to the question; the acuse as base64."""
    content = acuse.encode() if isinstance(acuse, str) else acuse
    inside = "" if content is None else f"<{field}>{base64.b64encode(content).decode()}</{field}>"
    fields = f"{inside}<mensaje>{message}</mensaje><status>{status}</status>"
    return envelope(f'<r:{STATUS}Response xmlns:r="urn:any"><r:return>{fields}</r:return></r:{STATUS}Response>')


def sat(found: str = "S", estado: str = "Vigente", cancelable: str = "", cancelacion: str = "") -> Act:
    """SAT's answer."""
    code = "S - Comprobante obtenido satisfactoriamente." if found == "S" else f"N - {found}: no encontrado."
    fields = (
        f"<a:CodigoEstatus>{code}</a:CodigoEstatus><a:EsCancelable>{cancelable}</a:EsCancelable>"
        f"<a:Estado>{estado}</a:Estado><a:EstatusCancelacion>{cancelacion}</a:EstatusCancelacion>"
    )
    result = f'<ConsultaResult xmlns:a="urn:a">{fields}</ConsultaResult>'
    return answer(envelope(f'<ConsultaResponse xmlns="http://tempuri.org/">{result}</ConsultaResponse>'))
