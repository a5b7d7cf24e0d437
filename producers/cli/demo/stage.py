"""Sets the stage: a folder of its own, settings that are nobody else's, issuers, and the sheet."""

import base64
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from producers.cli.demo.cfdi import IMPOSTOR, ISSUER
from producers.cli.demo.dce import COMPANY
from producers.cli.demo.plan import PlannedRow, announcements
from producers.cli.demo.world import World
from producers.cli.ends import Exit, Stopped
from schemas.columns import told

if TYPE_CHECKING:
    from worker.desk import Desk

MARK = ".cancela-demo"
CA = "sefaz-ca.pem"
SHEET = "documentos.xlsx"
COLUMNS = (
    "uuid", "rfc", "motive", "replaced_by", "receiver", "total",
    "access_key", "protocol", "justification", "user_cnpj", "user_cpf", "user_other", "authorised_at",
)  # fmt: skip

#: A receiver has five minutes of life in the sandbox; at this speed five seconds.
SPEED = 60.0

_PATIENCE: dict[str, dict[str, Any]] = {
    "mx": {"poll": [1, 2, 3, 5], "consult": [1, 1, 2], "resend": [1, 1, 2], "absence_spacing": 2, "notice_gap": 1},
    "br": {"poll": [1, 2, 3, 5], "consult": [1, 1, 2, 4], "resend": [1, 1, 2], "absence_spacing": 2},
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
    (folder / CA).write_text(addresses["sefaz_ca"], encoding="utf-8")
    (folder / "rails.toml").write_text(_rails(addresses, folder / CA), encoding="utf-8")
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
    """Two Mexican issuers, one whose certificate the PAC believes, and one whose certificate comes from another world;
    and a Brazilian company."""
    desk.upkeep.open()
    for rfc, authority in ((ISSUER, world), (IMPOSTOR, other)):
        desk.issuers.add(_issuer(authority.post("/certificates", {"rfc": rfc}), world), actor="operator:demo")
    desk.issuers.add(_company(world.post("/certificates", {"cnpj": COMPANY})), actor="operator:demo")


def write_sheet(folder: Path, sheet: Sequence[PlannedRow]) -> Path:
    """The sheet as an operator would have it."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page: Any = book.create_sheet("Cancelar")
    page.append([told(name) for name in COLUMNS])
    for row in sheet:
        page.append([row.cells.get(name) for name in COLUMNS])
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


def _company(given: dict[str, str]) -> Any:
    from worker.desk.issuers import NewBrazilianIssuer

    return NewBrazilianIssuer(pfx=base64.b64decode(given["pfx"]), password=given["password"])


def _rails(addresses: dict[str, Any], ca: Path) -> str:
    tables: dict[str, dict[str, Any]] = {
        "mx.test.pac": {"endpoint": addresses["pac_url"]},
        "mx.test.sat": {"endpoint": addresses["sat_url"], "settling": 5},
        "mx.test.patience": _PATIENCE["mx"],
        "br.test.sefaz": {"endpoint": addresses["sefaz_url"]},
        "br.test.http": {"ca_bundle": str(ca)},
        "br.test.patience": _PATIENCE["br"],
    }
    return "\n".join(
        f"[{table}]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
        for table, values in tables.items()
    )
