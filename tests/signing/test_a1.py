"""Opening an A1: whose it is, what it is for, and every way in which it can be of no use."""

import copy
import pickle
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificates

from sandbox import der
from sandbox.certificates import key_pool
from sandbox.certificates_br import SERVER, IcpBrasil, Leaf, San, pem
from tests.services.certificates import issue
from worker.signing.a1 import A1, open_a1
from worker.signing.faults import CredentialFault

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CNPJ = "10142785000190"
PASSWORD = "senha canário 5ecreta"


@pytest.fixture(scope="module")
def brasil() -> IcpBrasil:
    """A hierarchy on pooled keys."""
    return IcpBrasil(keys=key_pool, password=PASSWORD)


@pytest.fixture(scope="module")
def leaf(brasil: IcpBrasil) -> Leaf:
    """Any company's certificate."""
    return brasil.ecnpj()


def opened(leaf: Leaf) -> A1:
    """The leaf's A1."""
    return open_a1(leaf.pfx(), leaf.password)


@pytest.mark.parametrize("legacy", [False, True], ids=["modern", "legacy"])
def test_opens_old_and_new(leaf: Leaf, legacy: bool) -> None:
    """AES as well as RC2-40 and triple DES; accents in the password."""
    a1 = open_a1(leaf.pfx(legacy=legacy), PASSWORD)
    assert (CNPJ, leaf.cer, leaf.key.private_numbers()) == (str(a1.cnpj), a1.cer, a1.key.private_numbers())
    assert "EMPRESA DE TESTE LTDA" == a1.name


@pytest.mark.parametrize("san", ["octet", "printable", "utf8", None])
def test_finds_the_cnpj_in_every_encoding(brasil: IcpBrasil, san: San | None) -> None:
    """In the alternative name, and failing that in the common name."""
    assert CNPJ == str(opened(brasil.ecnpj(san=san)).cnpj)


def test_the_representative_s_cpf_is_not_the_owner(brasil: IcpBrasil) -> None:
    """An e-CNPJ names a person as well."""
    assert b"12345678909" in brasil.ecnpj().cer
    assert CNPJ == str(opened(brasil.ecnpj()).cnpj)


def test_a_cnpj_with_letters_is_one(brasil: IcpBrasil) -> None:
    """Certificates may be ahead of the event's schema."""
    assert "12ABC345" == opened(brasil.ecnpj("12ABC34501DE35")).cnpj.base


def test_odd_names_are_read(brasil: IcpBrasil) -> None:
    """Latin-1 in T61String, and an address that makes strict parsers give up the whole extension."""
    a1 = opened(brasil.ecnpj(name="AÇÚCAR & PÃO, LTDA", t61=True, mail="joão@example.com"))
    assert (CNPJ, "AÇÚCAR & PÃO, LTDA") == (str(a1.cnpj), a1.name)


def test_shows_itself_with_its_intermediates(brasil: IcpBrasil, leaf: Leaf) -> None:
    """Leaf first; the root is nobody's business."""
    a1 = opened(leaf)
    assert [leaf.certificate, load_der_x509_certificate(brasil.intermediate)] == load_pem_x509_certificates(a1.chain)
    assert (brasil.intermediate,) == a1.above
    assert a1.chained


def test_a_missing_chain_can_be_completed(brasil: IcpBrasil, leaf: Leaf) -> None:
    """From a bundle, in which others may lie as well."""
    bare = leaf.pfx(chain=False)
    assert not open_a1(bare, PASSWORD).chained
    stranger = IcpBrasil(keys=key_pool).intermediate
    bundle = pem(stranger) + brasil.bundle_pem
    assert open_a1(leaf.pfx(), PASSWORD).chain == open_a1(bare, PASSWORD, authorities=bundle).chain
    with pytest.raises(CredentialFault, match="authorities-unreadable"):
        open_a1(bare, PASSWORD, authorities=b"no PEM")


@pytest.mark.parametrize(
    ("author", "at", "slug"),
    [
        (CNPJ, NOW, None),
        ("10142785000271", NOW, None),
        ("11222333000181", NOW, "a1-foreign-base"),
        (CNPJ, datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC), "a1-not-yet-valid"),
        (CNPJ, datetime(2024, 1, 1, tzinfo=UTC), None),
        (CNPJ, datetime(2045, 1, 1, tzinfo=UTC), None),
        (CNPJ, datetime(2045, 1, 1, 0, 0, 1, tzinfo=UTC), "a1-expired"),
    ],
)
def test_signs_for_its_company_while_it_is_valid(leaf: Leaf, author: str, at: datetime, slug: str | None) -> None:
    """Head office and branches, both ends included."""
    try:
        opened(leaf).check(author, at)
        said = None
    except CredentialFault as fault:
        said = fault.slug
    assert slug == said


def test_an_expired_one_may_be_allowed(brasil: IcpBrasil) -> None:
    """For tests of old documents; nothing else is forgiven."""
    a1 = opened(brasil.expired())
    a1.check(CNPJ, NOW, allow_expired=True)
    with pytest.raises(CredentialFault, match="a1-expired"):
        a1.check(CNPJ, NOW)
    with pytest.raises(CredentialFault, match="a1-foreign-base"):
        a1.check("11222333000181", NOW, allow_expired=True)


