"""``cancela issuer add br``, ``cancela cancel br`` and their neighbours: a DC-e from the certificate to its proof."""

import base64
import csv
import json
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from sandbox.certificates import KeyPair
from sandbox.certificates_br import IcpBrasil, Leaf
from sandbox.sefaz_key import key
from sandbox.sefaz_site import icp_brasil
from sandbox.server import Sandbox
from tests.producers.cli.command import Command, Said
from worker.rails.br.proof import verified

CNPJ = "10142785000190"
BRANCH = "10142785000271"
ID = f"default:br:test:{CNPJ}"
PROTOCOL = "3352600000023909"
NUMBERS = count(1)


@pytest.fixture(scope="session")
def brasil() -> IcpBrasil:
    """Whose certificates the sandbox's SEFAZ believes."""
    return icp_brasil()


@pytest.fixture(scope="session")
def leaf(brasil: IcpBrasil) -> Leaf:
    """The e-CNPJ that most tests speak for."""
    return brasil.ecnpj(CNPJ)


@pytest.fixture
def company(cancela: Command, leaf: Leaf) -> Command:
    """The command with a Brazilian issuer."""
    assert cancela.add_company(leaf).status == 0
    return cancela


def dce(**parts: Any) -> str:
    """The key of a document of this month."""
    return key(month=f"{datetime.now(UTC) - timedelta(days=2):%y%m}", number=next(NUMBERS), **parts)


def cancel(cancela: Command, document: str, *words: object, user: bool = True) -> Said:
    """Ask for the cancellation of this DC-e, with JSON."""
    given = ("--protocol", PROTOCOL, "--justification", "Cliente desistiu da compra")
    who = ("--user-cpf", "123.456.789-09") if user else ()
    return cancela("cancel", "br", document, *given, *who, *words, "--json")


# -- issuers ----------------------------------------------------------------------------------------------------------
def test_an_issuer_is_shown_without_its_secrets(cancela: Command, leaf: Leaf) -> None:
    """The CNPJ is the certificate's; neither what is printed nor a file of the home holds PFX or password."""
    said = cancela.add_company(leaf, "--json")
    assert {
        "id": ID,
        "tenant": "default",
        "rail": "br",
        "environment": "test",
        "tax_id": CNPJ,
        "account": f"test:{CNPJ}",
        "zone": "",
        "mailbox": None,
        "production": False,
        "require_sat_status": False,
        "certificate": f"{leaf.certificate.serial_number:X}",
    } == {name: value for name, value in said.json.items() if name != "certificate_until"}
    told = "".join(one.out + one.err for one in (said, cancela("issuer", "list"), cancela("doctor", "--json")))
    assert leaf.password not in told
    assert leaf.password.encode() not in b"".join(
        path.read_bytes() for path in Path(cancela.env["CANCELA_HOME"]).iterdir()
    )


def named(cancela: Command, *words: object, typed: str | None = None) -> Said:
    """Add an issuer whose certificate is named in this way."""
    return cancela("issuer", "add", "br", *words, "--json", typed=typed)


def test_a_certificate_may_be_named_in_four_ways(cancela: Command, leaf: Leaf) -> None:
    """Subject and serial number are looked for in a directory; what holds a password comes from a file or a pipe."""
    store = cancela.folder / "store"
    store.mkdir()
    (store / "empresa.pfx").write_bytes(leaf.pfx())
    (store / "empresa.password").write_text(leaf.password + "\n")
    subject = leaf.certificate.subject.rfc4514_string()
    serial = f"NUMEROSERIE|{leaf.certificate.serial_number:x}"
    by_file = cancela.file("name.txt", f"ARQUIVO|{store / 'empresa.pfx'}|{leaf.password}\n")
    inline = f"CERTIFICADO|{base64.b64encode(leaf.pfx()).decode()}|{leaf.password}\n"
    said = [
        named(cancela, "--certificate", subject, "--store", store),
        named(cancela, "--certificate", serial, "--store", store),
        named(cancela, "--certificate-file", by_file),
        named(cancela, "--certificate-file", "-", typed=inline),
    ]
    assert [(0, CNPJ)] * 4 == [(each.status, each.json["tax_id"]) for each in said]


