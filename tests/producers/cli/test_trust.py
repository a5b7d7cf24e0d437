"""``checkpoint``, ``backup``, ``recover`` and ``doctor --journal``."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.producers.cli.command import RFC, UUID, Command


def asked(ready: Command) -> str:
    """A job's id."""
    said = ready("cancel", "mx", UUID, "--rfc", RFC, "--motive", "02", "--json")
    assert 0 == said.status, said.err
    found: str = ready("job", "list", "--json").json["jobs"][0]["id"]
    return found


def ledger(ready: Command) -> Path:
    """Its file."""
    return Path(ready.env["CANCELA_HOME"]) / "cancela.db"


def test_the_doctor_verifies_the_journal(ready: Command) -> None:
    """Sound: status 0. Tampered with: status 6, and the job is named."""
    job_id = asked(ready)
    made = ready("checkpoint", "--json").json
    assert (1, 1) == (made["number"], made["jobs"])
    assert made["mac"] in ready("checkpoint").out
    sound = ready("doctor", "--journal", "--json")
    assert (0, "good") == (sound.status, sound.json[-1]["grade"])
    assert made["mac"] in sound.json[-1]["detail"]
    with closing(sqlite3.connect(ledger(ready), isolation_level=None)) as opened:
        opened.execute("UPDATE jobs SET state = 'waiting'")
    ill = ready("doctor", "--journal", "--json")
    wrong = [(each["what"], each["problem"]["slug"]) for each in ill.json if each["grade"] == "bad"]
    assert (6, [(f"job {job_id}", "row-untrue")]) == (ill.status, wrong)
    assert 0 == ready("doctor").status


def test_there_is_nothing_to_seal_at_first(ready: Command) -> None:
    """And that is no fault."""
    assert (0, "null\n") == ((said := ready("checkpoint", "--json")).status, said.out)
    assert 0 == ready("checkpoint").status


def test_a_doctor_without_a_ledger_says_so(cancela: Command) -> None:
    """There is no journal to verify then; the status is the ledger's."""
    assert 4 == cancela("doctor", "--journal").status


def test_a_backup_is_taken_and_brought_back(ready: Command) -> None:
    """Its jobs are asked about first, and the journal says who did it."""
    job_id = asked(ready)
    copy = ready.folder / "copy.db"
    assert copy.name in ready("backup", copy, "--json").json["file"]
    again = ready("backup", copy, "--json")
    assert (2, ["backup-exists"]) == (again.status, again.problems)
    copy.replace(ledger(ready))
    held = ready("doctor", "--json").json
    assert "backup-not-recovered" in str([each["problem"] for each in held if each["what"].startswith("lane")])
    assert {"uncertain": 1} == ready("recover", "--json").json
    assert "uncertain" in ready("job", "show", job_id, "--json").out
    assert 0 == ready("doctor", "--journal").status
    assert "1" in ready("recover").out


def test_a_ledger_on_a_server_is_dumped_there(ready: Command) -> None:
    """Status 2, and the way that leads there."""
    ready.env["CANCELA_DATABASE_URL"] = "postgresql://somebody:hidden@127.0.0.1:1/cancela"
    said = ready("backup", ready.folder / "copy.db", "--json")
    assert (2, ["backup-not-a-file"]) == (said.status, said.problems)
    assert "hidden" not in said.err


def test_nothing_is_past_its_term_yet(ready: Command) -> None:
    """No line, status 0."""
    asked(ready)
    assert (0, "") == ((said := ready("manifest")).status, said.out)
