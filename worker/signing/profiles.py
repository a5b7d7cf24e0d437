"""How an authority wants its XML signed. Data with source and date; ``xmldsig`` carries it out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An enveloped XML signature, last child of the root, over the whole document (``URI=""``).

    ``canonicalization``, ``signature`` and ``digest`` are algorithm URIs of W3C XML Signature.
    ``names_canonicalization`` says whether the canonicalization is a second transform of the reference. The signature's
    elements have no prefix.
    """

    name: str
    canonicalization: str
    signature: str
    digest: str
    names_canonicalization: bool
    source: str
    date: str


SAT = Profile(
    name="sat",
    canonicalization="http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    signature="http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    digest="http://www.w3.org/2000/09/xmldsig#sha1",
    names_canonicalization=False,
    source="SAT, Anexo 20, cancellation scheme of 2022; compared with the output of satcfdi 26.10.1, phpcfdi 2.0.5",
    date="2026-11-20",
)
"""SHA-1 is SAT's demand here. A system whose crypto policy forbids it cannot cancel."""
