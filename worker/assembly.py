"""The only place where parts are joined. One set per process; a forked child makes its own."""

import os
import socket
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import structlog

from worker.domain.notice import Notice
from worker.engine import notices
from worker.engine.ports import Parts
from worker.ledger.ledger import SqlLedger
from worker.ledger.vault import SqlVault
from worker.mail.account import Account, Security
from worker.mail.health import Health, Mood, ailment
from worker.mail.listener import Listener
from worker.mail.token import from_command
from worker.mail.watch import stopped_by_signals, watch
from worker.observe.clock import SystemClock
from worker.observe.logs import configure
from worker.rails import registry
from worker.rails.mx.notice import Notices
from worker.rails.registry import RailContext
from worker.settings import Misconfigured, Settings, load
from worker.signing import custody

log = structlog.get_logger()


#: How often a role that feels no different says that it is there.
PULSE = timedelta(seconds=20)


class House:
    """Everything of one process, made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.me = f"{socket.gethostname()}:{os.getpid()}"
        self._felt: dict[str, tuple[datetime, Mood, str | None]] = {}

    @cached_property
    def ledger(self) -> SqlLedger:
        """The ledger. Beyond one machine it is migrated on purpose (``cancela up`` does it for the embedded one)."""
        return SqlLedger(self.settings.ledger_url, connections=self.settings.concurrency + 8)

    @cached_property
    def keys(self) -> custody.MasterKeys:
        """The master keys.

        Raises:
            CannotUnseal: there are none, or they lie open to others.
        """
        given = self.settings.master_key
        return (
            custody.from_text(given.get_secret_value()) if given else custody.from_file(self.settings.master_key_path)
        )

    @cached_property
    def vault(self) -> SqlVault:
        """The vault."""
        return SqlVault(self.ledger, self.keys)

    @cached_property
    def parts(self) -> Parts:
        """What the engine's story is told with.

        Raises:
            CannotUnseal: with the keys at hand nothing could be signed. Not a job is touched then.
        """
        self.vault.prove()
        rails = {
            rail: registry.build(
                rail,
                RailContext(
                    issuers=self.ledger,
                    vault=self.vault,
                    clock=self.clock,
                    settings=self.settings.rails.get(rail, {}),
                    archived=self._archived,
                ),
            )
            for rail in registry.ids()
        }
        return Parts(
            ledger=self.ledger, rails=rails, clock=self.clock, me=self.me, redispatch=self.settings.redispatch_after
        )

    def _archived(self, digest: str) -> bytes:
        with self.ledger.reading() as reading:
            return reading.archive.load(digest)

    def open(self) -> None:
        """Make what a first start needs: the embedded ledger, and a master key where nothing was sealed under one yet.

        Raises:
            CannotUnseal: the key is missing, or it is not the one that sealed what lies in the vault. A new one would
                only make the loss look like a wrong password, job by job.
        """
        self.ledger.migrate()
        with self.ledger.reading() as reading:
            first = not reading.secrets.any()
        if first and self.settings.master_key is None and not self.settings.master_key_path.exists():
            custody.create_file(self.settings.master_key_path)
        self.vault.prove()

    # -- mail ---------------------------------------------------------------------------------------------------
    def mailbox(self) -> Account:
        """The watched mailbox.

        Raises:
            Misconfigured: setting-missing.
        """
        s = self.settings
        if not s.imap_host or not s.imap_user:
            raise Misconfigured("setting-missing", ("CANCELA_IMAP_HOST", "CANCELA_IMAP_USER"), "no mailbox is set")
        token = from_command(s.imap_token_command) if s.imap_token_command else None
        return Account(
            mailbox=s.imap_address or s.imap_user,
            host=s.imap_host,
            port=s.imap_port,
            user=s.imap_user,
            security=Security.TLS if s.imap_tls else Security.PLAIN,
            ca_file=s.imap_ca_file,
            password=None if token else self._imap_password(),
            token=token,
            folder=s.imap_folder,
        )

    def listener(self) -> Listener:
        """The watcher of that mailbox."""
        return Listener(
            self.mailbox(), rail="mx", read=Notices().read, take=self._take, clock=self.clock, beat=self._beat
        )

    def _imap_password(self) -> str:
        s = self.settings
        if s.imap_password is not None:
            return s.imap_password.get_secret_value()
        if s.imap_password_file is None:
            raise Misconfigured("setting-missing", ("CANCELA_IMAP_PASSWORD",), "no password and no token command")
        try:
            return s.imap_password_file.read_text("utf-8").rstrip("\r\n")
        except OSError as fault:
            why = str(fault.strerror)
            raise Misconfigured("setting-invalid", ("CANCELA_IMAP_PASSWORD_FILE",), why) from None

    def _take(self, notice: Notice) -> None:
        new = notices.take(self.parts, notice)
        log.info("mail.notice", document=notice.document, positive=notice.positive, slug=notice.slug, new=new)

    def _beat(self, health: Health) -> None:
        """Tell how the mailbox is: every change of how it feels, and else from time to time."""
        ill = ailment(health, self.clock.now())
        now, last = self.clock.now(), self._felt.get(health.mailbox)
        if last is not None and last[1:] == (health.mood, ill) and now - last[0] < PULSE:
            return
        self._felt[health.mailbox] = (now, health.mood, ill)
        if ill:
            log.warning("mail." + ill, mailbox=health.mailbox, fault=health.fault)
        told = {"slug": ill, "mood": health.mood.value, "fault": health.fault, "taken": health.taken}
        self.beat(f"mail {health.mailbox}", told | {"quarantined": health.quarantined, "faults": health.faults})

    # -- signs of life -------------------------------------------------------------------------------------------
    def beat(self, name: str, data: Mapping[str, Any]) -> None:
        """This role lives."""
        with self.ledger.unit() as unit:
            unit.pulses.beat(name, self.clock.now(), data)


_lock = threading.RLock()
_house: tuple[int, House] | None = None


def settle_in(settings: Settings) -> House:
    """Use these settings in this process, from now on."""
    global _house
    with _lock:
        _house = (os.getpid(), House(settings))
        return _house[1]


def house() -> House:
    """What this process has."""
    with _lock:
        if _house is None or _house[0] != os.getpid():
            return settle_in(load() if _house is None else _house[1].settings)
        return _house[1]


def parts() -> Parts:
    """What the engine's story is told with."""
    return house().parts


def watch_mail(stop: threading.Event) -> None:
    """Watch the mailbox until ``stop`` is set."""
    watch([house().listener()], stop)


def run_mail() -> int:
    """The mail role; an exit status."""
    settings = house().settings
    configure(settings.log_level, as_json=settings.log_json)
    try:
        listener = house().listener()
    except Misconfigured as wrong:
        log.error("mail.misconfigured", slug=wrong.slug, settings=wrong.names, why=wrong.why)  # noqa: TRY400
        return 2
    return 0 if watch([listener], stopped_by_signals()) else 1
