"""Settings: every one known, none silently ignored, secrets never shown."""

from pathlib import Path

import pytest

from worker.settings import Misconfigured, Settings, load


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("CANCELA_HOME", "CANCELA_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_misspelt_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not do nothing in silence."""
    monkeypatch.setenv("CANCELA_BROKER_ULR", "redis://localhost")
    with pytest.raises(Misconfigured, match="CANCELA_BROKER_ULR") as wrong:
        load()
    assert wrong.value.slug == "setting-unknown"


def test_a_misspelt_setting_in_the_file_is_an_error(tmp_path: Path) -> None:
    """Also in .env."""
    (tmp_path / ".env").write_text("CANCELA_BROKER_ULR=redis://localhost\n")
    with pytest.raises(Misconfigured) as wrong:
        load()
    assert ("setting-unknown", ("CANCELA_BROKER_ULR",)) == (wrong.value.slug, wrong.value.names)


def test_what_belongs_to_others_in_the_file_is_left_alone(tmp_path: Path) -> None:
    """A .env is shared with Flower and with whoever starts the roles."""
    (tmp_path / ".env").write_text("FLOWER_BASIC_AUTH=ana:secret\nCANCELA_TENANT=acme\n")
    assert load().tenant == "acme"


def test_an_impossible_value_is_told_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is named; what was given may be a secret."""
    monkeypatch.setenv("CANCELA_CONCURRENCY", "many-secrets")
    with pytest.raises(Misconfigured) as wrong:
        load()
    assert ("setting-invalid", ("CANCELA_CONCURRENCY",)) == (wrong.value.slug, wrong.value.names)
    assert "many-secrets" not in str(wrong.value)


def test_a_fresh_installation_is_embedded() -> None:
    """SQLite in the home and a broker in memory, unless told otherwise."""
    settings = load()
    assert settings.embedded
    assert settings.ledger_url.startswith("sqlite:///")
    assert settings.master_key_path == settings.home / "master.key"
    assert settings.rails == {}


def test_rails_are_set_by_a_file(tmp_path: Path) -> None:
    """Endpoints and waiting times as TOML; a file that is not is an error."""
    (tmp_path / "rails.toml").write_text('[mx.test.pac]\nendpoint = "https://pac.example/"\n')
    settings = Settings(rails_file=tmp_path / "rails.toml")
    assert settings.rails["mx"]["test"]["pac"]["endpoint"] == "https://pac.example/"
    (tmp_path / "rails.toml").write_text("[mx")
    with pytest.raises(Misconfigured, match="RAILS_FILE"):
        _ = Settings(rails_file=tmp_path / "rails.toml").rails


def test_secrets_do_not_show() -> None:
    """Neither in repr nor in a dump for people."""
    settings = Settings(master_key="hunter2", imap_password="hunter3")
    assert "hunter" not in repr(settings) + str(settings)