def test_a_password_is_no_argument(cancela: Command, leaf: Leaf) -> None:
    """Everybody on the machine could read it; nor is it shown again."""
    said = named(cancela, "--certificate", "ARQUIVO|a.pfx|segredo-9")
    assert (2, ["certificate-name-secret"]) == (said.status, said.problems)
    assert "segredo-9" not in said.err


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        (("--certificate", "CN=NINGUEM:1", "--store", "."), "certificate-not-found"),
        (("--certificate", "CN=NINGUEM:1"), "certificate-store-missing"),
        (("--certificate", "OUTRO|1"), "certificate-name-malformed"),
        (("--certificate", "NUMEROSERIE|1|2"), "certificate-name-parts"),
        (("--certificate", ""), "certificate-name-missing"),
    ],
)
def test_a_name_that_names_nothing_is_told(cancela: Command, words: tuple[str, ...], slug: str) -> None:
    """Each fault with its own slug, and the number that users of the common DLL know in its text."""
    said = named(cancela, *words)
    assert (1, [slug]) == (said.status, said.problems)
    assert any(number in said.err for number in ("5403", "5405", "5406", "5407", "6504"))


@pytest.mark.parametrize(
    "words", [(), ("--pfx", "a.pfx", "--certificate", "CN=x"), ("--pfx", "a", "--option", "pac.x=1")]
)
def test_one_way_is_needed(cancela: Command, words: tuple[str, ...]) -> None:
    """No way, two ways, or an option of another country: a usage error."""
    cancela.file("a", "x")
    assert 2 == cancela("issuer", "add", "br", *words, "--password-file", cancela.file("p", "x")).status


def test_what_cannot_work_is_refused_at_once(cancela: Command, brasil: IcpBrasil, leaf: Leaf) -> None:
    """A person's or an expired certificate, another zone, an unknown authority; nothing is registered."""
    said = [
        cancela.add_company(brasil.ecpf(), "--json"),
        cancela.add_company(brasil.expired(), "--json"),
        cancela.add_company(leaf, "--zone", "Mars/Olympus", "--json"),
        cancela.add_company(leaf, "--option", "sefaz.nonsense=1", "--json"),
        cancela.add_company(leaf, "--option", "sefaz.authority=XX", "--json"),
    ]
    slugs = [each.problems[0] for each in said]
    assert ["a1-without-cnpj", "a1-expired", "zone-unknown", "gateway-misconfigured"] == slugs[:4]
    assert 5 == len(slugs)
    assert [] == cancela("issuer", "list", "--json").json


def test_production_must_be_confirmed(cancela: Command, leaf: Leaf) -> None:
    """With the CNPJ typed once more, punctuated or not."""
    wrong = [cancela.add_company(leaf, "--production", *more, "--json") for more in ((), ("--confirm", BRANCH))]
    right = cancela.add_company(leaf, "--production", "--confirm", "10.142.785/0001-90", "--json")
    assert [["production-not-confirmed"]] * 2 == [each.problems for each in wrong]
    assert (0, "production") == (right.status, right.json["environment"])


def test_mexico_is_added_as_ever(cancela: Command, csd: KeyPair) -> None:
    """With and without its name."""
    first = cancela.add_issuer(csd, "--json")
    secret = cancela.file("pac.txt", "x")
    words = (*cancela.credentials(csd), "--pac-user", "usuario", "--pac-password-file", secret, "--json")
    assert first.json == cancela("issuer", "add", "mx", *words).json
    assert 0 == cancela("issuer", "add", "--help").status


def test_check_says_what_stands_in_the_way(company: Command) -> None:
    """Without roots to trust SEFAZ's server cannot be believed; the CNPJ may be punctuated."""
    said = company("issuer", "check", "10.142.785/0001-90", "--json")
    assert (0, ["sefaz-trust-missing"]) == (said.status, [each["slug"] for each in said.json[0]["problems"]])


