"""A CSD is opened when everything fits, refused with its own slug when not, and never shows its key."""

import copy
import pickle
import traceback
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import der
from sandbox.certificates import SAT, Authority, KeyPair, key_pool
from schemas.messages import LANGUAGES, messages
from worker.signing.credentials import Csd, open_csd
from worker.signing.faults import CredentialFault

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2030, 1, 1, tzinfo=UTC)
EKU = "EKU9003173C9"
WHOLE = Authority(keys=key_pool).issue(EKU)


def opened(pair: KeyPair) -> Csd:
    """The pair, opened."""
    return open_csd(pair.cer, pair.key, pair.password)


def fault(act: Callable[[], Any]) -> CredentialFault:
    """How ``act`` fails; its slug must be one that a person can read about."""
    with pytest.raises(CredentialFault) as caught:
        act()
    assert all(caught.value.slug in messages(language) for language in LANGUAGES)
    return caught.value


def test_says_what_the_certificate_says(authority: Authority) -> None:
    """Number, owner, serial and validity come out as they were put in."""
    pair = authority.issue(EKU, not_before=START, not_after=END, number="30001000000599990001", name="UNA SA DE CV")
    csd = opened(pair)
    assert (
        csd.rfc,
        csd.number,
        csd.name,
        csd.not_before,
        csd.not_after,
    ) == (EKU, "30001000000599990001", "UNA SA DE CV", START, END)
    assert int.from_bytes(b"30001000000599990001", "big") == csd.serial
    assert csd.issuer_name.endswith(f"O={SAT},CN=AC SANDBOX")


@pytest.mark.parametrize(
    ("rfc", "name", "t61"),
    [
        ("ZUÑ920208KL4", "ZAPATERÍA ÑERI SA DE CV", True),
        ("ZUÑ920208KL4", "ZAPATERÍA ÑERI SA DE CV", False),
        ("H&E951128469", "HERRERÍA & CÍA", True),
        ("CACX7605101P8", "XÓCHITL CASAS", True),
    ],
)
def test_reads_names_that_strict_parsers_refuse(authority: Authority, rfc: str, name: str, t61: bool) -> None:
    """Ñ, ``&`` and accents are read whichever string type holds them, of companies and of persons."""
    csd = opened(authority.issue(rfc, name=name, t61=t61))
    assert (rfc, name) == (csd.rfc, csd.name)
    csd.check(unicodedata.normalize("NFD", rfc).lower(), datetime.now(UTC))


@pytest.mark.parametrize(
    "organization", ["Servicio de Administración Tributaria", "SERVICIO  DE ADMINISTRACIÓN TRIBUTARIA"]
)
def test_knows_sat_by_all_its_spellings(authority: Authority, organization: str) -> None:
    """Accents, case and spacing of SAT's own name have changed over the years."""
    assert opened(authority.issue(EKU, organization=organization)).rfc == EKU


@pytest.mark.parametrize("password", [" con espacios ", "ñandú", "$&<>'\"", "x" * 200])
def test_takes_passwords_as_they_are(authority: Authority, password: str) -> None:
    """Spaces at the ends, letters beyond ASCII and signs are part of a password; octets do as well as text."""
    pair = authority.issue(EKU, password=password)
    assert opened(pair).rfc == open_csd(pair.cer, pair.key, password.encode()).rfc == EKU


@pytest.mark.parametrize(
    "password", [" Llave de prueba 1", "Llave de prueba 1\n", "llave de prueba 1", "otra", "\ud800"]
)
def test_never_bends_a_password(authority: Authority, password: str) -> None:
    """A space, a line end or a letter's case more is another password; no text breaks the reader."""
    pair = authority.issue(EKU)
    assert fault(lambda: open_csd(pair.cer, pair.key, password)).slug == "csd-wrong-password"


@pytest.mark.parametrize("password", ["", b"", None])
def test_a_missing_password_is_told_apart_from_a_wrong_one(authority: Authority, password: str | bytes | None) -> None:
    """Nothing was given, so nothing was wrong."""
    pair = authority.issue(EKU)
    assert fault(lambda: open_csd(pair.cer, pair.key, password)).slug == "csd-password-missing"


