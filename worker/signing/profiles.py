"""How an authority wants its XML signed. Data with source and date; ``xmldsig`` carries it out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An enveloped XML signature, last child of the root, over the whole document or over one element of it.

    ``canonicalization``, ``signature`` and ``digest`` are algorithm URIs of W3C XML Signature.
    ``names_canonicalization`` says whether the canonicalization is a second transform of the reference,
    ``names_issuer`` whether X509IssuerSerial stands before the certificate, ``signed_id`` is the attribute by which the
    signed element is referred to (None: the whole document, ``URI=""``). The signature's elements have no prefix.
    """

    name: str
    canonicalization: str
    signature: str
    digest: str
    names_canonicalization: bool
    names_issuer: bool
    signed_id: str | None
    source: str
    date: str


SAT = Profile(
    name="sat",
    canonicalization="http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    signature="http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    digest="http://www.w3.org/2000/09/xmldsig#sha1",
    names_canonicalization=False,
    names_issuer=True,
    signed_id=None,
    source="SAT, Anexo 20, cancellation scheme of 2022; compared with the output of satcfdi 26.10.1, phpcfdi 2.0.5",
    date="2026-11-20",
)
"""SHA-1 is SAT's demand here. A system whose crypto policy forbids it cannot cancel."""

SEFAZ = Profile(
    name="sefaz",
    canonicalization="http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    signature="http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    digest="http://www.w3.org/2000/09/xmldsig#sha1",
    names_canonicalization=True,
    names_issuer=False,
    signed_id="Id",
    source="Values fixed in the official DC-e schemas 1.00; compared with the digest that the FlexDocs guide publishes",
    date="2026-11-20",
)
"""Of all Brazilian electronic documents. SHA-256 is refused, and so is anything in KeyInfo beside the certificate."""
