"""The stand-in for SAT's authority issues what SAT issues."""

from datetime import UTC, datetime
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key

from sandbox import der
from sandbox.certificates import SAT, Authority, KeyPool, key_pool

EKU = "EKU9003173C9"
UNIQUE = x509.ObjectIdentifier("2.5.4.45")


@pytest.fixture(scope="module")
def authority() -> Authority:
    """An authority on pooled keys."""
    return Authority(keys=key_pool)


def load(octets: bytes) -> x509.Certificate:
    """The certificate, read by a library that shares nothing with the writer."""
    return x509.load_der_x509_certificate(octets)


def test_a_pair_fits_and_is_signed_by_its_authority(authority: Authority) -> None:
    """The key opens with its password, belongs to the certificate, and the authority's signature verifies."""
    pair = authority.issue(EKU)
    certificate = load(pair.cer)
    certificate.verify_directly_issued_by(load(authority.certificate))
    assert certificate.public_key() == load_der_private_key(pair.key, pair.password.encode()).public_key()


def test_the_key_is_enveloped_as_sat_does(authority: Authority) -> None:
    """PBES2 with PBKDF2 in 2048 rounds and DES-EDE3-CBC."""
    key = authority.issue(EKU).key
    for mark in ("1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.2.840.113549.3.7"):
        assert der.oid(mark) in key
    assert der.integer(2048) in key


@pytest.mark.parametrize(
    ("kind", "extensions", "unit"), [("csd", 2, "Sucursal 1"), ("fiel", 4, None)], ids=["csd", "fiel"]
)
def test_csd_and_fiel_differ_as_sats_do(
    authority: Authority, kind: Literal["csd", "fiel"], extensions: int, unit: str | None
) -> None:
    """A CSD has a branch, two extensions and signs; a FIEL has none, four, and encrypts as well."""
    certificate = load(authority.issue(EKU, kind=kind).cer)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    units = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    assert len(certificate.extensions) == extensions
    assert [unit] == [each.value for each in units] or (unit is None and not units)
    assert usage.digital_signature
    assert usage.content_commitment
    assert (kind == "fiel") is usage.data_encipherment is usage.key_agreement


@pytest.mark.parametrize(
    ("rfc", "representative", "identifier"),
    [
        (EKU, None, f"{EKU} / PEPJ8001019QA"),
        (EKU, "CACX7605101P8", f"{EKU} / CACX7605101P8"),
        ("CACX7605101P8", None, "CACX7605101P8"),
    ],
)
def test_companies_have_a_representative(
    authority: Authority, rfc: str, representative: str | None, identifier: str
) -> None:
    """The unique identifier is the RFC, and for companies that of the representative after a slash."""
    subject = load(authority.issue(rfc, representative=representative).cer).subject
    assert [identifier] == [each.value for each in subject.get_attributes_for_oid(UNIQUE)]


def test_numbers_are_twenty_digits_and_never_repeat(authority: Authority) -> None:
    """The serial number's octets are the digits; each certificate has its own, or the one asked for."""
    pairs = [authority.issue(EKU), authority.issue(EKU), authority.issue(EKU, number="30001000000500003416")]
    numbers = [pair.number for pair in pairs]
    assert numbers == [load(pair.cer).serial_number.to_bytes(20, "big").decode() for pair in pairs]
    assert numbers[2] == "30001000000500003416"
    assert len(set(numbers)) == 3


def test_t61_subjects_defeat_strict_parsers_as_sats_do(authority: Authority) -> None:
    """The name is Latin-1 in T61String, so the library loads the certificate and refuses its subject."""
    pair = authority.issue("ZUÑ920208KL4", name="ZAPATERÍA ÑERI", t61=True)
    assert der.text(der.T61, "ZAPATERÍA ÑERI") in pair.cer
    with pytest.raises(ValueError, match="subject"):
        _ = load(pair.cer).subject


def test_validity_is_as_asked(authority: Authority) -> None:
    """Both ends, to the second."""
    start, end = datetime(2019, 6, 17, 20, 18, 6, tzinfo=UTC), datetime(2023, 6, 17, 20, 18, 6, tzinfo=UTC)
    certificate = load(authority.issue(EKU, not_before=start, not_after=end).cer)
    assert (start, end) == (certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def test_another_organization_is_another_authority(authority: Authority) -> None:
    """It has its own name and its own key: SAT's does not verify what it signed."""
    certificate = load(authority.issue(EKU, organization="Otra Autoridad").cer)
    names = certificate.issuer.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    assert ["Otra Autoridad"] == [each.value for each in names] != [SAT]
    with pytest.raises(ValueError, match="does not match certificate issuer"):
        certificate.verify_directly_issued_by(load(authority.certificate))


def test_a_pool_never_gives_the_same_key_twice_running() -> None:
    """Neighbours always differ, so that a mismatched pair can be made; the round begins again after the last."""
    pool = KeyPool(2)
    one, other, again = pool(), pool(), pool()
    assert one is again
    assert one.private_numbers() != other.private_numbers()


def test_secrets_are_not_in_the_repr(authority: Authority) -> None:
    """A failing test that prints a pair prints no password."""
    pair = authority.issue(EKU, password="no se muestra")
    assert f"KeyPair(rfc='{EKU}', number='{pair.number}')" == repr(pair)
