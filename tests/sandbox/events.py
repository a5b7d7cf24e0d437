"""Signed DC-e events for the tests, made by hand so that anything can be wrong in them."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from sandbox.certificates_br import Leaf
from sandbox.sefaz_key import parts

DCE = "http://www.portalfiscal.inf.br/dce"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f"{DSIG}enveloped-signature"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_METHODS = {
    "sha1": (f"{DSIG}sha1", f"{DSIG}rsa-sha1", hashes.SHA1()),
    "sha256": (
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        hashes.SHA256(),
    ),
}


def brazilian(moment: datetime) -> str:
    """What a clock in Brasília shows, as an event writes it."""
    return moment.astimezone(timezone(timedelta(hours=-3))).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Draft:
    """An event before it is signed: every text can be another one. What is empty follows from the key."""

    key: str
    at: str
    protocol: str = "1352600000000200"
    justification: str = "Teste de cancelamento"
    organ: str = ""
    environment: str = "2"
    emitter: str = ""
    author: str = ""
    user: str = "<CNPJUsEmit>00000000037940</CNPJUsEmit>"
    kind: str = "110111"
    sequence: str = "1"
    version: str = "1.00"
    detail_version: str = "1.00"
    description: str = "Cancelamento"
    detail: str = ""
    id: str = ""
    id_width: int = 3
    more: str = ""
    change: Callable[[str], str] = field(default=str)

    @property
    def identifier(self) -> str:
        """The Id under which the signature refers to it."""
        return self.id or f"ID{self.kind}{self.key}{self.sequence:0>{self.id_width}}"

    @property
    def content(self) -> str:
        """What stands inside infEvento, in canonical form."""
        own = parts(self.key)
        detail = self.detail or (
            f"<evCancDCe><descEvento>{self.description}</descEvento><nProt>{self.protocol}</nProt>"
            f"<xJust>{self.justification}</xJust></evCancDCe>"
        )
        return self.change(
            f"<cOrgao>{self.organ or own.uf}</cOrgao><tpAmb>{self.environment}</tpAmb>"
            f"<tpEmit>{self.emitter or own.emitter}</tpEmit><CNPJAutor>{self.author or own.cnpj}</CNPJAutor>{self.user}"
            f"<chDCe>{self.key}</chDCe><dhEvento>{self.at}</dhEvento><tpEvento>{self.kind}</tpEvento>"
            f"<nSeqEvento>{self.sequence}</nSeqEvento>"
            f'<detEvento versaoEvento="{self.detail_version}">{detail}</detEvento>{self.more}'
        )

    def but(self, **changes: object) -> "Draft":
        """The same with other texts."""
        return replace(self, **changes)  # type: ignore[arg-type]


def signed(
    leaf: Leaf,
    draft: Draft,
    *,
    key_of: Leaf | None = None,
    algorithm: str = "sha1",
    transforms: tuple[str, ...] = (ENVELOPED, C14N),
    uri: str | None = None,
    key_info: str = "",
    certificate: str | None = None,
) -> bytes:
    """The event with a signature that verifies, in a form of the caller's choice."""
    digest_method, signature_method, chosen = _METHODS[algorithm]
    canonical = f'<infEvento xmlns="{DCE}" Id="{draft.identifier}">{draft.content}</infEvento>'
    digest = base64.b64encode(hashlib.new(algorithm, canonical.encode()).digest()).decode()
    marks = "".join(_algorithm("Transform", each) for each in transforms)
    info = (
        f"{_algorithm('CanonicalizationMethod', C14N)}{_algorithm('SignatureMethod', signature_method)}"
        f'<Reference URI="{f"#{draft.identifier}" if uri is None else uri}"><Transforms>{marks}</Transforms>'
        f"{_algorithm('DigestMethod', digest_method)}<DigestValue>{digest}</DigestValue></Reference></SignedInfo>"
    )
    octets = f'<SignedInfo xmlns="{DSIG}">{info}'.encode()
    value = base64.b64encode((key_of or leaf).key.sign(octets, padding.PKCS1v15(), chosen)).decode()
    shown = base64.b64encode(leaf.cer).decode() if certificate is None else certificate
    content = f'<infEvento Id="{draft.identifier}">{draft.content}</infEvento>'
    return (
        f'<eventoDCe xmlns="{DCE}" versao="{draft.version}">{content}'
        f'<Signature xmlns="{DSIG}"><SignedInfo>{info}<SignatureValue>{value}</SignatureValue><KeyInfo>{key_info}'
        f"<X509Data><X509Certificate>{shown}</X509Certificate></X509Data></KeyInfo></Signature></eventoDCe>"
    ).encode()


def _algorithm(name: str, uri: str) -> str:
    return f'<{name} Algorithm="{uri}"></{name}>'
