"""``cancela issuer``: credentials go in and never come out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.certificates import Authority, KeyPair
from sandbox.server import Sandbox
from tests.producers.cli.command import PAC_PASSWORD, RFC, Command

ID = f"default:mx:test:{RFC}"


def test_a_first_issuer_makes_the_house(cancela: Command, csd: KeyPair) -> None:
    """Ledger and master key are made when they are needed first; the issuer is shown without anything secret."""
    view = cancela.add_issuer(csd, "--mailbox", "avisos@empresa.example", "--zone", "America/Tijuana", "--json").json
    assert {
        "id": ID,
        "tenant": "default",
        "rail": "mx",
        "environment": "test",
        "tax_id": RFC,
        "account": "default:test:usuario",
        "zone": "America/Tijuana",
        "mailbox": "avisos@empresa.example",
        "production": False,
        "require_sat_status": False,
        "certificate": csd.number,
    } == {name: value for name, value in view.items() if name != "certificate_until"}
    assert {"cancela.db", "master.key"} <= {path.name for path in (cancela.folder / "home").iterdir()}
    assert [view] == cancela("issuer", "list", "--json").json


def test_secrets_show_nowhere(ready: Command, csd: KeyPair) -> None:
    """Neither what is printed nor a file of the home holds a password in clear, or the key as it was given."""
    words = (
        ("issuer", "list"),
        ("issuer", "check", RFC),
        ("doctor",),
        ("issuer", "list", "--json"),
        ("doctor", "--json"),
    )
    said = "".join(one.out + one.err for one in (ready(*each) for each in words))
    files = b"".join(path.read_bytes() for path in Path(ready.env["CANCELA_HOME"]).iterdir())
    for secret in (csd.password, PAC_PASSWORD, csd.password.strip(), PAC_PASSWORD.strip()):
        assert secret not in said
        assert secret.encode() not in files
    assert csd.key not in files


def test_production_must_be_confirmed(cancela: Command, csd: KeyPair) -> None:
    """Legally binding requests need the RFC typed once more."""
    without = cancela.add_issuer(csd, "--production", "--json")
    wrong = cancela.add_issuer(csd, "--production", "--confirm", "CACX7605101P8", "--json")
    right = cancela.add_issuer(csd, "--production", "--confirm", RFC, "--json")
    assert [(1, ["production-not-confirmed"])] * 2 == [(each.status, each.problems) for each in (without, wrong)]
    assert f"--production --confirm {RFC}" in without.err.replace("\\", "")
    assert (0, "production", True) == (right.status, right.json["environment"], right.json["production"])


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        (("--zone", "America/Atlantis"), "zone-unknown"),
        (("--option", "pac.nonsense=1"), "gateway-misconfigured"),
        (("--option", "sat.nonsense=1"), "gateway-misconfigured"),
    ],
)
def test_what_cannot_work_is_refused_at_once(cancela: Command, csd: KeyPair, words: tuple[str, ...], slug: str) -> None:
    """A zone or an endpoint that makes no sense is not left for the first job to find."""
    said = cancela.add_issuer(csd, *words, "--json")
    assert [slug] == said.problems
    assert [] == cancela("issuer", "list", "--json").json


@pytest.mark.parametrize("option", ["nonsense", "other.key=1", "pac=1", "production_confirmed=1"])
def test_an_option_of_no_table_is_a_usage_error(cancela: Command, csd: KeyPair, option: str) -> None:
    """Only the rail's own tables can be set; a confirmation for production cannot be smuggled in."""
    assert 2 == cancela.add_issuer(csd, "--option", option).status


def test_a_fiel_or_an_expired_certificate_is_not_registered(cancela: Command, authority: Authority) -> None:
    """The same checks as for signing."""
    now = datetime.now(UTC)
    fiel = authority.issue(RFC, kind="fiel")
    expired = authority.issue(RFC, not_before=now - timedelta(days=99), not_after=now - timedelta(days=9))
    assert ["csd-is-fiel"] == cancela.add_issuer(fiel, "--json").problems
    assert ["csd-expired"] == cancela.add_issuer(expired, "--json").problems


def test_check_says_what_stands_in_the_way(ready: Command) -> None:
    """A missing mailbox is worth a word, and no more than that; an unknown issuer is not found."""
    said = ready("issuer", "check", RFC.lower(), "--json")
    unknown = ready("issuer", "check", "XAXX010101000", "--json")
    assert (0, ["mailbox-missing"]) == (said.status, [each["slug"] for each in said.json[0]["problems"]])
    assert (3, ["issuer-unknown"]) == (unknown.status, unknown.problems)


def test_check_online_asks_the_pac(cancela: Command, csd: KeyPair, sandbox: Sandbox) -> None:
    """A good login passes; a wrong password is found before the first job."""
    cancela.meet(sandbox)
    good = [cancela.add_issuer(csd, user=sandbox.pac_user, password=sandbox.pac_password)]
    good.append(cancela("issuer", "check", ID, "--online"))
    cancela.add_issuer(csd, user=sandbox.pac_user, password="otra")
    bad = cancela("issuer", "check", ID, "--online", "--json")
    assert [0, 0] == [said.status for said in good]
    assert (1, True) == (bad.status, "pac-login-refused" in [each["slug"] for each in bad.json[0]["problems"]])


def test_a_certificate_that_ends_soon_is_told(cancela: Command, authority: Authority) -> None:
    """A month before its end it is worth a word."""
    cancela.add_issuer(authority.issue(RFC, not_after=datetime.now(UTC) + timedelta(days=9)))
    found = cancela("issuer", "check", RFC, "--json").json[0]["problems"]
    assert "csd-ends-soon" in [each["slug"] for each in found]
