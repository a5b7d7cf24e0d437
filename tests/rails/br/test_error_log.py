"""Calls that failed can be shown as users of the common DLL know them, from what the ledger keeps anyway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.conformance.stages import CNPJ, Brazilian
from worker.engine.consult import consult
from worker.engine.intake import Wanted, accept
from worker.engine.ports import Parts
from worker.engine.submit import submit
from worker.ledger.ledger import SqlLedger
from worker.rails.br.error_log import ErrorRecord, records


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An authority."""
    with Sandbox(speed=0) as running:
        yield running


def test_each_failed_call_is_a_record(sandbox: Sandbox, tmp_path: Path) -> None:
    """A refused date, a lost answer and a question without an answer; the registered event is none."""
    stage = Brazilian(sandbox)
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    rail = stage.built(ledger)
    parts = Parts(ledger=ledger, rails={"br": rail}, clock=sandbox.clock, me="worker-1")
    document, request = stage.document()
    wanted = Wanted(issuer=stage.company, document=document, request=request, actor="producer:test")
    job_id = accept(parts, [wanted])[0].job_id
    stage.wrong(document, "event", "code", code=578, acts=False)
    stage.wrong(document, "event", "http", code=503)
    stage.wrong(document, "query", "reset")
    for step in (submit, submit, consult, consult):
        sandbox.advance(60)
        step(parts, job_id)
    with ledger.reading() as reading:
        history = reading.history(job_id)
        found = list(records(history.job, history.lines, history.exchanges, reading.archive.load))
        assert all(reading.archive.load(record.sent) for record in found)
    assert "cancelled" == history.job.state.value
    assert [
        ("dceRecepcaoEvento", 1, "578", "sefaz-event-in-future", 200),
        ("dceRecepcaoEvento", 2, "5008", "answer-http-status", 503),
        ("dceConsulta", 2, None, "transport-broken", None),
    ] == [_told(record) for record in found]
    assert {("2", document, f"{stage.sandbox.sefaz_url}/{name}") for name in ("DCeRecepcaoEvento", "DCeConsulta")} == {
        (record.environment, record.key, record.url) for record in found
    }
    assert all(CNPJ in record.certificate for record in found)
    rail.forget_credentials()
    ledger.close()


def _told(record: ErrorRecord) -> tuple[str, int, str | None, str | None, int | None]:
    return record.service, record.attempt, record.code, record.slug, record.http_status