def test_check_online_asks_sefaz(company: Command, sandbox: Sandbox, leaf: Leaf) -> None:
    """It works; it is paused; it is not there."""
    company.meet(sandbox)
    found = [company("issuer", "check", ID, "--online", "--json")]
    sandbox.register.manners.wish({"paused": 108})
    found.append(company("issuer", "check", ID, "--online", "--json"))
    sandbox.register.manners.wish({"paused": None})
    company.add_company(leaf, "--option", "sefaz.endpoint=https://127.0.0.1:9/dce")
    found.append(company("issuer", "check", ID, "--online", "--json"))
    slugs = [[each["slug"] for each in said.json[0]["problems"]] for said in found]
    assert [[], ["sefaz-not-operating"], ["authority-unreachable"]] == slugs


# -- documents --------------------------------------------------------------------------------------------------------
def test_a_request_gets_its_receipt(company: Command) -> None:
    """The job is in the ledger under the key; asking again shows the same receipt, however the key is printed."""
    document = dce()
    printed = " ".join(document[place : place + 4] for place in range(0, 44, 4))
    first, second = cancel(company, document), cancel(company, printed)
    assert (0, True, "queued", document) == (
        first.status,
        first.json["receipt"]["created"],
        first.json["job"]["state"],
        first.json["job"]["document"],
    )
    assert (False, first.json["receipt"]["job_id"]) == (
        second.json["receipt"]["created"],
        second.json["receipt"]["job_id"],
    )
    assert first.json["job"]["id"] == company("job", "show", printed, "--json").json["job"]["id"]


def test_a_certificate_serves_head_office_and_branches(company: Command) -> None:
    """The base of the CNPJ counts; another company's document finds no issuer."""
    branch, stranger = cancel(company, dce(cnpj=BRANCH)), cancel(company, dce(cnpj="11222333000181"))
    assert (0, ID) == (branch.status, branch.json["job"]["issuer"])
    assert (3 if stranger.status == 3 else 1, ["issuer-unknown"]) == (stranger.status, stranger.problems)


@pytest.mark.parametrize(
    ("words", "user", "slugs"),
    [
        ((), False, ["user-missing"]),
        (("--user-other", "PASSAPORTE-1"), True, ["user-twice"]),
        (("--justification", "curta"), True, ["justification-short"]),
        (("--protocol", "1"), True, ["protocol-malformed"]),
        (("--event-at", "2026-11-20T10:00:00Z"), True, ["event-time-malformed"]),
        (("--author-cnpj", BRANCH), True, ["author-not-emitter"]),
        (("--sequence", "0"), True, ["sequence-malformed"]),
        (("--production",), True, ["issuer-unknown"]),
    ],
)
def test_a_wrong_request_is_refused(company: Command, words: tuple[str, ...], user: bool, slugs: list[str]) -> None:
    """By every local rule, and where a rejection is certain; nothing is taken."""
    said = cancel(company, dce(), *words, user=user)
    assert (1, "", slugs) == (said.status, said.out, said.problems)


@pytest.mark.slow
def test_waiting_ends_with_the_proof(company: Command, sandbox: Sandbox) -> None:
    """Cancelled: protocol and date stand in the view, procEventoDCe among the proofs; refused: status 5 and why."""
    company.meet(sandbox)
    good, bad = dce(emitter=2), dce()
    sandbox.register.admit(
        [{"key": good, "protocol": PROTOCOL}, {"key": bad, "protocol": PROTOCOL, "life": "transport-begun"}]
    )
    given = ("--protocol", PROTOCOL, "--justification", "Ação e devolução", "--wait", "--json")
    done = company.process("cancel", "br", good, *given)
    refused = company.process("cancel", "br", bad, *given, "--user-cpf", "12345678909")
    job = done.json["job"]
    assert (0, "cancelled", "authority-event") == (done.status, job["state"], job["grade"])
    assert sandbox.truth()["documents"][good]["sefaz"]["protocol"] == job["dce"]["nProtocoloCanc"]
    assert ("135", True) == (job["dce"]["resultado"], datetime.fromisoformat(job["dce"]["dProtocoloCanc"]) is not None)
    assert (5, "refused") == (refused.status, refused.json["job"]["state"])
    assert refused.json["job"]["dce"]["resultado"] in ("219", "580")
    (failed,) = company("job", "errors", bad, "--json").json
    assert (refused.json["job"]["dce"]["resultado"], "2", bad, 1) == (
        failed["code"],
        failed["environment"],
        failed["key"],
        failed["attempt"],
    )
    assert [] == company("job", "errors", good, "--json").json
    company("job", "proofs", good, "--out", "proofs")
    (proof,) = (path for path in (company.folder / "proofs").iterdir() if "procEventoDCe" in path.name)
    assert good == verified(proof.read_bytes()).key
    assert all(path.stat().st_size for path in (company.folder / "proofs").iterdir())


