"""The access key: its parts, and each way in which it can be wrong."""

import pytest

from schemas.br.access_key import AccessKey
from schemas.br.check_digit import check_digit
from schemas.br.uf import by_sigla
from schemas.invalid import Invalid

SEED = "35250510142785000190990000000000011308085037"


def key(**parts: str) -> str:
    """The seed's key with other parts and the check digit that follows from them."""
    usual = {
        "uf": "35", "month": "2505", "cnpj": "10142785000190", "model": "99", "series": "000", "number": "000000001",
        "form": "1", "emitter": "3", "site": "0", "code": "808503",
    }  # fmt: skip
    text = "".join((usual | parts).values())
    return text + check_digit(text)


@pytest.mark.parametrize(
    "given",
    [
        SEED,
        "53260547712795000124990000005713151208020940",
        "53260547712795000124990002647527991200744635",
        "41260912345678000195990010000000421011234561",
    ],
)
def test_takes_keys(given: str) -> None:
    """Those of the sheet."""
    assert given == str(AccessKey(given)) == str(AccessKey(given).for_event())


def test_its_parts() -> None:
    """Each position holds what the manual says."""
    found = AccessKey("53260547712795000124990000005713151208020940")
    assert ("DF", 2026, 5, "47712795000124") == (found.uf.sigla, found.year, found.month, str(found.cnpj))
    assert ("000", "000571315", "2", "0") == (found.series, found.number, found.emitter, found.site)


def test_a_printed_key_is_the_same() -> None:
    """Eleven groups of four."""
    groups = [SEED[start : start + 4] for start in range(0, 44, 4)]
    assert SEED == str(AccessKey("  " + " ".join(groups)))


@pytest.mark.parametrize(
    ("given", "slug", "value"),
    [
        ("", "access-key-missing", ""),
        (SEED[:-1], "access-key-length", "43"),
        (SEED + "0", "access-key-length", "45"),
        (" ".join(SEED), "access-key-length", "87"),
        (key(uf="34"), "access-key-uf", "34"),
        (key(uf="ab"), "access-key-uf", "ab"),
        (SEED.replace("10142785", "1014278a"), "access-key-malformed", None),
        (SEED[:-1] + "６", "access-key-malformed", None),
        (SEED[:-1] + "6", "access-key-check-digit", None),
        (key(model="55"), "access-key-model", "55"),
        (key(month="2500"), "access-key-month", "00"),
        (key(month="2513"), "access-key-month", "13"),
        (key(number="000000000"), "access-key-number", None),
        (key(cnpj="10142785000191"), "access-key-cnpj", "10142785000191"),
        (key(cnpj="00000000000000"), "access-key-cnpj", None),
    ],
)
def test_refuses_keys(given: str, slug: str, value: str | None) -> None:
    """Under the slug of what is wrong first, with the part that is wrong."""
    with pytest.raises(Invalid) as wrong:
        AccessKey(given)
    assert slug == wrong.value.slug
    assert value in (None, wrong.value.value)


def test_letters_are_read_and_not_for_events_yet() -> None:
    """A CNPJ with letters in it makes a key, which the event schema does not take."""
    found = AccessKey(key(cnpj="12ABC34501DE35"))
    assert "12ABC345" == found.cnpj.base
    with pytest.raises(Invalid, match="access-key-alphanumeric-not-yet"):
        found.for_event()


def test_the_newest_kind_of_emitter_is_not_for_events_yet() -> None:
    """Kind 4 is authorised and has no event."""
    with pytest.raises(Invalid, match="access-key-emitter"):
        AccessKey(key(emitter="4")).for_event()


def test_what_is_no_text_is_missing() -> None:
    """A number, say from a spreadsheet."""
    with pytest.raises(Invalid, match="access-key-missing"):
        AccessKey(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sigla", "hours", "elsewhere"),
    [
        ("SP", -3, None),
        ("AC", -5, None),
        ("AM", -4, None),
        ("AM", -5, "America/Eirunepe"),
        ("PE", -2, "America/Noronha"),
    ],
)
def test_each_unit_has_its_clock(sigla: str, hours: int, elsewhere: str | None) -> None:
    """The capital's, or another that is chosen."""
    from datetime import UTC, datetime, timedelta

    uf = by_sigla(sigla)
    assert uf is not None
    assert timedelta(hours=hours) == datetime(2026, 11, 20, tzinfo=UTC).astimezone(uf.clock(elsewhere)).utcoffset()


@pytest.mark.parametrize("name", ["America/Nowhere", "../etc", "America"])
def test_an_unknown_zone_is_told(name: str) -> None:
    """Whatever is wrong with its name."""
    uf = by_sigla("PE")
    assert uf is not None
    with pytest.raises(Invalid, match="zone-unknown"):
        uf.clock(name)
