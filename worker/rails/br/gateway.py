"""SEFAZ's three services: takes an event, tells how a document stands, tells how it is itself."""

from worker.domain.outcome import Blocked, NoAnswer, Said, Scope
from worker.engine.ports import Answer
from worker.rails.br.endpoints import Sefaz
from worker.soap.answer import Reply
from worker.soap.channel import TURNED_AWAY, Channel
from worker.soap.faults import TransportFault
from worker.soap.service import SoapService

NAMESPACE = "http://www.portalfiscal.inf.br/dce"
VERSION = "1.00"

#: ``tpAmb``.
ENVIRONMENTS = {"production": "1", "test": "2"}

#: The common DLL's numbers of what can go wrong on the wire; what reads wrong has its numbers in ``dll_numbers``.
NUMBERS = {
    TURNED_AWAY: "5001",
    "transport-tls-refused": "5002",
    "transport-name-unknown": "5005",
    "transport-unreachable": "5005",
    "transport-timeout": "5006",
    "answer-too-large": "5007",
    "answer-soap-fault": "5008",
    "answer-http-status": "5008",
    "answer-unreadable": "5101",
    "answer-without-code": "5102",
    "answer-without-text": "5103",
    "answer-incomplete": "5104",
    "answer-empty": "5105",
    "answer-names-another-document": "6515",
}


class Gateway:
    """The authority's door for one credential. Whatever goes wrong is a ``TransportFault``."""

    def __init__(self, sefaz: Sefaz, channel: Channel) -> None:
        self._sefaz = sefaz
        self._event = SoapService(sefaz.event, channel)
        self._consult = SoapService(sefaz.consult, channel)
        self._status = SoapService(sefaz.status, channel)

    def event(self, signed: bytes) -> Reply:
        """Hand in a signed event, once and byte for byte."""
        return self._event.send("dceRecepcaoEvento", signed)

    def consult(self, key: str, environment: str) -> Reply:
        """Ask how the document with this key stands."""
        return self._consult.send("dceConsulta", _question("consSitDCe", environment, xServ="CONSULTAR", chDCe=key))

    def status(self, environment: str, *, seconds: float | None = None) -> Reply:
        """Ask how the service is."""
        question = _question("consStatServDCe", environment, cUF=self._sefaz.uf, xServ="STATUS")
        return self._status.send("dceStatusServico", question, seconds=seconds)


def lost(fault: TransportFault) -> Answer:
    """A transport fault as an answer."""
    slug = fault.slug
    if slug == "answer-unreadable" and not (fault.exchange.received or b"").strip():
        slug = "answer-empty"
    said = Said("transport", NUMBERS.get(slug), fault.detail)
    if slug == TURNED_AWAY:
        return Answer(Blocked(Scope.CREDENTIAL, slug, said), (fault.exchange,))
    return Answer(NoAnswer(left=fault.left, slug=slug, said=said), (fault.exchange,))


def _question(root: str, environment: str, **fields: str) -> bytes:
    """A question. What goes in is digits and words of ours, nothing to escape."""
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    amb = ENVIRONMENTS[environment]
    return f'<{root} xmlns="{NAMESPACE}" versao="{VERSION}"><tpAmb>{amb}</tpAmb>{inside}</{root}>'.encode()
