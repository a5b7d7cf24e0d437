"""SAT's receipts, in the wrappers in which PACs have been seen to pass them on.

The seal is an HMAC that nobody outside SAT can verify, so any bytes do; what matters is that readers keep the receipt
whole and find ``UUID`` and ``EstatusUUID`` in it.
"""

import base64
import hashlib
from datetime import datetime
from html import escape

_CANCELA = "http://cancelacfd.sat.gob.mx"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def receipt(uuid: str, estatus: str, issuer: str, at: datetime, style: str) -> tuple[bytes | None, str | None]:
    """The pair (acuseSat, mensaje) for a document; either may be None.

    ``at`` is the date of the receipt, written without a zone and with seven digits of a second, as SAT does.
    """
    folios = f'<Folios xmlns="{_CANCELA}"><UUID>{uuid}</UUID><EstatusUUID>{estatus}</EstatusUUID></Folios>'
    if style == "absent":
        return None, None
    if style == "empty-folios":
        folios = f'<Folios xmlns="{_CANCELA}"/>' + folios
    if style in ("mojibake", "latin-1"):
        folios += f'<Leyenda xmlns="{_CANCELA}">Solicitud de cancelación</Leyenda>'
    attributes = f'Fecha="{at:%Y-%m-%dT%H:%M:%S}.8788503" RfcEmisor="{escape(issuer)}"'
    bare = (
        '<Acuse xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f"{attributes}>{folios}{_seal(uuid)}</Acuse>"
    )
    if style == "soap":
        return _wrapped(attributes, folios, uuid).encode(), None
    if style == "escaped":
        return f"<string>{escape(bare)}</string>".encode(), None
    if style == "in-message":
        return None, bare
    if style == "mojibake":
        return bare.encode().decode("latin-1").encode(), None
    return bare.encode("latin-1" if style == "latin-1" else "utf-8"), None


def _wrapped(attributes: str, folios: str, uuid: str) -> str:
    return (
        f'<s:Envelope xmlns:s="{_SOAP}"><s:Body><CancelaCFDResponse xmlns="{_CANCELA}">'
        f"<CancelaCFDResult {attributes}>{folios}{_seal(uuid)}</CancelaCFDResult></CancelaCFDResponse></s:Body>"
        "</s:Envelope>"
    )


def _seal(uuid: str) -> str:
    value = base64.b64encode(hashlib.sha512(uuid.encode()).digest()).decode()
    return (
        '<Signature Id="SelloSAT" xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod '
        'Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><SignatureMethod '
        'Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"/><Reference URI=""><Transforms><Transform '
        'Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>not(ancestor-or-self::*[local-name()='
        "'Signature'])</XPath></Transform></Transforms><DigestMethod "
        f'Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"/><DigestValue>{value}</DigestValue></Reference>'
        f"</SignedInfo><SignatureValue>{value}</SignatureValue><KeyInfo><KeyName>BF66E582888CC845</KeyName></KeyInfo>"
        "</Signature>"
    )