def test_refuses_files_that_are_something_else(authority: Authority) -> None:
    """Swapped files, cut files, other files and endless files each blame the right one."""
    pair = authority.issue(EKU)
    for cer in (pair.key, pair.cer[:-1], pair.cer + b"\n", b"", b"MII", b"\x30" * 100_000):
        assert fault(partial(open_csd, cer, pair.key, pair.password)).slug == "csd-certificate-unreadable"
    for key in (pair.cer, pair.key[:-1], b"", b"MII", b"\x30" * 100_000):
        assert fault(partial(open_csd, pair.cer, key, pair.password)).slug == "csd-key-unreadable"


def test_refuses_the_key_of_another_certificate(authority: Authority) -> None:
    """Certificate and key of two pairs, as they get mixed up after a renewal."""
    one, other = authority.issue(EKU), authority.issue(EKU)
    assert fault(lambda: open_csd(one.cer, other.key, other.password)).slug == "csd-key-mismatch"


def test_refuses_an_e_firma(authority: Authority) -> None:
    """A FIEL signs contracts, not cancellations; it is refused before its password is asked for."""
    pair = authority.issue(EKU, kind="fiel")
    assert fault(lambda: opened(pair)).slug == "csd-is-fiel"
    assert fault(lambda: open_csd(pair.cer, pair.key, None)).slug == "csd-is-fiel"


def test_refuses_certificates_of_other_authorities(authority: Authority) -> None:
    """Another organization, a number that is not SAT's, no RFC, the authority's own certificate."""
    pair = authority.issue(EKU)
    for cer in (
        authority.issue(EKU, organization="Certificados Baratos SA").cer,
        authority.issue(EKU, number="ABCDEFGHIJKLMNOPQRST").cer,
        authority.issue(EKU, number="123").cer,
        authority.issue(" / ").cer,
        authority.certificate,
        home_made(key_pool()),
    ):
        assert fault(partial(open_csd, cer, pair.key, pair.password)).slug == "csd-not-sat"


@pytest.mark.parametrize("usage", [None, x509.KeyUsage(True, False, False, False, False, False, False, False, False)])
def test_refuses_certificates_that_cannot_seal(authority: Authority, usage: x509.KeyUsage | None) -> None:
    """A certificate without key usage, or without non-repudiation, is no CSD."""
    pair = authority.issue(EKU)
    cer = home_made(key_pool(), organization=SAT, rfc=EKU, serial=b"30001000000500000001", usage=usage)
    assert fault(lambda: open_csd(cer, pair.key, pair.password)).slug == "csd-wrong-purpose"


