"""CNPJ, CPF, protocol: what is taken, and what is refused under which slug."""

import pytest

from schemas.br.check_digit import check_digit
from schemas.br.cnpj import Cnpj
from schemas.br.cpf import Cpf
from schemas.br.protocol import Protocol
from schemas.invalid import Invalid


@pytest.mark.parametrize(
    "given",
    ["10142785000190", "00000000037940", "11222333000181", "10142785000271", "12ABC34501DE35", "0X0J92JY000196"],
)
def test_takes_a_cnpj(given: str) -> None:
    """Digits, or digits and capitals; leading zeros count."""
    assert given == str(Cnpj(given))


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ("10142785000191", "cnpj-check-digit"),
        ("12ABC34501DE34", "cnpj-check-digit"),
        ("00000000000000", "cnpj-check-digit"),
        ("12abc34501de35", "cnpj-malformed"),
        ("1014278500019", "cnpj-malformed"),
        ("1014278500019A", "cnpj-malformed"),
        ("10.142.7850001-90", "cnpj-malformed"),
        ("１０１４２７８５０００１９０", "cnpj-malformed"),
        ("", "cnpj-malformed"),
    ],
)
def test_refuses_a_cnpj(given: str, slug: str) -> None:
    """Wrong digits and wrong shapes are told apart; nothing is folded or stripped to make it fit."""
    with pytest.raises(Invalid) as wrong:
        Cnpj(given)
    assert slug == wrong.value.slug


def test_a_printed_cnpj_is_the_same() -> None:
    """The complete punctuation goes, with letters too."""
    assert Cnpj("10142785000190") == Cnpj(" 10.142.785/0001-90 ")
    assert Cnpj("12ABC34501DE35") == Cnpj("12.ABC.345/01DE-35")


def test_branches_share_their_base() -> None:
    """Head office and branch 0002."""
    assert "10142785" == Cnpj("10142785000190").base == Cnpj("10142785000271").base


def test_letters_are_not_for_events_yet() -> None:
    """Read everywhere, refused where the official schema takes digits only."""
    assert "10142785000190" == str(Cnpj("10142785000190").for_event())
    with pytest.raises(Invalid, match="cnpj-alphanumeric-not-yet"):
        Cnpj("12ABC34501DE35").for_event()


@pytest.mark.parametrize("given", ["12345678909", "52998224725", "529.982.247-25", " 12345678909 "])
def test_takes_a_cpf(given: str) -> None:
    """Plain or printed."""
    assert given.strip().translate(str.maketrans("", "", ".-")) == str(Cpf(given))


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ("12345678900", "cpf-check-digit"),
        ("00000000000", "cpf-check-digit"),
        ("11111111111", "cpf-check-digit"),
        ("1234567890", "cpf-malformed"),
        ("529.98224725", "cpf-malformed"),
    ],
)
def test_refuses_a_cpf(given: str, slug: str) -> None:
    """Wrong digits, one digit repeated, wrong shapes."""
    with pytest.raises(Invalid) as wrong:
        Cpf(given)
    assert slug == wrong.value.slug


@pytest.mark.parametrize(
    ("given", "slug"),
    [
        ("", "protocol-missing"),
        ("  ", "protocol-missing"),
        ("135120000000020", "protocol-malformed"),
        ("13512000000002000", "protocol-malformed"),
        ("13512000000002 0", "protocol-malformed"),
        ("١٣٥١٢٠٠٠٠٠٠٠٠٢٠٠", "protocol-malformed"),
    ],
)
def test_refuses_a_protocol(given: str, slug: str) -> None:
    """Sixteen ASCII digits and nothing else."""
    with pytest.raises(Invalid) as wrong:
        Protocol(given)
    assert slug == wrong.value.slug


def test_takes_a_protocol() -> None:
    """What its parts say is not questioned: the seed of all examples has the year 12."""
    assert "1351200000000200" == str(Protocol(" 1351200000000200 "))


def test_the_seed_key_s_arithmetic() -> None:
    """Weighted sum 609, rest 4, digit 7 (published with the seed key)."""
    assert "7" == check_digit("3525051014278500019099000000000001130808503")
