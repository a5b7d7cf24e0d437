"""Verifies what ``xmldsig`` signs by a profile that signs one element; shares no code with the signer.

No answer of an authority is verified here: those carry no signature to rely on. This holds our own proofs to their
promise, that the signature inside still stands.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate
from lxml import etree

from worker.signing.profiles import Profile

_DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


class NotVerified(ValueError):
    """A signature that does not stand; the text says where it fails."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature that stands: the signed element's id, its digest (base64), and the signer's certificate (DER)."""

    id: str
    digest: str
    certificate: bytes


def verify(document: etree._Element, profile: Profile) -> Seal:
    """The seal on ``document``, whose last child is a Signature by ``profile``.

    Raises:
        NotVerified: it has none, another form, or was changed.
    """
    try:
        return _verified(document, profile)
    except NotVerified:
        raise
    except ValueError:  # no base64, or an element too many
        raise NotVerified("form") from None


def _verified(document: etree._Element, profile: Profile) -> Seal:
    signature = document.find(f"{_DSIG}Signature")
    if signature is None or signature.getnext() is not None:
        raise NotVerified("no signature at the end")
    algorithms = [part.get("Algorithm") for part in signature.iter() if part.get("Algorithm") is not None]
    enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
    if algorithms != [
        profile.canonicalization, profile.signature, enveloped, profile.canonicalization, profile.digest
    ]:  # fmt: skip
        raise NotVerified("other algorithms")
    reference = f"./{_DSIG}SignedInfo/{_DSIG}Reference"
    signed = _referred(document, signature.find(reference), profile)
    digest = _text(signature, f"{reference}/{_DSIG}DigestValue")
    if _octets(digest) != hashlib.sha1(_canonical(signed), usedforsecurity=False).digest():
        raise NotVerified("digest")
    certificate = _certificate(signature)
    _check(signature, certificate)
    return Seal(str(signed.get(str(profile.signed_id))), digest, certificate)


def _referred(document: etree._Element, reference: etree._Element | None, profile: Profile) -> etree._Element:
    """The one element that is meant; two with the same id are an attack."""
    uri = "" if reference is None else str(reference.get("URI"))
    found = [element for element in document.iter() if element.get(str(profile.signed_id)) is not None]
    if len(found) != 1 or f"#{found[0].get(str(profile.signed_id))}" != uri:
        raise NotVerified("reference")
    return found[0]


def _check(signature: etree._Element, certificate: bytes) -> None:
    (info,) = signature.findall(f"{_DSIG}SignedInfo")
    try:
        key = load_der_x509_certificate(certificate).public_key()
        if not isinstance(key, RSAPublicKey):
            raise NotVerified("certificate")
        value = _octets(_text(signature, f"{_DSIG}SignatureValue"))
        key.verify(value, _canonical(info), PKCS1v15(), hashes.SHA1())  # noqa: S303 - the profile's demand
    except InvalidSignature:
        raise NotVerified("signature") from None
    except (ValueError, UnsupportedAlgorithm):
        raise NotVerified("certificate") from None


def _certificate(signature: etree._Element) -> bytes:
    return _octets(_text(signature, f"{_DSIG}KeyInfo/{_DSIG}X509Data/{_DSIG}X509Certificate"))


def _text(element: etree._Element, path: str) -> str:
    text = str(element.findtext(path) or "")
    if not text:
        raise NotVerified(path.rpartition("}")[2])
    return text


def _octets(text: str) -> bytes:
    """Base64, on one line or on several."""
    return base64.b64decode("".join(text.split()), validate=True)


def _canonical(element: etree._Element) -> bytes:
    """Inclusive C14N of an element as a document of its own: in place, libxml2 writes ``xmlns=""`` into it."""
    own = etree.fromstring(etree.tostring(element, with_tail=False))
    canonical: bytes = etree.tostring(own, method="c14n")
    return canonical
