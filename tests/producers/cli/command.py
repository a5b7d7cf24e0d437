"""The command, called as a person or a program would, in a home of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from producers.cli.main import app
from sandbox.certificates import KeyPair
from sandbox.certificates_br import Leaf
from sandbox.server import Sandbox
from worker import assembly

RFC = "EKU9003173C9"
UUID = "11111111-2222-4333-8444-000000000001"
PAC_PASSWORD = " clave secreta del pac "
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str
    raw: bytes = b""

    @property
    def json(self) -> Any:
        """Its stdout as the one JSON document that it must be."""
        return json.loads(self.out)

    @property
    def problems(self) -> list[str]:
        """The slugs on stderr of a command called with ``--json``."""
        return [problem["slug"] for problem in json.loads(self.err)["problems"]]


@dataclass(slots=True)
class Command:
    """``cancela`` with these settings; ``folder`` is where it is called."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: object, typed: str | None = None) -> Said:
        """Called in this process; each call makes a house of its own, as a process would."""
        arguments = [str(word) for word in words]
        try:
            result = CliRunner().invoke(app, arguments, input=typed, env=dict(self.env))
        finally:
            self.leave()
        return Said(result.exit_code, result.stdout, result.stderr, result.stdout_bytes)

    def process(self, *words: object, env: Mapping[str, str] | None = None, within: float = 120) -> Said:
        """Called as a process."""
        done = subprocess.run(
            [sys.executable, "-m", "producers.cli", *(str(word) for word in words)],
            capture_output=True,
            env=self.environment() | dict(env or {}),
            cwd=self.folder,
            timeout=within,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(), done.stdout)

    def environment(self) -> dict[str, str]:
        """What a process of it finds: nothing of Cancela's but these settings."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CANCELA_")}
        return clean | {"PYTHONPATH": str(ROOT)} | self.env

    @staticmethod
    def leave() -> None:
        """Close the house that a call has opened."""
        if assembly._house is not None:
            house = assembly._house[1]
            if "ledger" in vars(house):
                house.ledger.close()
            assembly._house = None

    def file(self, name: str, content: bytes | str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def credentials(self, pair: KeyPair) -> list[object]:
        """A CSD's files, as options."""
        return [
            *("--cer", self.file(f"{pair.number}.cer", pair.cer)),
            *("--key", self.file(f"{pair.number}.key", pair.key)),
            *("--password-file", self.file(f"{pair.number}.txt", pair.password + "\n")),
        ]

    def add_issuer(self, pair: KeyPair, *more: object, user: str = "usuario", password: str = PAC_PASSWORD) -> Said:
        """Register the owner of this pair."""
        secret = self.file("pac.txt", password + "\n")
        return self("issuer", "add", *self.credentials(pair), "--pac-user", user, "--pac-password-file", secret, *more)

    def add_company(self, leaf: Leaf, *more: object) -> Said:
        """Register the owner of this A1."""
        files = ("--pfx", self.file("a1.pfx", leaf.pfx()), "--password-file", self.file("a1.txt", leaf.password + "\n"))
        return self("issuer", "add", "br", *files, *more)

    def meet(self, sandbox: Sandbox) -> None:
        """From now on the authorities are this sandbox's, and patience is short."""
        self.env["CANCELA_RAILS_FILE"] = str(
            self.file(
                "rails.toml",
                f'[mx.test.pac]\nendpoint = "{sandbox.pac_url}"\n[mx.test.sat]\nendpoint = "{sandbox.sat_url}"\n'
                "settling = 5\n[mx.test.patience]\npoll = [1, 1, 2]\nconsult = [1, 1, 2]\n"
                "absence_spacing = 2\nnotice_gap = 1\n"
                f'[br.test.sefaz]\nendpoint = "{sandbox.sefaz_url}"\n'
                f'[br.test.http]\nca_bundle = "{sandbox.sefaz_ca_file}"\n'
                "[br.test.patience]\npoll = [1, 1, 2]\nconsult = [1, 1, 2]\nabsence_spacing = 1\n",
            )
        )