@pytest.mark.parametrize(
    ("slug", "found", "put"),
    [
        ("csd-certificate-unreadable", b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x42"),
        ("csd-certificate-unreadable", b"\x02\x03\x01\x00\x01", b"\x02\x03\x81\x00\x01"),
        ("csd-wrong-purpose", b"\x06\x03\x55\x1d\x0f", b"\x06\x03\x55\x1d\x13"),
        ("csd-key-not-rsa", der.oid("1.2.840.113549.1.1.1"), der.oid("1.2.840.113549.1.1.99")),
    ],
    ids=["version", "exponent", "extension twice", "unknown key"],
)
def test_refuses_certificates_that_the_library_stumbles_over(
    authority: Authority, slug: str, found: bytes, put: bytes
) -> None:
    """A version of the future, a negative exponent, an extension twice, a kind of key that nobody knows."""
    pair = authority.issue(EKU)
    assert found in pair.cer
    assert fault(partial(open_csd, pair.cer.replace(found, put), pair.key, pair.password)).slug == slug


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@settings(max_examples=200, deadline=None)
@given(place=st.integers(min_value=0), octet=st.integers(min_value=0, max_value=255))
def test_a_damaged_certificate_is_never_more_than_a_fault(place: int, octet: int) -> None:
    """Whatever octet is changed, nothing but a slug comes out (the password is not there to be tried)."""
    damaged = bytearray(WHOLE.cer)
    damaged[place % len(damaged)] = octet
    assert fault(partial(open_csd, bytes(damaged), WHOLE.key, "")).slug.startswith("csd-")


def test_refuses_other_kinds_of_keys(authority: Authority) -> None:
    """Only RSA seals CFDI; a certificate of an elliptic key is refused by its own slug."""
    pair = authority.issue(EKU)
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    key = ec.generate_private_key(ec.SECP256R1())
    cer = home_made(key, organization=SAT, rfc=EKU, serial=b"30001000000500000001", usage=usage)
    assert fault(lambda: open_csd(cer, pair.key, pair.password)).slug == "csd-key-not-rsa"


def test_both_ends_of_the_validity_are_inside(authority: Authority) -> None:
    """The first and the last second are valid, the one before and the one after are not."""
    csd = opened(authority.issue(EKU, not_before=START, not_after=END))
    second = timedelta(seconds=1)
    csd.check(EKU, START)
    csd.check(EKU, END)
    assert fault(lambda: csd.check(EKU, START - second)).slug == "csd-not-yet-valid"
    assert fault(lambda: csd.check(EKU, END + second)).slug == "csd-expired"


def test_only_an_expired_one_may_be_let_through(authority: Authority) -> None:
    """``allow_expired`` forgives the end of the validity, neither its beginning nor the owner."""
    csd = opened(authority.issue(EKU, not_before=START, not_after=END))
    csd.check(EKU, END + timedelta(days=1), allow_expired=True)
    assert fault(lambda: csd.check(EKU, START - timedelta(days=1), allow_expired=True)).slug == "csd-not-yet-valid"
    assert fault(lambda: csd.check("CACX7605101P8", END, allow_expired=True)).slug == "csd-foreign-rfc"


def test_signs_for_its_owner_only(authority: Authority) -> None:
    """Neither another taxpayer nor the company's own representative may use it, and the fault names both."""
    csd = opened(authority.issue(EKU, representative="CACX7605101P8"))
    wrong = fault(lambda: csd.check("CACX7605101P8", datetime.now(UTC)))
    assert (wrong.slug, wrong.facts) == ("csd-foreign-rfc", {"belongs_to": EKU, "wanted": "CACX7605101P8"})


def test_no_text_of_it_shows_key_or_password(authority: Authority) -> None:
    """repr and str of the CSD, and whole tracebacks of its faults, hold neither."""
    pair = authority.issue(EKU, password="muy-secreta-123")
    csd = opened(pair)
    numbers = csd.key.private_numbers()
    texts = [repr(csd), str(csd), f"{csd}"]
    for cer, key, word in (
        (pair.cer, pair.key, "muy-secreta-124"),
        (pair.cer, pair.cer, "muy-secreta-123"),
        (pair.key, pair.key, "muy-secreta-123"),
        (pair.cer, authority.issue(EKU, password="muy-secreta-123").key, "muy-secreta-123"),
    ):
        wrong = fault(partial(open_csd, cer, key, word))
        texts += [*traceback.format_exception(wrong), repr(wrong)]
        assert wrong.__cause__ is None
    shown = "".join(texts)
    assert not [secret for secret in ("muy-secreta", str(numbers.d), str(numbers.p), "PRIVATE") if secret in shown]


def test_never_leaves_its_process(authority: Authority) -> None:
    """Neither pickle nor copy makes another one of it."""
    csd = opened(authority.issue(EKU))
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stays in the process"):
            leave(csd)


def home_made(
    key: Any,
    *,
    organization: str = "Hecho en casa",
    rfc: str | None = None,
    serial: bytes = b"\x01",
    usage: x509.KeyUsage | None = None,
) -> bytes:
    """A self-signed certificate (DER) as a developer makes one, with as much of SAT's shape as the test wants."""
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)]
    if rfc:
        names.append(x509.NameAttribute(x509.ObjectIdentifier("2.5.4.45"), rfc))
    name = x509.Name(names)
    builder = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(int.from_bytes(serial, "big"))
        .not_valid_before(START)
        .not_valid_after(END)
    )
    if rfc:
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if usage:
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
