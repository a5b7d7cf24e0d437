"""How an answer travels, or fails to: every fault that a client sees on the wire."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.faults import Fault

OTHER_DOCUMENT = "0DD00DD0-0DD0-4DD0-8DD0-0DD00DD00DD0"
_PAGE = "<html><head><title>{0}</title></head><body><h1>HTTP Status {0}</h1></body></html>"
_CHUNK = b"<!-- basura -->" * 4096


@dataclass(frozen=True, slots=True)
class Conversation:
    """One call that a service is about to answer.

    ``act`` carries the operation out and gives the answer's bytes; given a UUID, the answer speaks of that document
    instead. ``say`` answers with a code without acting; ``broken`` is the service's SOAP fault.
    """

    act: Callable[[str | None], Awaitable[bytes]]
    say: Callable[[int], bytes]
    broken: bytes
    content_type: str


async def answer(request: web.Request, fault: Fault | None, talk: Conversation) -> web.StreamResponse:
    """The answer to ``request``, as ``fault`` has it."""
    if fault is None:
        return _spoken(await talk.act(None), talk)
    if fault.kind == "stall":
        await asyncio.sleep(fault.seconds)
    body = talk.broken
    if fault.acts or fault.kind in ("late", "stall", "twice", "mixed-up", "drip"):
        body = await talk.act(OTHER_DOCUMENT if fault.kind == "mixed-up" else None)
    if fault.kind == "twice":
        body = await talk.act(None)
    if fault.kind == "late":
        await asyncio.sleep(fault.seconds)
    return await _travelled(request, fault, body, talk)


def _spoken(body: bytes, talk: Conversation, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type=talk.content_type, charset="utf-8")


async def _travelled(request: web.Request, fault: Fault, body: bytes, talk: Conversation) -> web.StreamResponse:
    match fault.kind:
        case "reset":
            return _reset(request)
        case "truncate":
            return await _streamed(request, talk, (body[: len(body) // 2],), len(body), 0)
        case "drip":
            drops = tuple(body[place : place + 1] for place in range(len(body)))
            return await _streamed(request, talk, drops, len(body), fault.seconds)
        case "huge":
            chunks = (_CHUNK[: min(len(_CHUNK), left)] for left in range(fault.size, 0, -len(_CHUNK)))
            return await _streamed(request, talk, tuple(chunks), fault.size, 0)
        case "http":
            return web.Response(text=_PAGE.format(fault.code), status=fault.code, content_type="text/html")
        case "soap-fault":
            return _spoken(talk.broken, talk, 500)
        case "code":
            return _spoken(talk.say(fault.code), talk)
        case "garbage":
            return web.Response(body=b"\x00\xff<Envelope><Body>\xc3\x28 no es XML", content_type=talk.content_type)
        case "empty":
            return web.Response(body=b"", content_type=talk.content_type)
        case _:
            return _spoken(body, talk)


def _reset(request: web.Request) -> web.Response:
    transport = request.transport
    if transport is not None:
        wire = transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()  # goes nowhere


async def _streamed(
    request: web.Request, talk: Conversation, parts: tuple[bytes, ...], promised: int, pause: float
) -> web.StreamResponse:
    """Sends ``parts`` and hangs up when they are fewer bytes than were promised, or when the client has gone."""
    response = web.StreamResponse(headers={"Content-Type": f"{talk.content_type}; charset=utf-8"})
    response.content_length = promised
    await response.prepare(request)
    try:
        for part in parts:
            await response.write(part)
            if pause:
                await asyncio.sleep(pause)
    except ConnectionError:
        return response
    if sum(map(len, parts)) < promised and request.transport is not None:
        request.transport.close()
    return response
