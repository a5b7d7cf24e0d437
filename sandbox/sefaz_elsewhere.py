"""Somebody else who cancels: a branch of the issuer that signs an event of its own, before anybody here does."""

import base64
import hashlib
from datetime import datetime
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from sandbox.certificates_br import IcpBrasil, Leaf
from sandbox.sefaz_answers import written
from sandbox.sefaz_documents import Dce
from sandbox.sefaz_envelope import DCE
from sandbox.sefaz_key import parts
from sandbox.sefaz_schema import CANCELLATION, DSIG
from sandbox.sefaz_seal import C14N


class Elsewhere:
    """Signs events with certificates of its own from ``authority``."""

    def __init__(self, authority: IcpBrasil) -> None:
        self._leaf = cache(lambda cnpj: authority.ecnpj(cnpj, name="FILIAL DE TESTE"))

    def cancellation(self, dce: Dce, at: datetime) -> bytes:
        """A signed event that cancels this DC-e, dated ``at``."""
        own, id_ = parts(dce.key), f"ID{CANCELLATION}{dce.key}001"
        content = (
            f"<cOrgao>{own.uf}</cOrgao><tpAmb>2</tpAmb><tpEmit>{own.emitter}</tpEmit><CNPJAutor>{own.cnpj}</CNPJAutor>"
            f"<CNPJUsEmit>{own.cnpj}</CNPJUsEmit><chDCe>{dce.key}</chDCe><dhEvento>{written(at)}</dhEvento>"
            f"<tpEvento>{CANCELLATION}</tpEvento><nSeqEvento>1</nSeqEvento>"
            '<detEvento versaoEvento="1.00"><evCancDCe><descEvento>Cancelamento</descEvento>'
            f"<nProt>{dce.registered_protocol}</nProt><xJust>Cancelada por outro sistema da empresa</xJust></evCancDCe>"
            "</detEvento></infEvento>"
        )
        seal = _signature(self._leaf(own.cnpj), id_, f'<infEvento xmlns="{DCE}" Id="{id_}">{content}')
        return f'<eventoDCe xmlns="{DCE}" versao="1.00"><infEvento Id="{id_}">{content}{seal}</eventoDCe>'.encode()


def _signature(leaf: Leaf, id_: str, canonical: str) -> str:
    """The Signature of an element whose canonical form is given."""
    digest = base64.b64encode(hashlib.sha1(canonical.encode(), usedforsecurity=False).digest()).decode()
    methods = (("CanonicalizationMethod", C14N), ("SignatureMethod", f"{DSIG}rsa-sha1"))
    transforms = "".join(_algorithm("Transform", each) for each in (f"{DSIG}enveloped-signature", C14N))
    content = (
        f'{"".join(_algorithm(*each) for each in methods)}<Reference URI="#{id_}"><Transforms>{transforms}</Transforms>'
        f"{_algorithm('DigestMethod', f'{DSIG}sha1')}<DigestValue>{digest}</DigestValue></Reference></SignedInfo>"
    )
    signed = f'<SignedInfo xmlns="{DSIG}">{content}'.encode()
    value = base64.b64encode(leaf.key.sign(signed, padding.PKCS1v15(), hashes.SHA1())).decode()  # noqa: S303 - the profile
    return (
        f'<Signature xmlns="{DSIG}"><SignedInfo>{content}<SignatureValue>{value}</SignatureValue><KeyInfo><X509Data>'
        f"<X509Certificate>{base64.b64encode(leaf.cer).decode()}</X509Certificate></X509Data></KeyInfo></Signature>"
    )


def _algorithm(name: str, uri: str) -> str:
    """An element with its Algorithm, in canonical form."""
    return f'<{name} Algorithm="{uri}"></{name}>'
