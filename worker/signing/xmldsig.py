"""Signs XML as a profile wants it, through signxml.

signxml's own verifier cannot verify these documents (it canonicalizes SignedInfo in place, where libxml2 adds
``xmlns=""``); the tests verify with xmlsec1.
"""

from base64 import b64encode
from functools import cache

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from worker.signing.credentials import Csd
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


def sign(document: etree._Element, csd: Csd, profile: Profile) -> etree._Element:
    """A signed copy of ``document``. Whoever writes it out must not indent it: that would break the signature."""
    signed: etree._Element = _signer(profile).sign(
        document,
        key=csd.key,
        key_info=_key_info(csd),
        exclude_c14n_transform_element=not profile.names_canonicalization,
    )
    return signed


def _key_info(csd: Csd) -> etree._Element:
    """X509IssuerSerial and X509Certificate, each on one line.

    The elements have no namespace of their own: they stand inside Signature and take its default one.
    """
    info = etree.Element("KeyInfo")
    x509 = etree.SubElement(info, "X509Data")
    issuer = etree.SubElement(x509, "X509IssuerSerial")
    etree.SubElement(issuer, "X509IssuerName").text = csd.issuer_name
    etree.SubElement(issuer, "X509SerialNumber").text = str(csd.serial)
    etree.SubElement(x509, "X509Certificate").text = b64encode(csd.cer).decode("ascii")
    return info