@pytest.mark.slow
def test_a_mixed_sheet_comes_back_with_the_results_of_both(
    company: Command, csd: KeyPair, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Rows of two countries, good and bad, each with its ending; DC-e under the names of the common DLL as well."""
    company.meet(sandbox)
    company.add_issuer(csd, user=sandbox.pac_user, password=sandbox.pac_password)
    good, taken = dce(emitter=2), "11111111-2222-4333-8444-000000000007"
    sandbox.register.admit([{"key": good, "protocol": PROTOCOL}])
    sheet = company.file(
        "mista.csv",
        "UUID;RFC;Motivo;Chave de acesso;Protocolo;Justificativa\r\n"
        f"{taken};{csd.rfc};02;;;\r\n;;;{good};{PROTOCOL};Cliente desistiu da compra\r\n"
        f";;;{good[:-1]};{PROTOCOL};x\r\n",
    )
    said = company.process("batch", "submit", sheet, "--good-rows-only", "--wait", "--out", "saida.csv", "--json")
    assert {"cancelled": 2} == said.json["batch"]["states"], said.err
    head, *rows = csv.reader((tmp_path / "saida.csv").read_text("utf-8").splitlines(), delimiter=";")
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert ["resultado", "msgResultado", "nProtocoloCanc", "dProtocoloCanc"] == head[-4:]
    assert ["", "135", "6506"] == [row["resultado"] for row in told]
    assert sandbox.truth()["documents"][good]["sefaz"]["protocol"] == told[1]["nProtocoloCanc"]


def test_json_of_a_dry_run_names_the_brazilian_columns(company: Command) -> None:
    """Certain rejections are told before anything is taken, under the owner's column."""
    sheet = company.file(
        "dce.csv",
        "chave,protocolo,justificativa,cpf,cnpj autor\r\n"
        f"{dce()},{PROTOCOL},Cliente desistiu da compra,12345678909,{BRANCH}\r\n",
    )
    said = company("batch", "submit", sheet, "--dry-run", "--json")
    (problem,) = said.json["problems"]
    assert (1, "author-not-emitter", "cnpj autor", "local") == (
        said.status,
        problem["slug"],
        problem["column"],
        problem["params"]["origin"],
    )
    assert json.dumps(problem)


def test_numbers_of_the_common_dll_are_explained(cancela: Command) -> None:
    """Whoever reads 6506 somewhere finds what it is."""
    (entry,) = cancela("codes", "6506", "--json").json
    assert ("dll", "access-key-length") == (entry["level"], entry["slug"])
    assert {"sefaz-event"} <= {each["level"] for each in cancela("codes", "135", "--json").json}


def test_a_new_round_may_correct_what_was_refused(company: Command) -> None:
    """Another protocol and justification; the rest stays, and what is of a CFDI is no option."""
    document = dce()
    cancel(company, document)
    company("job", "withdraw", document, "--why", "another protocol")
    words = ("job", "again", document, "--why", "corrected", "--json")
    assert 2 == company(*words, "--motive", "02").status
    request = company(*words, "--protocol", "3352600000023910", "--justification", "Pedido em duplicidade").json[
        "request"
    ]
    assert {
        "key": document,
        "protocol": "3352600000023910",
        "justification": "Pedido em duplicidade",
        "author_cnpj": CNPJ,
        "user_cpf": "12345678909",
    } == request
