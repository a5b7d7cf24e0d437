"""``cancela sign br`` prints exactly the signed event, or says what keeps it from being signed."""

import base64
import hashlib
import json
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from sandbox.certificates_br import IcpBrasil, Leaf
from tests.producers.cli.command import Command, Said
from tests.rails.br.events import SEED, SEED_DIGEST, authority
from tests.schemas.br.test_access_key import key
from worker.rails.br.event import signed
from worker.rails.br.event_input import read_input
from worker.signing.a1 import open_a1

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
DCE = "{http://www.portalfiscal.inf.br/dce}"


@pytest.fixture(scope="session")
def brasil() -> IcpBrasil:
    """ICP-Brasil's stand-in."""
    return authority()


@pytest.fixture(scope="session")
def leaf(brasil: IcpBrasil) -> Leaf:
    """The e-CNPJ of the published example's author."""
    return brasil.ecnpj()


def sign(cancela: Command, leaf: Leaf, *words: object, given: object = SEED, **pfx: Any) -> Said:
    """Sign what is given with this certificate."""
    return cancela(
        *("sign", "br", "--pfx", cancela.file("a1.pfx", leaf.pfx(**pfx))),
        *("--password-file", cancela.file("a1.txt", leaf.password + "\n")),
        *("--input", cancela.file("event.json", json.dumps(given)), *words),
    )


def told(said: Said, name: str) -> str | None:
    """The text of an element of the event."""
    return etree.fromstring(said.raw).findtext(f".//{DCE}{name}")


@pytest.mark.parametrize("legacy", [False, True], ids=["modern", "legacy"])
def test_stdout_is_the_event_and_nothing_else(cancela: Command, leaf: Leaf, legacy: bool) -> None:
    """The bytes of the rail's own signer, with the digest that was published; the age of the PFX does not matter."""
    said = sign(cancela, leaf, legacy=legacy)
    fields, at = read_input(SEED)
    assert at is not None
    assert (0, "") == (said.status, said.err)
    assert signed(open_a1(leaf.pfx(), leaf.password), fields, at) == said.raw
    assert SEED_DIGEST == etree.fromstring(said.raw).findtext(f".//{DSIG}DigestValue")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"xJust": 'Ações "A&B" <x> nº 1 ÿ'}, {"xJust": 'Ações "A&B" <x> nº 1 ÿ'}),
        ({"nSeqEvento": 12}, {"nSeqEvento": "12"}),
        (
            {"chDCe": key(uf="12"), "cOrgao": None, "dhEvento": "2026-11-20T10:00:00-05:00"},
            {"cOrgao": "12", "dhEvento": "2026-11-20T10:00:00-05:00"},
        ),
        ({"CNPJUsEmit": None, "CPFUsEmit": "12345678909"}, {"CPFUsEmit": "12345678909", "CNPJUsEmit": None}),
    ],
)
def test_what_is_given_is_what_is_said(
    cancela: Command, leaf: Leaf, changes: dict[str, Any], expected: dict[str, str | None]
) -> None:
    """Latin-1 texts, later sequences, other states, persons."""
    said = sign(cancela, leaf, given=SEED | changes)
    assert expected == {name: told(said, name) for name in expected}


def test_an_event_without_a_date_is_of_now(cancela: Command, leaf: Leaf) -> None:
    """On the clock of the key's state, or of the zone that is named: Noronha is further east than its state."""
    given = {name: value for name, value in SEED.items() if name not in ("dhEvento", "cOrgao")} | {
        "chDCe": key(uf="26")
    }
    there = [told(sign(cancela, leaf, *zone, given=given), "dhEvento") for zone in ((), ("--zone", "America/Noronha"))]
    moments = [datetime.fromisoformat(text or "") for text in there]
    assert [timedelta(hours=-3), timedelta(hours=-2)] == [moment.utcoffset() for moment in moments]


