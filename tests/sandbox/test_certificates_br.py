"""The stand-in for ICP-Brasil issues what Brazilian authorities issue."""

import ssl
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from sandbox import rc2
from sandbox.certificates import key_pool
from sandbox.certificates_br import IcpBrasil, Leaf, San

CNPJ, PERSON = x509.ObjectIdentifier("2.16.76.1.3.3"), x509.ObjectIdentifier("2.16.76.1.3.1")


@pytest.fixture(scope="module")
def brasil() -> IcpBrasil:
    """A hierarchy on pooled keys."""
    return IcpBrasil(keys=key_pool)


def owner(leaf: Leaf, oid: x509.ObjectIdentifier) -> list[bytes]:
    """The values (DER) of the otherNames of this kind."""
    names = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [other.value for other in names.get_values_for_type(x509.OtherName) if other.type_id == oid]


def test_each_is_issued_by_the_one_above(brasil: IcpBrasil) -> None:
    """Leaf, intermediate and root verify one another."""
    chain = [brasil.ecnpj().cer, brasil.intermediate, brasil.root, brasil.root]
    loaded = [x509.load_der_x509_certificate(each) for each in chain]
    for below, above in pairwise(loaded):
        below.verify_directly_issued_by(above)


@pytest.mark.parametrize(("san", "tag"), [("octet", 0x04), ("printable", 0x13), ("utf8", 0x0C)])
def test_the_cnpj_is_written_in_three_ways(brasil: IcpBrasil, san: San, tag: int) -> None:
    """As OCTET STRING, PrintableString or UTF8String."""
    assert [bytes([tag, 14]) + b"10142785000190"] == owner(brasil.ecnpj(san=san), CNPJ)


def test_a_person_has_no_cnpj(brasil: IcpBrasil) -> None:
    """An e-CPF has birthday and CPF instead."""
    leaf = brasil.ecpf()
    assert [] == owner(leaf, CNPJ)
    assert owner(leaf, PERSON)[0][2:].startswith(b"0101198012345678909")


@pytest.mark.parametrize("legacy", [False, True], ids=["modern", "legacy"])
def test_a_pfx_opens_with_its_password(brasil: IcpBrasil, legacy: bool) -> None:
    """Key, certificate and both authorities come out again."""
    leaf = brasil.ecnpj()
    opened = pkcs12.load_pkcs12(leaf.pfx(legacy=legacy), leaf.password.encode())
    assert opened.cert is not None
    assert opened.key is not None
    assert leaf.certificate == opened.cert.certificate
    assert leaf.certificate.public_key() == opened.key.public_key()
    assert [brasil.intermediate, brasil.root] == [
        each.certificate.public_bytes(Encoding.DER) for each in opened.additional_certs
    ]


def test_rc2_is_the_published_one() -> None:
    """A vector of RFC 2268 (64 effective bits), as far as it concerns one block."""
    key, plain = b"\xff" * 8, b"\xff" * 8
    assert bytes.fromhex("278b27e42e2f0d49") == rc2.encrypted(key, bytes(8), plain)[:8]


def handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject:
    """Client and server in one thread, through memory; the server's end."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(down, up, server_hostname="localhost"),
        server.wrap_bio(up, down, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ends[1]


@pytest.mark.parametrize("whole", [True, False], ids=["leaf and intermediate", "leaf alone"])
def test_tls_needs_leaf_and_intermediate(brasil: IcpBrasil, whole: bool, tmp_path: Path) -> None:
    """Who trusts the root alone has to be shown the intermediate as well."""

    def context(protocol: int, leaf: Leaf, shown: bytes) -> ssl.SSLContext:
        made = ssl.SSLContext(protocol)
        file = tmp_path / f"{protocol}.pem"
        file.write_bytes(shown + leaf.key_pem)
        made.load_cert_chain(file)
        made.load_verify_locations(cadata=brasil.root_pem.decode())
        made.verify_mode = ssl.CERT_REQUIRED
        made.verify_flags |= ssl.VERIFY_X509_STRICT
        return made

    here, there = brasil.ecnpj(), brasil.server()
    server = context(ssl.PROTOCOL_TLS_SERVER, there, there.chain_pem)
    client = context(ssl.PROTOCOL_TLS_CLIENT, here, here.chain_pem if whole else here.pem)
    if whole:
        assert here.cer == handshake(server, client).getpeercert(binary_form=True)
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(server, client)
