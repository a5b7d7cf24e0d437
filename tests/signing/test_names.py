"""Names come out of a certificate whatever string type holds them."""

from datetime import UTC, datetime

import pytest
from cryptography import x509

from sandbox import certificates, der, issuing
from sandbox.certificates import key_pool
from worker.signing import names


def certificate(*subject: tuple[str, int, str]) -> x509.Certificate:
    """A certificate with this subject, issued by SAT's stand-in."""
    key = key_pool()
    day = datetime(2026, 1, 1, tzinfo=UTC)
    octets = issuing.certificate(
        1, certificates._authority_name("SAT"), subject, (day, day), key.public_key(), (issuing.NO_CA,), key
    )
    return x509.load_der_x509_certificate(octets)


def test_every_string_type_in_use_is_read() -> None:
    """UTF-8, printable, IA5 and Latin-1 in T61; an attribute without a short name keeps its number."""
    _, subject = names.issuer_and_subject(
        certificate(
            ("2.5.4.3", der.T61, "ÑANDÚ & CÍA"),
            ("2.5.4.10", der.UTF8, "Ñandú"),
            ("2.5.4.6", der.PRINTABLE, "MX"),
            ("1.2.840.113549.1.9.1", der.IA5, "a@example.com"),
            ("1.2.3.4", der.UTF8, "x"),
        )
    )
    expected = (("CN", "ÑANDÚ & CÍA"), ("O", "Ñandú"), ("C", "MX"), ("emailAddress", "a@example.com"), ("1.2.3.4", "x"))
    assert expected == subject
    assert names.first(subject, "O") == "Ñandú"
    assert names.first(subject, "L") is None


def test_one_line_runs_backwards_and_escapes_nothing() -> None:
    """The last attribute comes first; commas inside a value stay as they are."""
    issuer, _ = names.issuer_and_subject(certificate(("2.5.4.3", der.UTF8, "x")))
    line = names.one_line(issuer)
    assert line.startswith("unstructuredName=responsable: SANDBOX,x500UniqueIdentifier=2.5.4.45,L=CUAUHTEMOC,ST=")
    assert "street=Calle Falsa 123, Col. Centro,emailAddress=sandbox@example.com,OU=" in line


@pytest.mark.parametrize(
    ("tag", "text"), [(der.UTF8, "a\0b"), (der.T61, "línea\nnueva"), (0x04, "")], ids=["nul", "line end", "no string"]
)
def test_refuses_text_that_is_no_name(tag: int, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control characters and other types have no place in a name (nor, later, in XML)."""
    monkeypatch.setattr(der, "text", lambda tag, value: der.tlv(tag, value.encode("latin-1")))
    with pytest.raises(ValueError, match=r"no string|control character"):
        names.issuer_and_subject(certificate(("2.5.4.3", tag, text)))
