"""The TLS door of SEFAZ's stand-in: who enters shows a certificate whose chain leads to a root that is believed."""

import contextlib
import ssl
import tempfile
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.certificates_br import IcpBrasil, Leaf
from sandbox.clock import WorldClock
from sandbox.sefaz import Sefaz

# OpenSSL's X509_V_FLAG_NO_CHECK_TIME: validity is judged by the sandbox's own clock, and answered with a code.
_NO_CHECK_TIME = 0x200000


@cache
def icp_brasil() -> IcpBrasil:
    """The hierarchy of this process, made when first asked for: its keys take a while."""
    return IcpBrasil()


@cache
def _server(authority: IcpBrasil) -> Leaf:
    return authority.server()


class SefazSite:
    """Listens on a port of its own. ``ca_file`` (PEM) is what a client must trust; it lives as long as the site."""

    def __init__(self, sefaz: Sefaz, authority: IcpBrasil, clock: WorldClock) -> None:
        self._sefaz, self._authority, self._clock = sefaz, authority, clock
        self._stack = contextlib.AsyncExitStack()
        self.host, self.port = "localhost", 0
        self.ca_file = Path()

    @property
    def base_url(self) -> str:
        """The server, without a path; its certificate is for this name."""
        return f"https://{self.host}:{self.port}"

    async def start(self, address: str, port: int) -> None:
        """Opens the door. Raises ``OSError`` when the port is taken."""
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="cancela-sefaz-")))
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self._authority.root_pem)
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.add_routes(self._sefaz.routes())
        app.on_response_prepare.append(self._dated)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, address, port, ssl_context=self._context(folder)).start()
        self.port = int(runner.addresses[0][1])

    async def stop(self) -> None:
        """Closes the door and forgets its files."""
        await self._stack.aclose()

    def _context(self, folder: Path) -> ssl.SSLContext:
        server = _server(self._authority)
        (folder / "server.pem").write_bytes(server.chain_pem)
        (folder / "server.key").write_bytes(server.key_pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
        roots = self._sefaz.belief.roots
        context.load_verify_locations(cadata="".join(each.public_bytes(Encoding.PEM).decode() for each in roots))
        return context

    async def _dated(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Every answer carries the sandbox's own time."""
        response.headers["Date"] = format_datetime(self._clock.now().replace(microsecond=0), usegmt=True)
