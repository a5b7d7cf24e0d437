"""The vault: sealed in the ledger, opened with a key that is not in it."""

import os

import pytest
from sqlalchemy import Engine, select, text

from worker.ledger import tables
from worker.ledger.ledger import SqlLedger
from worker.ledger.vault import SecretMissing, SqlVault
from worker.signing.custody import CannotUnseal, MasterKeys

OLD, NEW = os.urandom(32), os.urandom(32)
NAME = ("acme", "csd", "issuer-1")
CANARY = b"hunter2-canary"


def test_a_secret_comes_back(ledger: SqlLedger) -> None:
    """Under its full name only; the last one put is the one."""
    vault = SqlVault(ledger, MasterKeys([OLD]))
    vault.put(*NAME, b"first")
    vault.put(*NAME, CANARY)
    assert vault.open(*NAME) == CANARY
    assert (vault.has(*NAME), vault.has("acme", "pac", "issuer-1")) == (True, False)
    with pytest.raises(SecretMissing) as missing:
        vault.open("other", "csd", "issuer-1")
    assert (missing.value.slug, isinstance(missing.value, KeyError)) == ("secret-missing", True)


def test_nothing_lies_in_clear(ledger: SqlLedger, engine: Engine) -> None:
    """The table holds neither the secret nor a master key."""
    SqlVault(ledger, MasterKeys([OLD])).put(*NAME, CANARY)
    with engine.connect() as connection:
        row = repr(tuple(connection.execute(select(tables.secrets)).one()))
    assert "canary" not in row
    assert repr(OLD)[2:-1] not in row


def test_a_secret_can_be_dropped(ledger: SqlLedger) -> None:
    """Once; afterwards there is none."""
    vault = SqlVault(ledger, MasterKeys([OLD]))
    vault.put(*NAME, CANARY)
    assert [vault.drop(*NAME), vault.drop(*NAME), vault.has(*NAME)] == [True, False, False]


def test_rotation_seals_everything_anew(ledger: SqlLedger) -> None:
    """With both keys at hand everything is read and sealed under the new one; then the old one can go."""
    names = [("acme", "csd", f"issuer-{number}") for number in range(3)]
    for name in names:
        SqlVault(ledger, MasterKeys([OLD])).put(*name, CANARY)
    both = SqlVault(ledger, MasterKeys([NEW, OLD]))
    assert both.open(*names[0]) == CANARY
    assert [both.rotate(), both.rotate()] == [3, 0]
    assert [SqlVault(ledger, MasterKeys([NEW])).open(*name) for name in names] == [CANARY] * 3


def test_rotation_without_the_old_key_changes_nothing(ledger: SqlLedger) -> None:
    """All or none: what can't be opened stays as it is, with the rest."""
    old, new = SqlVault(ledger, MasterKeys([OLD])), SqlVault(ledger, MasterKeys([NEW]))
    old.put(*NAME, CANARY)
    with pytest.raises(CannotUnseal) as wrong:
        new.rotate()
    assert (wrong.value.slug, old.open(*NAME)) == ("master-key-wrong", CANARY)


def test_a_secret_moved_to_another_name_does_not_open(ledger: SqlLedger, engine: Engine) -> None:
    """Nobody signs for one company with another one's key by copying a row."""
    vault = SqlVault(ledger, MasterKeys([OLD]))
    vault.put(*NAME, CANARY)
    with engine.begin() as connection:
        connection.execute(text("UPDATE secrets SET tenant = 'thief'"))
    with pytest.raises(CannotUnseal) as moved:
        vault.open("thief", "csd", "issuer-1")
    assert moved.value.slug == "secret-tampered"
