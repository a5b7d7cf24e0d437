"""Who may cancel."""

from dataclasses import replace

import pytest

from worker.domain.issuer import Issuer
from worker.ledger.issuers import IssuerTaken
from worker.ledger.ledger import SqlLedger

ACME = Issuer(
    id="acme",
    tenant="t",
    rail="mx",
    environment="test",
    tax_id="ÑÑ&010101AAA",
    account="pac-1",
    zone="America/Tijuana",
    mailbox="ops@acme",
    options={"require_sat_status": True},
)


def test_an_issuer_comes_back_as_it_was(ledger: SqlLedger) -> None:
    """By its id and by its taxpayer; the ledger itself is the engine's port."""
    with ledger.unit() as unit:
        unit.issuers.put(ACME)
        assert unit.issuers.accounts(["acme", "nobody"]) == {"acme": "pac-1"}
    assert ledger.issuer("acme") == ACME
    with ledger.reading() as reading:
        assert reading.issuers.find("t", "mx", "test", "ÑÑ&010101AAA") == ACME
        assert reading.issuers.find("t", "mx", "production", "ÑÑ&010101AAA") is None


def test_an_unknown_issuer_is_a_key_error(ledger: SqlLedger) -> None:
    """Never a default."""
    with pytest.raises(KeyError):
        ledger.issuer("nobody")


def test_putting_again_replaces(ledger: SqlLedger) -> None:
    """The id is the issuer; everything else may change."""
    changed = replace(ACME, account="pac-2", mailbox=None, options={})
    for issuer in (ACME, changed):
        with ledger.unit() as unit:
            unit.issuers.put(issuer)
    with ledger.reading() as reading:
        assert reading.issuers.of_tenant() == [changed]
        assert reading.issuers.of_tenant("other") == []


def test_a_taxpayer_is_registered_once(ledger: SqlLedger) -> None:
    """A second id for the same taxpayer is refused; the unit can go on."""
    with ledger.unit() as unit:
        unit.issuers.put(ACME)
        with pytest.raises(IssuerTaken):
            unit.issuers.put(replace(ACME, id="acme-2"))
        unit.issuers.put(replace(ACME, id="acme-prod", environment="production"))
        unit.issuers.drop("acme")
    with ledger.reading() as reading:
        assert [issuer.id for issuer in reading.issuers.of_tenant("t")] == ["acme-prod"]
