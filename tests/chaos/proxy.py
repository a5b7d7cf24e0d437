"""A TCP proxy that does to connections what networks do: cut them, forget them, swallow them, turn them away, be slow.

A half-open connection stays open on both sides and nothing passes any more, as behind a NAT or a firewall that forgot
it; new connections pass. A blackhole takes new connections as well and lets nothing through.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import Counter
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
_START = 10.0


class Proxy:
    """``with Proxy(port) as proxy``: listens on ``proxy.port`` and leads to ``port``. All methods from any thread.

    ``pace`` is how many seconds each piece takes on a good day; ``done`` counts the connections that met each trouble.
    """

    def __init__(self, upstream: int, *, pace: float = 0.0) -> None:
        self.upstream, self.port, self.pace = upstream, 0, pace
        self.done: Counter[str] = Counter()
        self._links: set[_Link] = set()
        self._mode, self._pause = "pass", pace
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(_START)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_START)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START)
        self._loop.close()

    def heal(self) -> None:
        """Everything passes again. What was half-open is gone for good: it is reset, as by a router that woke up."""
        self._soon(self._heal)

    def reset(self) -> None:
        """Every connection is reset (RST), on both sides."""
        self._soon(self._reset)

    def half_open(self) -> None:
        """Nothing passes on the connections that there are, and nobody is told."""
        self._soon(self._half_open)

    def blackhole(self) -> None:
        """Nothing passes at all, and new connections are taken."""
        self._soon(self._blackhole)

    def refuse(self) -> None:
        """New connections are reset at once; those that there are go on."""
        self._soon(self._become, "refuse")

    def delay(self, seconds: float) -> None:
        """Every piece takes so much longer."""
        self._pause = seconds
        self._soon(self._become, "delay")

    def _soon(self, act: object, *arguments: object) -> None:
        self._loop.call_soon_threadsafe(act, *arguments)  # type: ignore[arg-type]

    def _become(self, mode: str) -> None:
        self._mode = mode
        if mode == "delay":
            self.done[mode] += len(self._links)

    def _heal(self) -> None:
        self._mode, self._pause = "pass", self.pace
        for link in [link for link in self._links if link.deaf]:
            link.reset()

    def _reset(self) -> None:
        self.done["reset"] += len(self._links)
        for link in list(self._links):
            link.reset()

    def _half_open(self) -> None:
        self.done["half-open"] += len(self._links)
        for link in self._links:
            link.deaf = True

    def _blackhole(self) -> None:
        self._mode = "blackhole"
        self.done["blackhole"] += len(self._links)
        for link in self._links:
            link.deaf = True

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        self._reset()
        while self._links:
            await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        if self._mode == "refuse":
            self.done["refuse"] += 1
            link.reset()
            return
        self._links.add(link)
        try:
            await self._carried(link, reader, writer)
        finally:
            self._links.discard(link)

    async def _carried(self, link: "_Link", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "blackhole":
            self.done["blackhole"] += 1
            link.deaf = True
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self.upstream)
        except OSError:
            link.reset()
            return
        link.ends.append(far_writer)
        pumps = (self._pump(link, reader, far_writer), self._pump(link, far_reader, writer))
        await asyncio.gather(*pumps)
        for end in link.ends:
            end.close()

    async def _pump(self, link: "_Link", source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(65_536):
                if self._pause:
                    await asyncio.sleep(self._pause)
                if not link.deaf:
                    sink.write(piece)
                    await sink.drain()
            while link.deaf and not link.over:  # whoever hung up is not told on, either
                await link.ended.wait()
            if sink.can_write_eof():
                sink.write_eof()
        except OSError:
            if link.deaf and not link.over:  # a reset is not passed on by whoever forgot the connection
                await link.ended.wait()
            link.reset()


class _Link:
    """One connection, with both of its ends."""

    def __init__(self, near: asyncio.StreamWriter) -> None:
        self.ends = [near]
        self.deaf = False
        self.ended = asyncio.Event()

    @property
    def over(self) -> bool:
        return self.ended.is_set()

    def reset(self) -> None:
        """RST, not FIN."""
        self.ended.set()
        for end in self.ends:
            wire: socket.socket | None = end.get_extra_info("socket")
            with contextlib.suppress(OSError):
                if wire is not None:
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.transport.abort()
