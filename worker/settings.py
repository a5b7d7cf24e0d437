"""Every setting there is, each read from ``CANCELA_<NAME>`` in the environment or in ``.env``.

A ``CANCELA_`` variable that is not in here is an error: a misspelt setting must not silently do nothing. Secrets may be
given by file (``…_FILE``) and are never printed. ``.env.example`` is generated from this class.
"""

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CANCELA_"
ENV_FILE = ".env"


class Misconfigured(Exception):
    """A setting is unknown, unreadable or contradicts another. ``slug`` is stable, ``names`` are the settings."""

    def __init__(self, slug: str, names: tuple[str, ...], why: str) -> None:
        super().__init__(f"{slug}: {', '.join(names)}: {why}")
        self.slug, self.names, self.why = slug, names, why


class Settings(BaseSettings):
    """What an installation decides. Durations are in seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", frozen=True)

    home: Path = Field(Path.home() / ".cancela", description="Where the embedded ledger and the master key lie.")
    database_url: SecretStr = Field(
        SecretStr(""), description="Ledger. Empty: SQLite in the home. postgresql://… beyond one machine."
    )
    broker_url: SecretStr = Field(
        SecretStr("memory://localhost/"), description="memory:// embedded, redis://… or amqp://… for several processes."
    )
    master_key: SecretStr | None = Field(None, description="32 bytes in base64 that unseal the vault; or by file.")
    master_key_file: Path | None = Field(None, description="File with the master key. Empty: master.key in the home.")
    tenant: str = Field("default", description="Tenant of commands that name none.")
    language: Literal["es", "pt", "en"] = Field("es", description="Language of messages: es, pt, en.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_json: bool = Field(False, description="Log lines as JSON.")

    concurrency: int = Field(8, ge=1, le=256, description="Threads of the embedded worker.")
    window: int = Field(64, ge=1, le=100_000, description="Jobs that may lie in the broker at once.")
    handful: int = Field(4, ge=1, le=100, description="Most job ids in one message.")
    sweep_every: float = Field(0.5, gt=0, le=60, description="Pause of an idle sweep.")
    redispatch: float = Field(30, ge=1, le=3600, description="A job in the broker that has not moved is sent again.")
    checkpoint_every: float = Field(300, ge=1, le=86_400, description="What moved is sealed against tampering.")

    imap_host: str | None = Field(None, description="Mailbox for notices. Empty: no listener.")
    imap_port: int | None = Field(None, ge=1, le=65535, description="Empty: 993 with TLS, 143 without.")
    imap_user: str | None = Field(None, description="The watched address's user.")
    imap_password: SecretStr | None = Field(None, description="Or by file, or a token command.")
    imap_password_file: Path | None = Field(None, description="File with the password.")
    imap_token_command: str | None = Field(
        None, description="Prints an XOAUTH2 access token; used instead of a password."
    )
    imap_address: str | None = Field(None, description="The watched address, where it is not the user's name.")
    imap_folder: str = Field("INBOX", description="Folder that the notices arrive in.")
    imap_tls: bool = Field(True, description="False only for a server on this machine.")
    imap_ca_file: Path | None = Field(None, description="Extra certificate authority of the mail server.")

    rails_file: Path | None = Field(
        None,
        description="TOML that overrides endpoints, ports, namespaces and waiting times: [mx.test.pac] endpoint = …",
    )

    @cached_property
    def ledger_url(self) -> str:
        """The ledger's address. It may hold a password."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.home / 'cancela.db'}"

    @property
    def broker(self) -> str:
        """The broker's address. It may hold a password."""
        return self.broker_url.get_secret_value()

    @cached_property
    def master_key_path(self) -> Path:
        """Where the master key lies when it is not in the environment."""
        return self.master_key_file or self.home / "master.key"

    @property
    def embedded(self) -> bool:
        """Whether everything runs in one process."""
        return self.broker.startswith("memory:")

    @property
    def redispatch_after(self) -> timedelta:
        """``redispatch`` as a time."""
        return timedelta(seconds=self.redispatch)

    @property
    def checkpoint_after(self) -> timedelta:
        """``checkpoint_every`` as a time."""
        return timedelta(seconds=self.checkpoint_every)

    @cached_property
    def rails(self) -> Mapping[str, Mapping[str, Any]]:
        """Settings of the rails by rail id.

        Raises:
            Misconfigured: setting-invalid, when the file can't be read.
        """
        if self.rails_file is None:
            return {}
        try:
            return tomllib.loads(self.rails_file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            raise Misconfigured("setting-invalid", (PREFIX + "RAILS_FILE",), str(fault)) from None


def load(**given: Any) -> Settings:
    """The settings of this process.

    Raises:
        Misconfigured: setting-unknown, setting-invalid.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = tuple(sorted(name for name in _given() if name.startswith(PREFIX) and name not in known))
    if unknown:
        raise Misconfigured("setting-unknown", unknown, "there is no such setting; see .env.example")
    try:
        return Settings(**given)
    except ValidationError as errors:
        names = tuple(sorted({PREFIX + str(error["loc"][0]).upper() for error in errors.errors()}))
        why = "; ".join(error["msg"] for error in errors.errors())
        raise Misconfigured("setting-invalid", names, why) from None


def _given() -> set[str]:
    """Names in the environment and in the file. The file is shared with others (Flower, honcho): theirs are ignored."""
    return {name.upper() for name in (*os.environ, *dotenv_values(ENV_FILE))}
