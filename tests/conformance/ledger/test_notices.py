"""Mail: a letter counts once, and waits for its job if need be."""

from dataclasses import replace

import pytest

from tests.conformance.ledger.samples import added, notice
from worker.domain.notice import Notice
from worker.ledger.ledger import SqlLedger


def _remember(ledger: SqlLedger, letter: Notice, job_id: str | None = None) -> bool:
    with ledger.unit() as unit:
        return unit.remember(letter, job_id)


def test_a_letter_counts_once(ledger: SqlLedger) -> None:
    """The second time it is known, and what was kept stays as it was."""
    assert _remember(ledger, notice())
    assert not _remember(ledger, replace(notice(), document="D-2"))
    with ledger.unit() as unit:
        assert len(unit.early_notices("mx.solucion_factible", "D-1")) == 1
        assert unit.early_notices("mx.solucion_factible", "D-2") == []


@pytest.mark.parametrize("moved", [{"uidvalidity": 8}, {"folder": "Processed"}, {"uid": 99}])
def test_a_message_id_is_known_wherever_it_lies(ledger: SqlLedger, moved: dict[str, object]) -> None:
    """Another UIDVALIDITY, folder or UID does not make an old letter new."""
    assert _remember(ledger, notice())
    assert not _remember(ledger, notice(**({"message_id": "<1@pac>"} | moved)))  # type: ignore[arg-type]


def test_other_letters_are_new(ledger: SqlLedger) -> None:
    """Another mailbox may hold the same letter; letters without Message-ID are told apart by their place."""
    assert _remember(ledger, notice())
    assert _remember(ledger, notice(mailbox="other@acme"))
    assert _remember(ledger, notice(uid=2, message_id=None))
    assert _remember(ledger, notice(uid=3, message_id=None))
    assert not _remember(ledger, notice(uid=3, message_id=None))


def test_an_unreadable_letter_is_kept(ledger: SqlLedger) -> None:
    """Without a document, with bytes that no database likes: kept and counted, and harmless."""
    broken = replace(
        notice(None, message_id="<\x00\udcff@pac>"),
        positive=None,
        slug="notice-malformed",
        headers={"X\x00": "\udcff\x00"},
    )
    assert _remember(ledger, broken)
    assert not _remember(ledger, replace(broken, letter=replace(broken.letter, uid=2)))


def test_an_early_notice_waits_for_its_job(ledger: SqlLedger) -> None:
    """A notice without a job is found by its document until a job takes it."""
    _remember(ledger, notice(uid=1))
    _remember(ledger, notice(uid=2))
    job = added(ledger)
    _remember(ledger, notice(uid=3), job.id)
    with ledger.unit() as unit:
        early = unit.early_notices(job.rail, "D-1")
        assert len(early) == 2
        unit.match(early, job.id)
    with ledger.unit() as unit:
        assert unit.early_notices(job.rail, "D-1") == []
