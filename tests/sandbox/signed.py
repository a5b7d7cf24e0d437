"""Signed requests for the tests: good ones by satcfdi, others by hand so that anything can be wrong in them."""

import base64
import hashlib
import warnings
from datetime import datetime
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from lxml import etree
from satcfdi.create.cancela.cancelacion import Cancelacion, Folio
from satcfdi.models import Signer

from sandbox.certificates import KeyPair

DSIG = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f"{DSIG}enveloped-signature"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
CFDI = "http://cancelacfd.sat.gob.mx"
_OTHERS = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_SHA256 = {
    "sha1": (f"{DSIG}sha1", f"{DSIG}rsa-sha1"),
    "sha256": ("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
}


def mexican(moment: datetime) -> datetime:
    """What a clock in Mexico City shows at an aware moment."""
    return moment.astimezone(ZoneInfo("America/Mexico_City")).replace(tzinfo=None, microsecond=0)


def by_satcfdi(pair: KeyPair, uuid: str, at: datetime, motive: str = "02", substitute: str | None = None) -> bytes:
    """A request made and signed by an independent library. ``at`` is local Mexican time."""
    with warnings.catch_warnings():  # it reads the subject through a function that pyOpenSSL has deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        signer = Signer.load(certificate=pair.cer, key=pair.key, password=pair.password)
        request = Cancelacion(emisor=signer, folios=Folio(uuid, motive, substitute), fecha=at)
        return bytes(request.xml_bytes())


def payload(
    rfc: str,
    at: str,
    folios: str,
    *,
    root: str = "Cancelacion",
    namespace: str = CFDI,
    more: str = "",
) -> str:
    """The document without its signature."""
    issuer = rfc.replace("&", "&amp;")
    return f'<{root} xmlns="{namespace}" {_OTHERS} RfcEmisor="{issuer}" Fecha="{at}"{more}>{folios}</{root}>'


def folio(uuid: str, motive: str = "02", substitute: str | None = None) -> str:
    """One ``Folios`` with its ``Folio``."""
    third = "" if substitute is None else f' FolioSustitucion="{substitute}"'
    return f'<Folios><Folio UUID="{uuid}" Motivo="{motive}"{third}/></Folios>'


def sealed(
    pair: KeyPair,
    document: str,
    *,
    key_of: KeyPair | None = None,
    prefix: str = "",
    transforms: tuple[str, ...] = (ENVELOPED,),
    algorithm: str = "sha1",
    c14n: str = C14N,
    uri: str = "",
    certificate: str | None = None,
) -> bytes:
    """The document with a signature that verifies, in a form of the caller's choice."""
    root = etree.fromstring(document.encode())
    digest_method, signature_method = _SHA256[algorithm]
    digest = base64.b64encode(hashlib.new(algorithm, _canonical(root)).digest()).decode()
    scope = f'xmlns="{DSIG}"' if not prefix else f'xmlns="{etree.QName(root).namespace}" xmlns:{prefix}="{DSIG}"'
    p = f"{prefix}:" if prefix else ""
    marks = "".join(f'<{p}Transform Algorithm="{each}"/>' for each in transforms)
    signed_info = (
        f'<{p}SignedInfo><{p}CanonicalizationMethod Algorithm="{c14n}"/>'
        f'<{p}SignatureMethod Algorithm="{signature_method}"/><{p}Reference URI="{uri}">'
        f'<{p}Transforms>{marks}</{p}Transforms><{p}DigestMethod Algorithm="{digest_method}"/>'
        f"<{p}DigestValue>{digest}</{p}DigestValue></{p}Reference></{p}SignedInfo>"
    )
    in_scope = signed_info.replace(f"<{p}SignedInfo>", f"<{p}SignedInfo {scope} {_OTHERS}>", 1)
    value = _signature(key_of or pair, _canonical(etree.fromstring(in_scope)), algorithm)
    signature = (
        f"<{p}Signature {scope}>{signed_info}<{p}SignatureValue>{value}</{p}SignatureValue><{p}KeyInfo><{p}X509Data>"
        f"<{p}X509Certificate>{certificate or base64.b64encode(pair.cer).decode()}</{p}X509Certificate>"
        f"</{p}X509Data></{p}KeyInfo></{p}Signature>"
    )
    body, _mark, end = document.rpartition("</")
    return f"{body}{signature}</{end}".encode()


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n")


def _signature(pair: KeyPair, octets: bytes, algorithm: str) -> str:
    key = load_der_private_key(pair.key, pair.password.encode())
    assert isinstance(key, RSAPrivateKey)
    chosen = hashes.SHA1() if algorithm == "sha1" else hashes.SHA256()
    return base64.b64encode(key.sign(octets, padding.PKCS1v15(), chosen)).decode()
