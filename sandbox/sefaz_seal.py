"""Verifies an event's signature with xmlsec (libxmlsec1), so that a fault of our signer cannot hide in its own mirror.

The profile of the schema and the manual: enveloped and inclusive c14n 1.0 as transforms, RSA-SHA1, SHA-1, one reference
to ``infEvento`` by its Id, one certificate and nothing else in KeyInfo.
"""

import base64
import binascii

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from sandbox.sefaz_codes import Rejected
from sandbox.sefaz_schema import DSIG

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


def verified(root: etree._Element) -> tuple[x509.Certificate, str]:
    """The certificate with whose key ``infEvento`` was signed, and the DigestValue. ``root`` is an eventoDCe.

    Raises:
        Rejected: ``signature-form``, ``signature``; ``signer`` for a certificate that is none.
    """
    content, signature = root[0], root[1]
    method, algorithm, reference, value, data = _form(signature)
    if reference.items() != [("URI", f"#{content.get('Id')}")]:
        raise Rejected("signature-form", "Reference")
    transforms, digest_method, digest = _children(reference, "Transforms", "DigestMethod", "DigestValue")
    first, second = _children(transforms, "Transform", "Transform")
    for element, wanted in (
        (method, C14N),
        (algorithm, f"{DSIG}rsa-sha1"),
        (first, f"{DSIG}enveloped-signature"),
        (second, C14N),
        (digest_method, f"{DSIG}sha1"),
    ):
        if element.items() != [("Algorithm", wanted)] or len(element):
            raise Rejected("signature-form", str(element.get("Algorithm")))
    (certificate,) = _children(data, "X509Certificate")
    _in_one_line(value)
    raw, owner = _read(_in_one_line(certificate))
    _verify(root, raw)
    return owner, digest.text or ""


def _form(signature: etree._Element) -> tuple[etree._Element, ...]:
    signed_info, value, key_info = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo")
    method, algorithm, reference = _children(signed_info, "CanonicalizationMethod", "SignatureMethod", "Reference")
    (data,) = _children(key_info, "X509Data")
    if signature.attrib:
        raise Rejected("signature-form", "Signature")
    return method, algorithm, reference, value, data


def _children(parent: etree._Element, *names: str) -> list[etree._Element]:
    if [child.tag for child in parent] != [f"{{{DSIG}}}{name}" for name in names]:
        raise Rejected("signature-form", etree.QName(parent).localname)
    return list(parent)


def _in_one_line(element: etree._Element) -> str:
    text = element.text or ""
    if not text or any(character.isspace() for character in text):
        raise Rejected("signature-form", etree.QName(element).localname)
    return text


def _read(text: str) -> tuple[bytes, x509.Certificate]:
    try:
        raw = base64.b64decode(text, validate=True)
        certificate = x509.load_der_x509_certificate(raw)
        is_rsa = isinstance(certificate.public_key(), rsa.RSAPublicKey)
    except (binascii.Error, ValueError, TypeError) as fault:
        raise Rejected("signer") from fault
    if not is_rsa:
        raise Rejected("signer", "RSA")
    return raw, certificate


def _verify(root: etree._Element, certificate: bytes) -> None:
    context = xmlsec.SignatureContext()
    try:
        context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertDer)
        context.register_id(root[0], "Id")
        context.verify(root[1])
    except xmlsec.Error as fault:
        raise Rejected("signature") from fault
