"""``cancela cancel mx`` and ``cancela job``: one document, from the request to its proofs."""

import hashlib
import json
from pathlib import Path

import pytest

from sandbox.certificates import KeyPair
from sandbox.server import Sandbox
from tests.producers.cli.command import RFC, UUID, Command, Said

OTHER = "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"
RECEIVER = "CACX7605101P8"

CFDI = f"""<?xml version="1.0" encoding="UTF-8"?>
<cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/4" Version="4.0" Fecha="2026-11-02T10:00:00" Total="1160.50">
  <cfdi:Emisor Rfc="{RFC}"/><cfdi:Receptor Rfc="{RECEIVER}"/>
  <cfdi:Complemento><t:TimbreFiscalDigital xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital" UUID="{UUID}"/>
  </cfdi:Complemento>
</cfdi:Comprobante>"""


def cancel(cancela: Command, *words: object, uuid: str = UUID) -> Said:
    """Ask for a cancellation, with JSON."""
    return cancela("cancel", "mx", uuid, "--rfc", RFC, "--motive", "02", *words, "--json")


def test_a_request_gets_its_receipt(ready: Command) -> None:
    """The job is in the ledger, and asking again shows the same receipt."""
    first, second = cancel(ready), cancel(ready, uuid=UUID.lower())
    assert (0, True, "queued") == (first.status, first.json["receipt"]["created"], first.json["job"]["state"])
    assert (0, False) == (second.status, second.json["receipt"]["created"])
    assert first.json["receipt"]["job_id"] == second.json["receipt"]["job_id"]


def test_another_content_for_the_same_document_is_a_conflict(ready: Command) -> None:
    """It says what differs, and changes nothing."""
    cancel(ready)
    said = cancel(ready, "--receiver", RECEIVER, "--total", "10")
    assert (1, ["request-conflict"]) == (said.status, said.problems)
    assert "total" in said.err


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        (("--receiver", RECEIVER), ["receiver-and-total-together"]),
        (("--replaced-by", OTHER), ["replacement-forbidden"]),
        (("--receiver", "nobody", "--total", "-1"), ["rfc-malformed", "total-negative"]),
        (("--production",), ["issuer-unknown"]),
        (("--tenant", "other"), ["issuer-unknown"]),
    ],
)
def test_a_wrong_request_is_refused(ready: Command, words: tuple[str, ...], slugs: list[str]) -> None:
    """Every problem is named; a test issuer is none for production, nor for another tenant."""
    said = cancel(ready, *words)
    assert (1, "", slugs) == (said.status, said.out, sorted(said.problems))


def test_the_cfdi_itself_says_the_rest(ready: Command) -> None:
    """UUID, issuer, receiver and total are read, not typed."""
    file = ready.file("cfdi.xml", CFDI)
    request = ready("cancel", "mx", "--motive", "02", "--xml", file, "--json").json["job"]["request"]
    assert {"rfc": RFC, "uuid": UUID, "motive": "02", "receiver": RECEIVER, "total": "1160.5"} == request


def test_the_cfdi_must_be_the_one_that_is_meant(ready: Command) -> None:
    """Another UUID or issuer than the XML's is refused; so is a total beside it."""
    file = ready.file("cfdi.xml", CFDI)
    words = ("cancel", "mx", "--motive", "02", "--xml", file, "--json")
    assert ["cfdi-other-uuid"] == ready(*words, OTHER).problems
    assert ["cfdi-other-issuer"] == ready(*words, "--rfc", RECEIVER).problems
    assert 2 == ready(*words, "--total", "1", "--receiver", RECEIVER).status


def test_without_a_ledger_it_says_so(cancela: Command) -> None:
    """Status 4: nothing was taken, and trying again is safe."""
    said = cancel(cancela)
    assert (4, ["ledger-behind"]) == (said.status, said.problems)


def test_a_job_is_found_by_its_document(ready: Command) -> None:
    """By id or by UUID; its history begins with who asked."""
    job_id = cancel(ready).json["receipt"]["job_id"]
    by_document, by_id = ready("job", "show", UUID.lower(), "--json").json, ready("job", "show", job_id, "--json").json
    assert by_document == by_id
    assert [("accepted", True)] == [(line["fact"], line["actor"].startswith("operator:")) for line in by_id["journal"]]
    assert [3, 3] == [ready("job", "show", name).status for name in (OTHER, "nonsense")]


def test_a_document_of_two_tenants_is_not_guessed_at(ready: Command, csd: KeyPair) -> None:
    """Acting on the wrong one would be worse than asking back."""
    ready.add_issuer(csd, "--tenant", "other")
    cancel(ready)
    cancel(ready, "--tenant", "other")
    said = ready("job", "withdraw", UUID, "--why", "mistake", "--json")
    assert (3, ["job-ambiguous"]) == (said.status, said.problems)


def test_an_operator_sets_a_job_right(ready: Command) -> None:
    """Withdraw, then open a new round; what the state does not allow is refused with status 3."""
    cancel(ready)
    withdrawn = ready("job", "withdraw", UUID, "--why", "entered by mistake", "--json")
    again = ready("job", "again", UUID, "--why", "it was right after all", "--json")
    assert ["withdrawn", "queued"] == [withdrawn.json["state"], again.json["state"]]
    assert (1, 2) == (withdrawn.json["round"], again.json["round"])
    assert "retried" == ready("job", "retry", UUID, "--why", "now", "--json").json["slug"]
    refused = ready("job", "release", UUID, "--json")
    assert (3, ["cannot-release"]) == (refused.status, refused.problems)
    assert "entered by mistake" in ready("job", "show", withdrawn.json["id"]).out


