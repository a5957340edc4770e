"""The way to the sandbox, with faults: answers that stop halfway, changed bytes, moments to act."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from bridge.adapters.http import HttpTransport
from bridge.mycarenet import genasync
from bridge.ports.transport import WireReply, WireRequest
from bridge.sandbox.exchange import SandboxRequest
from bridge.sandbox.transport import SandboxTransport
from bridge.sandbox.world import World

POST: Final = genasync.POST_ACTION
GET: Final = genasync.GET_ACTION
CONFIRM: Final = genasync.CONFIRM_ACTION
After = Callable[[WireRequest, WireReply], Awaitable[WireReply]]


class WatchedTransport:
    """Carries to the sandbox in this process; ``after`` sees, and may change, each reply."""

    def __init__(self, world: World) -> None:
        self._inner = SandboxTransport(world)
        self.after: After | None = None

    async def exchange(self, request: WireRequest) -> WireReply:
        reply = await self._inner.exchange(request)
        return reply if self.after is None else await self.after(request, reply)


class CuttingWire:
    """A real connection to GenAsync that breaks in the middle of chosen answers.

    Attributes:
        cuts: How many of the next answers to an action break off.
        drops: How many of the next requests of an action are read and thrown away.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._inside = SandboxTransport(world)
        self._port = 0
        self._http = HttpTransport(program="carebridge/test", contact="test@carebridge.invalid")
        self.cuts: dict[str, int] = {}
        self.drops: dict[str, int] = {}

    async def exchange(self, request: WireRequest) -> WireReply:
        if request.soap_action not in {POST, GET, CONFIRM}:
            return await self._inside.exchange(request)
        path = urlsplit(request.url).path
        return await self._http.exchange(
            replace(request, url=f"http://127.0.0.1:{self._port}{path}")
        )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[CuttingWire]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()
            await self._http.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = (line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        fields = {name.lower(): value for name, value in lines}
        body = await reader.readexactly(int(fields["content-length"]))
        action = fields.get("soapaction", "").strip('"')
        if not _takes(self.drops, action):
            await self._answer(head, fields, body, writer)
        writer.close()

    async def _answer(
        self, head: str, fields: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        action = fields.get("soapaction", "").strip('"')
        request = SandboxRequest(
            path=head.split(" ")[1],
            soap_action=action,
            content_type=fields["content-type"],
            body=body,
        )
        reply = await asyncio.to_thread(self._world.dispatch, request)
        writer.write(
            f"HTTP/1.1 {reply.status} X\r\nContent-Type: {reply.content_type}\r\n"
            f"Content-Length: {len(reply.body)}\r\nConnection: close\r\n\r\n".encode()
        )
        is_cut = _takes(self.cuts, action)
        writer.write(reply.body[: len(reply.body) // 2] if is_cut else reply.body)
        await writer.drain()


def _takes(counts: dict[str, int], action: str) -> bool:
    """Use up one of what is left for an action."""
    left = counts.get(action, 0)
    counts[action] = max(left - 1, 0)
    return left > 0
