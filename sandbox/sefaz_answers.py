"""The answers of the DC-e services as XML: of an event, of a query, of the service itself. Without blanks."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape

from sandbox.sefaz_codes import words
from sandbox.sefaz_documents import Dce, Registered
from sandbox.sefaz_envelope import DCE

SOFTWARE = "SANDBOX-1.0"
_PARANA = timezone(timedelta(hours=-3))
_AUTHORITY = "41"
"""The national authoriser is Paraná's and answers as such, whatever the key's state."""


def written(at: datetime) -> str:
    """A moment as the authoriser writes it: seconds, and the offset of Brasília."""
    return at.astimezone(_PARANA).isoformat(timespec="seconds")


def rejected(environment: str, code: int, text: str) -> str:
    """An event that was not registered."""
    return _event(environment, code, text, "")


def registered(environment: str, key: str, code: int, protocol: str, at: datetime) -> str:
    """An event that was."""
    more = _elements(
        chDCe=key,
        tpEvento="110111",
        xEvento="Cancelamento homologado",
        nSeqEvento="1",
        dhRegEvento=written(at),
        nProt=protocol,
    )
    return _event(environment, code, words(code), more)


def styled(answer: str, style: str, protocol: str = "") -> str:
    """The answer to an event with what its style adds or leaves out; the wrapping is the envelope's matter."""
    if style == "identified" and protocol:
        return answer.replace("<infEvento>", f'<infEvento Id="ID{protocol}">', 1)
    missing = {"no-code": "cStat", "no-reason": "xMotivo", "no-protocol": "nProt"}.get(style)
    if missing is None or f"<{missing}>" not in answer:
        return answer
    before, _open, rest = answer.partition(f"<{missing}>")
    return before + rest.partition(f"</{missing}>")[2]


def situation(
    environment: str, code: int, text: str, at: datetime, key: str, dce: Dce | None = None, events: Iterable[str] = ()
) -> str:
    """What a query hears of a DC-e; ``dce`` None is one that the register does not show."""
    told = _head(environment, code, text) + _elements(cUF=_AUTHORITY, dhRecbto=written(at), chDCe=key)
    told += _authorised(environment, dce) + "".join(events)
    return f'<retConsSitDCe xmlns="{DCE}" versao="1.00">{told}</retConsSitDCe>'


def proof(event: Registered, style: str) -> str:
    """A registered event as queries show it: flat, as clients expect it, or nested, as the schema has it."""
    both = f"{event.event.decode()}{event.answer}"
    if style == "nested":
        both = f'<procEventoDCe xmlns="{DCE}" versao="1.00">{both}</procEventoDCe>'
    return f'<procEventoDCe versao="1.00">{both}</procEventoDCe>'


def service(environment: str, code: int, text: str, at: datetime, returns: datetime | None, remark: str | None) -> str:
    """What the status service says."""
    told = _head(environment, code, text) + _elements(cUF=_AUTHORITY, dhRecbto=written(at), tMed="1")
    told += _elements(dhRetorno=written(returns)) if returns else ""
    told += _elements(xObs=remark) if remark else ""
    return f'<retConsStatServDCe xmlns="{DCE}" versao="1.00">{told}</retConsStatServDCe>'


def _event(environment: str, code: int, text: str, more: str) -> str:
    head = _elements(tpAmb=environment, verAplic=SOFTWARE, cOrgao=_AUTHORITY, cStat=f"{code:03}", xMotivo=text)
    return f'<retEventoDCe xmlns="{DCE}" versao="1.00"><infEvento>{head}{more}</infEvento></retEventoDCe>'


def _authorised(environment: str, dce: Dce | None) -> str:
    if dce is None:
        return ""
    digest = base64.b64encode(hashlib.sha1(dce.key.encode(), usedforsecurity=False).digest()).decode()
    told = _elements(
        tpAmb=environment,
        verAplic=SOFTWARE,
        chDCe=dce.key,
        dhRecbto=written(dce.authorised_at),
        nProt=dce.registered_protocol,
        digVal=digest,
        cStat="100",
        xMotivo=words(100),
    )
    return f'<protDCe versao="1.00"><infProt>{told}</infProt></protDCe>'


def _head(environment: str, code: int, text: str) -> str:
    return _elements(tpAmb=environment, verAplic=SOFTWARE, cStat=f"{code:03}", xMotivo=text)


def _elements(**texts: str) -> str:
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in texts.items())