def test_persons_and_servers_do_not_sign(brasil: IcpBrasil) -> None:
    """An e-CPF has no CNPJ; a server's certificate has another purpose."""
    person, server = brasil.ecpf(), brasil.ecnpj(purposes=(SERVER,))
    for leaf, slug in ((person, "a1-without-cnpj"), (brasil.server(), "a1-without-cnpj"), (server, "a1-wrong-purpose")):
        with pytest.raises(CredentialFault) as fault:
            opened(leaf)
        assert slug == fault.value.slug


@pytest.mark.parametrize("password", ["", "errada", PASSWORD + " ", PASSWORD.upper(), "\udcff"])
@pytest.mark.parametrize("legacy", [False, True], ids=["modern", "legacy"])
def test_a_wrong_password_is_told(leaf: Leaf, password: str, legacy: bool) -> None:
    """Whatever it is, and it is shown nowhere."""
    with pytest.raises(CredentialFault) as fault:
        open_a1(leaf.pfx(legacy=legacy), password)
    assert "a1-wrong-password" == fault.value.slug
    assert {} == fault.value.facts
    assert fault.value.__cause__ is None


def test_old_ciphers_that_are_switched_off_are_told(leaf: Leaf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where OpenSSL has no legacy provider, the password is not to blame; a modern PFX is not concerned."""
    monkeypatch.setattr("worker.signing.pfx.openssl._legacy_provider_loaded", False)
    for legacy, slug in ((True, "a1-legacy-unsupported"), (False, "a1-wrong-password")):
        with pytest.raises(CredentialFault) as fault:
            open_a1(leaf.pfx(legacy=legacy), "errada")
        assert slug == fault.value.slug


def test_what_is_no_pfx_is_told(leaf: Leaf) -> None:
    """Empty, text, cut off, a certificate alone, too large."""
    pfx = leaf.pfx()
    for content in (b"", b"-----BEGIN", b"\x30", pfx[:-1], pfx[: len(pfx) // 2], leaf.cer, pfx + b"\0" * 300_000):
        with pytest.raises(CredentialFault) as fault:
            open_a1(content, PASSWORD)
        assert "a1-unreadable" == fault.value.slug


def test_a_pfx_that_asks_for_hours_is_not_tried(leaf: Leaf) -> None:
    """Its number of rounds is read before it is obeyed."""
    usual, hours = der.integer(2048), der.integer(2**31 - 1)
    pfx = leaf.pfx(legacy=True)
    assert pfx.count(usual) == 3
    hostile = pfx[::-1].replace(usual[::-1], hours[::-1], 1)[::-1]
    grown = hostile[:2] + (int.from_bytes(hostile[2:4], "big") + 2).to_bytes(2, "big") + hostile[4:]
    with pytest.raises(CredentialFault) as fault:
        open_a1(grown, PASSWORD)
    assert "a1-unreadable" == fault.value.slug


def test_a_pfx_needs_a_key_and_an_rsa_one(leaf: Leaf) -> None:
    """Certificates alone, and a key of another kind."""
    sealing = BestAvailableEncryption(b"x")
    bare = pkcs12.serialize_key_and_certificates(b"a1", None, None, [leaf.certificate], sealing)
    other = pkcs12.serialize_key_and_certificates(b"a1", ec.generate_private_key(ec.SECP256R1()), None, None, sealing)
    for content in (bare, other):
        with pytest.raises(CredentialFault, match="a1-without-key"):
            open_a1(content, "x")


def test_the_key_stays_where_it_is(leaf: Leaf) -> None:
    """No text shows it, no copy is made."""
    a1 = opened(leaf)
    assert str(leaf.key.private_numbers().d) not in repr(a1)
    assert "BEGIN" not in repr(a1)
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stays in the process"):
            leave(a1)


def test_an_elliptic_certificate_is_not_for_sefaz() -> None:
    """RSA is what its signature profile asks for."""
    chain = issue()
    key = load_pem_private_key(chain.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    (certificate,) = load_pem_x509_certificates(chain.certificate)
    pfx = pkcs12.serialize_key_and_certificates(b"a1", key, certificate, None, BestAvailableEncryption(b"x"))
    with pytest.raises(CredentialFault, match="a1-key-not-rsa"):
        open_a1(pfx, "x")


def test_an_extension_that_is_broken_makes_it_unreadable(brasil: IcpBrasil, monkeypatch: pytest.MonkeyPatch) -> None:
    """An owner's name without a value; no other fault leaves the opening."""
    monkeypatch.setattr("sandbox.certificates_br._other_name", lambda oid, *_: der.tlv(0xA0, der.oid(oid)))
    with pytest.raises(CredentialFault, match="a1-unreadable"):
        opened(brasil.ecnpj())


def test_a_certificate_without_restrictions_serves(brasil: IcpBrasil, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without key usage every use is allowed."""
    monkeypatch.setattr("sandbox.certificates_br.key_usage", lambda *_: b"")
    assert CNPJ == str(opened(brasil.ecnpj()).cnpj)
