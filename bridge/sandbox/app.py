"""The platform on a loopback port: a small ASGI application over the world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Any, Final

import anyio.to_thread

from bridge.ports.rest import RestReply, RestRequest
from bridge.sandbox.billing import PATH as BILLING_PATH
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.world import World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MOST_BYTES: Final = 5_000_000
"""Longest request accepted, in bytes."""

MOST_BILLING_BYTES: Final = 20_000_000
"""Longest request to the billing service, whose files are written as text."""

_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_WRONG_METHOD: Final = 405
_TOO_LARGE: Final = 413


class SandboxApp:
    """ASGI application; serve it on loopback, with the server's own ``Date`` switched off."""

    def __init__(self, world: World) -> None:
        """Serve ``world``."""
        self._world = world

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; other kinds of connection are ignored."""
        if scope["type"] == "http" and scope["path"].startswith(f"{BILLING_PATH}/"):
            await _send_billing(send, await _answer_billing(self._world, scope, receive))
        elif scope["type"] == "http":
            reply = await _answer(self._world, scope, receive)
            await _send(send, reply, self._world)


async def _answer(world: World, scope: Message, receive: Receive) -> SandboxReply:
    refusal = _refusal(world, scope)
    if refusal is not None:
        return _empty(refusal)
    body = await _read(receive)
    if body is None:
        return _empty(_TOO_LARGE)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    request = SandboxRequest(
        path=scope["path"],
        soap_action=headers.get("soapaction"),
        content_type=headers.get("content-type", ""),
        body=body,
    )
    return await anyio.to_thread.run_sync(world.dispatch, request)


async def _answer_billing(world: World, scope: Message, receive: Receive) -> RestReply:
    client = scope.get("client")
    if client is None or not ip_address(client[0]).is_loopback:
        return RestReply(status=_FORBIDDEN, body=b"")
    body = await _read(receive, MOST_BILLING_BYTES)
    if body is None:
        return RestReply(status=_TOO_LARGE, body=b"")
    query = scope["query_string"].decode("latin-1")
    request = RestRequest(
        method=scope["method"],
        url=scope["path"] + (f"?{query}" if query else ""),
        headers={
            name.decode("latin-1").title(): value.decode("latin-1")
            for name, value in scope["headers"]
        },
        body=body or None,
    )
    return await anyio.to_thread.run_sync(world.billing.answer, request)


async def _send_billing(send: Send, reply: RestReply) -> None:
    headers = [
        (b"content-type", reply.content_type.encode("latin-1")),
        (b"content-length", str(len(reply.body)).encode("ascii")),
    ]
    if reply.sent_at is not None:
        headers.append((b"date", format_datetime(reply.sent_at, usegmt=True).encode("ascii")))
    if reply.retry_after_s is not None:
        headers.append((b"retry-after", str(reply.retry_after_s).encode("ascii")))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _refusal(world: World, scope: Message) -> int | None:
    client = scope.get("client")
    if client is None or not ip_address(client[0]).is_loopback:
        return _FORBIDDEN
    if scope["path"] not in world.services:
        return _NOT_FOUND
    return None if scope["method"] == "POST" else _WRONG_METHOD


async def _read(receive: Receive, most_bytes: int = MOST_BYTES) -> bytes | None:
    """Read the whole body; ``None`` when it is too long, or the client left."""
    chunks: list[bytes] = []
    length = 0
    while length <= most_bytes:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
        if not message.get("more_body", False):
            break
    return b"".join(chunks) if length <= most_bytes else None


async def _send(send: Send, reply: SandboxReply, world: World) -> None:
    sent_at = reply.sent_at or world.clock.now()
    headers = [
        (b"date", format_datetime(sent_at, usegmt=True).encode("ascii")),
        (b"content-type", reply.content_type.encode("latin-1")),
        (b"content-length", str(len(reply.body)).encode("ascii")),
    ]
    if reply.status == _WRONG_METHOD:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _empty(status: int) -> SandboxReply:
    return SandboxReply(status=status, body=b"", content_type="text/plain")
