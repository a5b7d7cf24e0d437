"""Verifies the signature of a request with xmlsec (libxmlsec1): a fault of our signer shall not hide in its own mirror.

The profile is the one SAT takes (Annex 20, seen in two independent libraries): enveloped, inclusive c14n 1.0, RSA-SHA1,
SHA-1, one reference to the whole document with one transform, no prefix. KeyInfo lies outside the signature; SAT reads
its certificate only.
"""

import base64
import binascii

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from sandbox.replies import TurnedAway

DSIG = "http://www.w3.org/2000/09/xmldsig#"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_BAD = 1802


def verified(root: etree._Element) -> x509.Certificate:
    """The certificate with whose key the whole document was signed.

    Raises:
        TurnedAway: 1802 for a missing, foreign-shaped or false signature; 1710 and 1713 for its certificate.
    """
    signatures = [child for child in root if child.tag == f"{{{DSIG}}}Signature"]
    if len(signatures) != 1 or root[-1] is not signatures[0]:
        raise TurnedAway(_BAD, "debe haber una sola Signature, al final")
    signature = signatures[0]
    _of_the_profile(signature)
    certificate = _certificate(signature)
    context = xmlsec.SignatureContext()
    try:
        context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertDer)
        parsed = x509.load_der_x509_certificate(certificate)
        public_key = parsed.public_key()
    except (xmlsec.Error, ValueError, TypeError) as fault:
        raise TurnedAway(1710) from fault
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise TurnedAway(1713)
    try:
        context.verify(signature)
    except xmlsec.Error as fault:
        raise TurnedAway(_BAD, "digest o sello") from fault
    return parsed


def _of_the_profile(signature: etree._Element) -> None:
    if any(not isinstance(each.tag, str) or each.prefix is not None for each in signature.iter()):
        raise TurnedAway(_BAD, "la firma lleva prefijos, comentarios o instrucciones")
    signed_info, value, _key_info = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo")
    method, algorithm, reference = _children(signed_info, "CanonicalizationMethod", "SignatureMethod", "Reference")
    transforms, digest, _value = _children(reference, "Transforms", "DigestMethod", "DigestValue")
    (transform,) = _children(transforms, "Transform")
    if reference.items() != [("URI", "")]:
        raise TurnedAway(_BAD, "la referencia debe ser al documento entero")
    for element, wanted in (
        (method, _C14N),
        (algorithm, f"{DSIG}rsa-sha1"),
        (transform, f"{DSIG}enveloped-signature"),
        (digest, f"{DSIG}sha1"),
    ):
        if element.items() != [("Algorithm", wanted)] or len(element):
            raise TurnedAway(_BAD, f"algoritmo {element.get('Algorithm')}")
    if not value.text or any(character.isspace() for character in value.text):
        raise TurnedAway(_BAD, "SignatureValue debe ir en una línea")


def _children(parent: etree._Element, *names: str) -> list[etree._Element]:
    if [child.tag for child in parent] != [f"{{{DSIG}}}{name}" for name in names]:
        raise TurnedAway(_BAD, f"contenido inesperado de {etree.QName(parent).localname}")
    return list(parent)


def _certificate(signature: etree._Element) -> bytes:
    found = signature.findall(f"{{{DSIG}}}KeyInfo/{{{DSIG}}}X509Data/{{{DSIG}}}X509Certificate")
    text = found[0].text if len(found) == 1 else None
    if not text or any(character.isspace() for character in text):
        raise TurnedAway(_BAD, "se espera un X509Certificate, en una línea")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as fault:
        raise TurnedAway(1710) from fault
