"""The four ways of naming a certificate."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.certificates import key_pool
from sandbox.certificates_br import IcpBrasil, Leaf
from worker.signing.certificate_name import resolve
from worker.signing.faults import CredentialFault

PASSWORD = "canário |5| ecreta "  # ends with a blank
OTHER = "11222333000181"
END_OF_2024 = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def brasil() -> IcpBrasil:
    """A hierarchy on pooled keys."""
    return IcpBrasil(keys=key_pool, password=PASSWORD)


@pytest.fixture(scope="module")
def leaf(brasil: IcpBrasil) -> Leaf:
    """The certificate that is looked for."""
    return brasil.ecnpj(name="EMPRESA, FILHOS & CIA")


@pytest.fixture
def store(tmp_path: Path, brasil: IcpBrasil, leaf: Leaf) -> Path:
    """A directory with it, its expired predecessor, another company's, one that nobody can open, and other files."""
    old = brasil.ecnpj(name="EMPRESA, FILHOS & CIA", validity=(leaf.certificate.not_valid_before_utc, END_OF_2024))
    for name, each in (("a-old", old), ("current", leaf), ("other", brasil.ecnpj(OTHER, name="OUTRA"))):
        (tmp_path / f"{name}.pfx").write_bytes(each.pfx())
        (tmp_path / f"{name}.password").write_text(PASSWORD + "\n", "utf-8")
    (tmp_path / "locked.p12").write_bytes(leaf.pfx("unknown"))
    (tmp_path / "broken.PFX").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("x")
    return tmp_path


def serial(leaf: Leaf) -> str:
    """As Windows shows it: pairs, in lower case, with a zero in front."""
    digits = f"{leaf.certificate.serial_number:x}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    return " ".join(digits[start : start + 2] for start in range(0, len(digits), 2))


def test_a_file(tmp_path: Path, leaf: Leaf) -> None:
    """Blanks around keyword and path do not count; the password is everything behind the second bar."""
    file = tmp_path / "a1 da empresa.pfx"
    file.write_bytes(leaf.pfx())
    for text in (f"ARQUIVO|{file}|{PASSWORD}", f" arquivo | {file} |{PASSWORD}"):
        assert (leaf.pfx()[:4], PASSWORD) == (resolve(text)[0][:4], resolve(text)[1])
        assert file.read_bytes() == resolve(text)[0]


def test_itself(leaf: Leaf) -> None:
    """Base64, on one line or on several."""
    pfx = leaf.pfx()
    for text in (base64.b64encode(pfx), base64.encodebytes(pfx)):
        assert (pfx, PASSWORD) == resolve(f"CERTIFICADO|{text.decode()}|{PASSWORD}")
    assert (pfx, "") == resolve(f"CERTIFICADO|{base64.b64encode(pfx).decode()}|")


@pytest.mark.parametrize("kind", ["numeroserie|{}", "NUMEROSERIE | 00{} "])
def test_a_serial_number(kind: str, store: Path, leaf: Leaf) -> None:
    """Case, blanks, colons and zeros in front do not count."""
    expected = ((store / "current.pfx").read_bytes(), PASSWORD)
    assert expected == resolve(kind.format(serial(leaf)), store=store)
    assert expected == resolve(kind.format(serial(leaf).upper().replace(" ", ":")), store=store)


def test_a_subject(store: Path, leaf: Leaf) -> None:
    """In either order, S for ST, spaces after commas; of a renewed certificate the one that lasts longest."""
    written = (
        "CN=EMPRESA, FILHOS & CIA:10142785000190, OU=videoconferencia, OU=99999999000191, OU=RFB e-CNPJ A1, "
        "OU=Secretaria da Receita Federal do Brasil - RFB, L=OURINHOS, S=SP, O=ICP-Brasil, C=BR"
    )
    turned = (
        "c=BR,o=ICP-Brasil,st=SP,l=Ourinhos,ou=Secretaria da Receita Federal do Brasil - RFB,ou=RFB e-CNPJ A1,"
        "ou=99999999000191,ou=videoconferencia,cn=EMPRESA, FILHOS & CIA:10142785000190"
    )
    for text in (written, turned):
        assert ((store / "current.pfx").read_bytes(), PASSWORD) == resolve(text, store=store)


def test_a_given_password_opens_what_has_none_beside_it(store: Path, leaf: Leaf) -> None:
    """And is returned with it."""
    (store / "current.pfx").unlink()
    pfx, password = resolve(f"NUMEROSERIE|{serial(leaf)}", store=store, password="unknown")
    assert ((store / "locked.p12").read_bytes(), "unknown") == (pfx, password)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("", "certificate-name-missing"),
        ("  ", "certificate-name-missing"),
        ("EMPRESA", "certificate-name-malformed"),
        ("PASTA|/x|secreta", "certificate-name-malformed"),
        ("|/x|secreta", "certificate-name-malformed"),
        ("ARQUIVO||secreta", "certificate-name-malformed"),
        ("CERTIFICADO|MII*|secreta", "certificate-name-malformed"),
        ("NUMEROSERIE|xyz", "certificate-name-malformed"),
        ("NUMEROSERIE|12|secreta", "certificate-name-parts"),
        ("ARQUIVO|/x", "certificate-name-parts"),
        ("CERTIFICADO|MIIG", "certificate-name-parts"),
        ("ARQUIVO|/nowhere/at/all.pfx|secreta", "certificate-file-unreadable"),
        ("ARQUIVO|/nul\0|secreta", "certificate-file-unreadable"),
        ("NUMEROSERIE|12", "certificate-not-found"),
        ("CN=NINGUEM:10142785000190", "certificate-not-found"),
    ],
)
def test_refuses(text: str, slug: str, store: Path) -> None:
    """Each fault under its own slug; no password gets into it."""
    with pytest.raises(CredentialFault) as fault:
        resolve(text, store=store)
    assert slug == fault.value.slug
    assert "secreta" not in str(fault.value)
    assert fault.value.__cause__ is None


def test_without_a_directory_there_is_nothing_to_search(tmp_path: Path) -> None:
    """Neither when none is named nor when it is not there."""
    for store, slug in ((None, "certificate-store-missing"), (tmp_path / "no", "certificate-file-unreadable")):
        with pytest.raises(CredentialFault) as fault:
            resolve("NUMEROSERIE|12", store=store)
        assert slug == fault.value.slug
