"""Answers of SEFAZ as they come over the wire, written for the tests."""

from xml.sax.saxutils import escape

DCE = "http://www.portalfiscal.inf.br/dce"
SOAP = "http://www.w3.org/2003/05/soap-envelope"

CNPJ = "10142785000190"
KEY = "35261110142785000190990000000000011308085037"
OTHER = "35261110142785000190990000000000021308085034"
PROTOCOL = "1352600000000200"
REGISTERED = "3352600000099999"
AT = "2026-11-20T15:00:03-03:00"


def envelope(inner: str, prefix: str = "env") -> bytes:
    """A SOAP 1.2 envelope."""
    body = f"<{prefix}:Body>{inner}</{prefix}:Body>"
    return f'<{prefix}:Envelope xmlns:{prefix}="{SOAP}">{body}</{prefix}:Envelope>'.encode()


def elements(**texts: str | None) -> str:
    """Elements in order; None leaves one out."""
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in texts.items() if text is not None)


def registration(code: str | None = "135", reason: str | None = "Evento registrado", **fields: str | None) -> str:
    """``retEventoDCe``; a good one unless told otherwise."""
    told = {"cOrgao": "41", "cStat": code, "xMotivo": reason}
    if code in ("134", "135", "136", "155", None) or reason is None:
        told |= {"chDCe": KEY, "tpEvento": "110111", "nSeqEvento": "1", "dhRegEvento": AT, "nProt": REGISTERED}
    return (
        f'<retEventoDCe xmlns="{DCE}" versao="1.00"><infEvento>{elements(**told | fields)}</infEvento></retEventoDCe>'
    )


def event_answer(code: str | None = "135", reason: str | None = "Evento registrado", **fields: str | None) -> bytes:
    """The answer to an event."""
    return result("dceRecepcaoEvento", registration(code, reason, **fields))


def standing(code: str | None, *events: str, key: str | None = KEY, at: str | None = AT) -> bytes:
    """The answer to the question about a document; ``events`` are contents of ``procEventoDCe``."""
    told = elements(cStat=code, xMotivo="Motivo", cUF="41", dhRecbto=at, chDCe=key)
    earlier = elements(chDCe=KEY, nProt=PROTOCOL, cStat="100", xMotivo="Autorizado")
    authorised = f"<protDCe><infProt>{earlier}</infProt></protDCe>"
    shown = "".join(f'<procEventoDCe versao="1.00">{event}</procEventoDCe>' for event in events)
    return result(
        "dceConsulta", f'<retConsSitDCe xmlns="{DCE}" versao="1.00">{told}{authorised}{shown}</retConsSitDCe>'
    )


def health(code: str = "107", back: str | None = None, at: str = AT) -> bytes:
    """The answer of the status service."""
    told = elements(cStat=code, xMotivo="Motivo", cUF="41", dhRecbto=at, dhRetorno=back)
    return result("dceStatusServico", f'<retConsStatServDCe xmlns="{DCE}" versao="1.00">{told}</retConsStatServDCe>')


def nested(event: str) -> str:
    """A whole ``procEventoDCe``, to stand inside another."""
    return f'<procEventoDCe xmlns="{DCE}" versao="1.00">{event}</procEventoDCe>'


def result(operation: str, content: str) -> bytes:
    """Content as the operation's result."""
    return envelope(f'<{operation}Result xmlns="{DCE}/wsdl/x">{content}</{operation}Result>')
