"""Signs XML as a profile wants it, through signxml.

signxml's own verifier cannot verify these documents (it canonicalizes SignedInfo in place, where libxml2 adds
``xmlns=""``); the tests verify with xmlsec1.
"""

from base64 import b64encode
from functools import cache
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from worker.signing.profiles import Profile

_DSIG = "http://www.w3.org/2000/09/xmldsig#"


class _Signer(XMLSigner):
    """signxml refuses SHA-1 unless told otherwise; a profile says what its authority demands."""

    def check_deprecated_methods(self) -> None:
        """Whatever the profile says."""


@cache
def _signer(profile: Profile) -> _Signer:
    """One per profile: it holds no state of a signature."""
    signer = _Signer(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod(profile.signature),
        digest_algorithm=DigestAlgorithm(profile.digest),
        c14n_algorithm=CanonicalizationMethod(profile.canonicalization),
    )
    signer.namespaces = {None: _DSIG}  # type: ignore[dict-item]  # its hint forgets the default namespace
    return signer


class Credential(Protocol):
    """What signs: an opened CSD or A1."""

    @property
    def cer(self) -> bytes:
        """The certificate (DER)."""

    @property
    def key(self) -> RSAPrivateKey:
        """Its key."""

    @property
    def issuer_name(self) -> str:
        """The certificate's issuer, as X509IssuerName has it."""

    @property
    def serial(self) -> int:
        """The certificate's serial number."""


def sign(document: etree._Element, credential: Credential, profile: Profile) -> etree._Element:
    """A signed copy of ``document``. Whoever writes it out must not indent it: that would break the signature.

    Raises:
        ValueError: the profile signs one element, and there is not exactly one that has its attribute.
    """
    signed: etree._Element = _signer(profile).sign(
        document,
        key=credential.key,
        key_info=_key_info(credential, profile),
        reference_uri=_reference(document, profile),
        exclude_c14n_transform_element=not profile.names_canonicalization,
    )
    return signed


def _reference(document: etree._Element, profile: Profile) -> str | None:
    if profile.signed_id is None:
        return None
    (value,) = (str(each) for element in document.iter() if (each := element.get(profile.signed_id)) is not None)
    return f"#{value}"


def _key_info(credential: Credential, profile: Profile) -> etree._Element:
    """The certificate on one line, and before it its issuer and number where the profile wants them.

    The elements have no namespace of their own: they stand inside Signature and take its default one.
    """
    info = etree.Element("KeyInfo")
    x509 = etree.SubElement(info, "X509Data")
    if profile.names_issuer:
        issuer = etree.SubElement(x509, "X509IssuerSerial")
        etree.SubElement(issuer, "X509IssuerName").text = credential.issuer_name
        etree.SubElement(issuer, "X509SerialNumber").text = str(credential.serial)
    etree.SubElement(x509, "X509Certificate").text = b64encode(credential.cer).decode("ascii")
    return info