def test_a_new_round_may_ask_for_something_else(ready: Command) -> None:
    """Another motive with its substitute, then without; receiver and total; the CFDI itself; the rest stays."""
    cancel(ready)
    rounds = (
        (("--motive", "01", "--replaced-by", OTHER), {"motive": "01", "replaced_by": OTHER}),
        (
            ("--motive", "03", "--receiver", RECEIVER, "--total", "10"),
            {"motive": "03", "receiver": RECEIVER, "total": "10"},
        ),
        (("--xml", ready.file("cfdi.xml", CFDI)), {"motive": "03", "receiver": RECEIVER, "total": "1160.5"}),
    )
    for number, (words, expected) in enumerate(rounds, 2):
        ready("job", "withdraw", UUID, "--why", "refused elsewhere")
        job = ready("job", "again", UUID, "--why", "otherwise", *words, "--json").json
        assert (number, {"rfc": RFC, "uuid": UUID} | expected) == (job["round"], job["request"])


def test_a_new_round_is_checked_like_any_request(ready: Command) -> None:
    """What a request may not hold opens no round; nor does what belongs to another country or another document."""
    cancel(ready)
    ready("job", "withdraw", UUID, "--why", "wrong motive")
    words = ("job", "again", UUID, "--why", "otherwise", "--json")
    assert ["replacement-missing"] == ready(*words, "--motive", "01").problems
    assert ["receiver-and-total-together"] == ready(*words, "--total", "1").problems
    other = ready.file("other.xml", CFDI.replace(UUID, OTHER))
    assert ["cfdi-other-uuid"] == ready(*words, "--xml", other).problems
    assert 2 == ready(*words, "--justification", "Pedido cancelado pelo comprador").status
    assert 1 == ready("job", "show", UUID, "--json").json["job"]["round"]


def test_a_reason_is_required(ready: Command) -> None:
    """No hand is laid on a job without a word why."""
    cancel(ready)
    assert [2, 2] == [ready("job", "retry", UUID, *why).status for why in ((), ("--why", "  "))]


def test_jobs_are_listed_in_pages(ready: Command) -> None:
    """Newest first, by state and document, and on from where the page ended."""
    for number in range(3):
        cancel(ready, uuid=f"11111111-2222-4333-8444-{number:012d}")
    first = ready("job", "list", "--limit", 2, "--state", "queued", "--json").json
    rest = ready("job", "list", "--after", first["after"], "--json").json
    assert (2, 1, None) == (len(first["jobs"]), len(rest["jobs"]), rest["after"])
    assert [] == ready("job", "list", "--state", "cancelled", "--json").json["jobs"]
    assert [2, 3] == [ready("job", "list", *words).status for words in (("--state", "nonsense"), ("--after", UUID))]


def test_states_are_told_and_taken_in_the_reader_s_language(ready: Command) -> None:
    """The word, and the slug beside it where a job or a batch is shown; either is good for ``--state``."""
    cancel(ready)
    assert "en fila (queued)" in ready("job", "show", UUID, "--lang", "es").out
    for word in ("queued", "en fila", "Na Fila"):
        assert UUID in ready("job", "list", "--state", word).out
    assert "  en fila  " in ready("job", "list", "--lang", "es").out
    assert "withdrawn" in ready("job", "list", "--help").out


@pytest.mark.slow
def test_waiting_does_the_work_on_one_machine(cancela: Command, csd: KeyPair, sandbox: Sandbox) -> None:
    """``--wait`` ends with the document's end: 0 when it is cancelled, proofs included, 5 when it is refused."""
    cancela.meet(sandbox)
    cancela.add_issuer(csd, user=sandbox.pac_user, password=sandbox.pac_password)
    sandbox.world.admit([{"uuid": OTHER, "issuer": RFC, "life": "not-cancellable"}])
    words = ("cancel", "mx", "--rfc", RFC, "--motive", "02", "--wait", "--json")
    good, bad = cancela.process(*words, UUID), cancela.process(*words, OTHER)
    assert [(0, "cancelled"), (5, "refused")] == [(said.status, said.json["job"]["state"]) for said in (good, bad)]
    told = cancela("job", "proofs", UUID, "--out", "proofs", "--json").json
    assert told["files"] == _digests(cancela.folder / "proofs")
    assert (1, ["folder-not-empty"]) == (
        (again := cancela("job", "proofs", UUID, "--out", "proofs", "--json")).status,
        again.problems,
    )


def _digests(folder: Path) -> dict[str, str]:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "manifest.json"
    }
    assert manifest["files"] == found
    return found


def test_a_journal_that_was_tampered_with_is_no_proof(ready: Command) -> None:
    """Status 6: the ledger's word cannot be trusted, and nothing is written."""
    import sqlite3
    from contextlib import closing

    cancel(ready)
    with closing(sqlite3.connect(Path(ready.env["CANCELA_HOME"]) / "cancela.db")) as ledger, ledger:
        ledger.execute("UPDATE jobs SET slug = 'tampered'")
    said = ready("job", "proofs", UUID, "--out", "proofs", "--json")
    assert (6, ["row-untrue"]) == (said.status, said.problems)
    assert not (ready.folder / "proofs").exists()