def test_the_input_may_come_from_a_pipe(cancela: Command, leaf: Leaf) -> None:
    """``-`` is stdin."""
    file = sign(cancela, leaf)
    words = ("sign", "br", "--pfx", "a1.pfx", "--password-file", "a1.txt", "--input", "-")
    assert file.raw == cancela(*words, typed=json.dumps(SEED)).raw


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"chDCe": SEED["chDCe"][:-1] + "8"}, "access-key-check-digit"),
        ({"nProt": "135120000000020"}, "protocol-malformed"),
        ({"xJust": "curta"}, "justification-short"),
        ({"xJust": "Teste de “cancelamento”"}, "justification-character"),
        ({"CPFUsEmit": "12345678909"}, "user-twice"),
        ({"dhEvento": "2026-11-20T10:00:00Z"}, "event-time-malformed"),
        ({"versao": "3.00"}, "event-version-unknown"),
        ({"surprise": "1"}, "event-input-malformed"),
    ],
)
def test_an_event_that_breaks_a_rule_is_refused(
    cancela: Command, leaf: Leaf, changes: dict[str, Any], slug: str
) -> None:
    """Every local rule has its slug, and nothing is printed."""
    said = sign(cancela, leaf, "--json", given=SEED | changes)
    assert (1, "", [slug]) == (said.status, said.out, said.problems)


def test_numbers_of_the_common_dll_are_told(cancela: Command, leaf: Leaf) -> None:
    """Whoever comes from there finds the place."""
    assert "6506" in sign(cancela, leaf, given=SEED | {"chDCe": "3525"}).err


def test_a_certificate_that_cannot_sign_is_refused(cancela: Command, brasil: IcpBrasil, leaf: Leaf) -> None:
    """Of another company, of a person, expired unless that is allowed, or closed by another password."""
    others = [brasil.ecnpj("11222333000181"), brasil.ecpf(), brasil.expired()]
    assert [["a1-foreign-base"], ["a1-without-cnpj"], ["a1-expired"]] == [
        sign(cancela, each, "--json").problems for each in others
    ]
    assert 0 == sign(cancela, brasil.expired(), "--allow-expired").status
    wrong = Leaf(leaf.cer, leaf.key, leaf.above, "Equivocada 99")
    said = cancela(
        *("sign", "br", "--pfx", cancela.file("a1.pfx", leaf.pfx()), "--input", "event.json"),
        *("--password-file", cancela.file("wrong.txt", wrong.password), "--json"),
    )
    assert (1, ["a1-wrong-password"]) == (said.status, said.problems)
    assert "Equivocada" not in said.err


def test_a_branch_signs_for_its_company(cancela: Command, brasil: IcpBrasil) -> None:
    """The first eight characters count."""
    assert 0 == sign(cancela, brasil.ecnpj("10142785000271")).status


def test_json_tells_what_was_signed(cancela: Command, leaf: Leaf) -> None:
    """For programs: the bytes in base64, their digest, what was signed, with what, and when."""
    found = sign(cancela, leaf, "--json").json
    event = base64.b64decode(found.pop("request_base64"))
    assert {
        "cnpj": "10142785000190",
        "certificate": f"{leaf.certificate.serial_number:X}",
        "at": SEED["dhEvento"],
        "id": f"ID110111{SEED['chDCe']}001",
        "sha256": hashlib.sha256(event).hexdigest(),
    } == found


def test_it_needs_neither_settings_nor_ledger(cancela: Command, leaf: Leaf) -> None:
    """Wrong settings do not disturb it, no home is made, and nothing is loaded that could send."""
    event = sign(cancela, leaf).raw
    words = ["cancela", "sign", "br", "--pfx", "a1.pfx", "--password-file", "a1.txt", "--input", "event.json"]
    script = (
        f"import sys\nfrom producers.cli.main import app\nsys.argv = {words!r}\n"
        "try:\n    app()\nexcept SystemExit as end:\n"
        "    heavy = {'celery', 'sqlalchemy', 'zeep', 'redis', 'alembic'} & set(sys.modules)\n"
        "    print(end.code, sorted(heavy), file=sys.stderr)\n"
    )
    env = cancela.environment() | {"CANCELA_NONSENSE": "1"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=env, cwd=cancela.folder, check=False)
    assert ("0 []", event) == (done.stderr.decode().strip(), done.stdout)
    assert not (cancela.folder / "home").exists()
