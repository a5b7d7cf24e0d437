"""The whole sandbox in one object: the authorities and a mailbox on loopback ports, in a thread of its own."""

import asyncio
import contextlib
import logging
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from sandbox.account import Account
from sandbox.certificates import Authority, KeyPair
from sandbox.certificates_br import IcpBrasil, Leaf
from sandbox.clock import WorldClock
from sandbox.control import Control, truth
from sandbox.faults import FaultBook
from sandbox.mailroom import Mailbox, Mailroom
from sandbox.notices import Notices
from sandbox.pac import Pac
from sandbox.postbox import Postbox
from sandbox.sat import Sat
from sandbox.sefaz import Sefaz
from sandbox.sefaz_control import SefazControl
from sandbox.sefaz_elsewhere import Elsewhere
from sandbox.sefaz_manners import Manners
from sandbox.sefaz_register import Register
from sandbox.sefaz_site import SefazSite, icp_brasil
from sandbox.sefaz_trust import Belief
from sandbox.trust import Trust
from sandbox.truth import World
from sandbox.wsdl import Naming

NOTIFY = "avisos@cancela.example"
_START = 30.0


class Sandbox:
    """Stand-ins for PAC, SAT, SEFAZ and the mailbox: ``with Sandbox(speed=60) as sandbox: …``.

    ``speed`` compresses the lives of documents (see ``WorldClock``); ``strangers`` names the life of documents that
    nobody announced, ``dce_strangers`` that of DC-e; ``ports`` fixes ``http``, ``sefaz``, ``imap`` or ``smtp`` where a
    free port will not do; ``mailbox`` is an
    account on another IMAP server to deliver to (then no own one is started); ``mail_tls`` makes the own IMAP server
    speak TLS. ``trust`` and ``belief`` replace whose certificates PAC and SEFAZ believe: by default those of
    ``authority`` and of ``icp_brasil`` alone.
    Public attributes hold after entering. Raises ``OSError`` there when a port is taken.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        strangers: str = "foreign",
        dce_strangers: str = "unknown",
        clock: WorldClock | None = None,
        ports: Mapping[str, int] | None = None,
        mailbox: Mailbox | None = None,
        mail_tls: bool = False,
        naming: Naming | None = None,
        authority: Authority | None = None,
        trust: Trust | None = None,
        icp: IcpBrasil | None = None,
        belief: Belief | None = None,
    ) -> None:
        self.clock = clock or WorldClock(speed=speed)
        self.world = World(self.clock, strangers=strangers)
        self.faults = FaultBook()
        self.authority = authority or Authority()
        self.trust = trust or Trust()
        self.trust.authorities = (*self.trust.authorities, self.authority.certificate)
        self.icp = icp or icp_brasil()
        self.belief = belief or Belief()
        self.belief.authorities = (*self.belief.authorities, self.icp.intermediate, self.icp.root)
        self.register = Register(self.clock, Manners(), Elsewhere(self.icp), strangers=dce_strangers)
        self.sefaz = Sefaz(self.world, self.register, self.faults, self.belief)
        self._site = SefazSite(self.sefaz, self.icp, self.clock)
        self.account = Account("pruebas@sandbox.example", "clave-de-prueba")
        self.naming = naming or Naming()
        self.notify = NOTIFY
        self.host = "127.0.0.1"
        self.http_port = 0
        self.smtp: tuple[str, int] = (self.host, 0)
        self.imap = mailbox or Mailbox(host=self.host, port=0, user=NOTIFY, password="buzon-de-prueba")  # noqa: S106
        self._own_mailbox, self._mail_tls, self._ports = mailbox is None, mail_tls, dict(ports or {})
        self._stack = contextlib.AsyncExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(_START)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _trace: TracebackType | None
    ) -> None:
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._stop(), loop).result(_START)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_START)
        loop.close()
        self._loop = self._thread = None

    @property
    def pac_user(self) -> str:
        """Who may call the PAC."""
        return self.account.user

    @property
    def pac_password(self) -> str:
        """With which password."""
        return self.account.password

    @property
    def base_url(self) -> str:
        """The HTTP server of PAC, SAT and control."""
        return f"http://{self.host}:{self.http_port}"

    @property
    def pac_url(self) -> str:
        """The PAC's service: takes SOAP 1.1 and 1.2, and ``?wsdl``."""
        return f"{self.base_url}/ws/services/{self.naming.service}"

    @property
    def pac_port_url(self) -> str:
        """The PAC's SOAP 1.1 port."""
        return self.base_url + self.naming.path(self.naming.port11)

    @property
    def pac_port12_url(self) -> str:
        """The PAC's SOAP 1.2 port."""
        return self.base_url + self.naming.path(self.naming.port12)

    @property
    def sat_url(self) -> str:
        """SAT's public status service."""
        return f"{self.base_url}/ConsultaCFDIService.svc"

    @property
    def sefaz_url(self) -> str:
        """Where the services of SEFAZ's homologation environment lie: ``{sefaz_url}/DCeRecepcaoEvento`` and so on."""
        return f"{self._site.base_url}/dce"

    @property
    def sefaz_production_url(self) -> str:
        """The same of its production environment."""
        return f"{self._site.base_url}/producao/dce"

    @property
    def sefaz_ca_file(self) -> Path:
        """Whom a client of SEFAZ must trust (PEM)."""
        return self._site.ca_file

    @property
    def control_url(self) -> str:
        """The sandbox's own door."""
        return self.base_url

    def issue(self, rfc: str, **wishes: Any) -> KeyPair:
        """A seal (CSD) for this RFC that the PAC believes; ``wishes`` as for ``Authority.issue``."""
        return self.authority.issue(rfc, **wishes)

    def issue_a1(self, cnpj: str, **wishes: Any) -> Leaf:
        """A certificate (e-CNPJ) that SEFAZ believes; ``wishes`` as for ``IcpBrasil.ecnpj``."""
        return self.icp.ecnpj(cnpj, **wishes)

    def truth(self) -> dict[str, Any]:
        """What the authorities of both countries hold true, JSON-ready."""
        return truth(self.world, self.register)

    def advance(self, seconds: float) -> None:
        """Moves calendar and lives forward, and sends the mails that have become due."""
        self.clock.advance(seconds)
        self._notices.wake()

    def addresses(self) -> dict[str, Any]:
        """Everything that another process needs to know, JSON-ready."""
        return {
            "pac_url": self.pac_url,
            "pac_port_url": self.pac_port_url,
            "pac_port12_url": self.pac_port12_url,
            "pac_user": self.pac_user,
            "pac_password": self.pac_password,
            "sat_url": self.sat_url,
            "sefaz_url": self.sefaz_url,
            "sefaz_production_url": self.sefaz_production_url,
            "sefaz_ca_file": str(self.sefaz_ca_file),
            "sefaz_ca": self.icp.root_pem.decode(),
            "control_url": self.control_url,
            "smtp": {"host": self.smtp[0], "port": self.smtp[1]},
            "imap": asdict(self.imap),
            "notify": self.notify,
            "speed": self.clock.speed,
        }

    async def _start(self) -> None:
        if self._own_mailbox:
            await self._start_postbox()
        mailroom = Mailroom({self.notify: self.imap})
        self._stack.push_async_callback(mailroom.stop)
        await mailroom.start(self.host, self._ports.get("smtp", 0))
        self.mailroom, self.smtp = mailroom, (mailroom.host, mailroom.port)
        self._notices = Notices(self.world, self.faults, mailroom)
        self.world.on_registered = self._notices.owe
        sending = asyncio.create_task(self._notices.run())
        self._stack.callback(sending.cancel)
        await self._start_http()
        self._stack.push_async_callback(self._site.stop)
        await self._site.start(self.host, self._ports.get("sefaz", 0))

    async def _start_postbox(self) -> None:
        folder = None
        if self._mail_tls:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="cancela-sandbox-")))
        postbox = Postbox(self.imap.user, self.imap.password, tls_folder=folder)
        self._stack.push_async_callback(postbox.stop)
        self.imap = await postbox.start(self.host, self._ports.get("imap", 0))

    async def _start_http(self) -> None:
        pac = Pac(self.world, self.faults, self.account, self.trust, self.naming)
        pac.before_answer = self._notices.before_answer
        control = Control(
            self.world,
            self.faults,
            self.account,
            self.authority,
            self._notices,
            self.register,
            SefazControl(self.sefaz, self.icp),
            self.addresses,
        )
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes([*pac.routes(), *Sat(self.world, self.faults).routes(), *control.routes()])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, self.host, self._ports.get("http", 0))
        await site.start()
        self.http_port = int(runner.addresses[0][1])

    async def _stop(self) -> None:
        await self._stack.aclose()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.get_running_loop().shutdown_default_executor()
        logging.getLogger(__name__).debug("the sandbox has ended")
