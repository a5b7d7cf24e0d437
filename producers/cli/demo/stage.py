"""Sets the stage: a folder of its own, settings that are nobody else's, issuers, and the sheet."""

import base64
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from producers.cli.demo.plan import IMPOSTOR, ISSUER, PlannedRow, announcements
from producers.cli.demo.world import World
from producers.cli.ends import Exit, Stopped

if TYPE_CHECKING:
    from worker.desk import Desk

MARK = ".cancela-demo"
SHEET = "cfdi.xlsx"
HEADERS = ("UUID", "RFC emisor", "Motivo", "Folio de sustitución", "RFC receptor", "Total")

#: A receiver has five minutes of life in the sandbox; at this speed five seconds.
SPEED = 60.0

_PATIENCE = {
    "poll": [1, 2, 3, 5],
    "consult": [1, 1, 2],
    "resend": [1, 1, 2],
    "absence_spacing": 2,
    "notice_gap": 1,
}


def clear(folder: Path) -> Path:
    """An empty folder for the demo, absolute. An earlier demo in it is removed, anything else is left alone.

    Raises:
        Stopped: ``demo-folder-taken``, ``folder-unwritable``.
    """
    folder = folder.absolute()
    try:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise Stopped("demo-folder-taken", Exit.WRONG, folder=str(folder))
        if folder.exists() and any(folder.iterdir()):
            if not (folder / MARK).is_file():
                raise Stopped("demo-folder-taken", Exit.WRONG, folder=str(folder))
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text("Made by cancela demo; the next one may remove it.\n", encoding="utf-8")
    except OSError as fault:
        raise Stopped("folder-unwritable", Exit.WRONG, folder=str(folder), why=fault.strerror) from None
    return folder


def settle(folder: Path, world: World, lang: str) -> None:
    """From now on this process lives in the folder, with the settings of the ``.env`` in it and no others."""
    addresses = world.addresses
    (folder / "rails.toml").write_text(_rails(addresses), encoding="utf-8")
    imap = addresses["imap"]
    settings = {
        "HOME": folder / "home",
        "LANGUAGE": lang,
        "SWEEP_EVERY": "0.1",
        "RAILS_FILE": folder / "rails.toml",
        "IMAP_HOST": imap["host"],
        "IMAP_PORT": imap["port"],
        "IMAP_USER": imap["user"],
        "IMAP_PASSWORD": imap["password"],
        "IMAP_ADDRESS": addresses["notify"],
        "IMAP_TLS": "false",
    }
    lines = "".join(f"CANCELA_{name}={json.dumps(str(value))}\n" for name, value in settings.items())
    (folder / ".env").write_text(lines, encoding="utf-8")
    for name in [name for name in os.environ if name.upper().startswith("CANCELA_")]:
        del os.environ[name]
    os.environ["CANCELA_LOG_LEVEL"] = "INFO"  # of this process; whoever looks around later is not told that much
    os.chdir(folder)


def register(desk: "Desk", world: World, other: World) -> None:
    """Two issuers: one whose certificate the PAC believes, and one whose certificate comes from another world."""
    desk.upkeep.open()
    for rfc, authority in ((ISSUER, world), (IMPOSTOR, other)):
        desk.issuers.add(_issuer(authority.post("/certificates", {"rfc": rfc}), world), actor="operator:demo")


def write_sheet(folder: Path, sheet: Sequence[PlannedRow]) -> Path:
    """The sheet as an operator would have it."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page: Any = book.create_sheet("Cancelar")
    page.append(HEADERS)
    for row in sheet:
        cell = row.uuid if row.cell is None else row.cell
        page.append((cell, row.rfc, row.motive, row.replaced_by or None, row.receiver or None, row.total or None))
    path = folder / SHEET
    book.save(path)
    return path


def announce(world: World, sheet: Sequence[PlannedRow]) -> None:
    """Tell the authorities which documents there are."""
    world.post("/documents", announcements(sheet))


def _issuer(pair: dict[str, str], world: World) -> Any:
    from worker.desk.issuers import NewIssuer

    return NewIssuer(
        cer=base64.b64decode(pair["cer"]),
        key=base64.b64decode(pair["key"]),
        password=pair["password"],
        pac_user=world.addresses["pac_user"],
        pac_password=world.addresses["pac_password"],
        mailbox=world.addresses["notify"],
    )


def _rails(addresses: dict[str, Any]) -> str:
    return "\n".join(
        (
            "[mx.test.pac]",
            f"endpoint = {json.dumps(addresses['pac_url'])}",
            "[mx.test.sat]",
            f"endpoint = {json.dumps(addresses['sat_url'])}",
            "settling = 5",
            "[mx.test.patience]",
            *(f"{name} = {json.dumps(value)}" for name, value in _PATIENCE.items()),
            "",
        )
    )
