"""The platform without a socket: port ``Transport`` straight into the sandbox."""

from __future__ import annotations

from urllib.parse import urlsplit

import anyio.to_thread

from bridge.errors import NotDelivered
from bridge.ports.transport import WireReply, WireRequest
from bridge.sandbox.exchange import SandboxRequest
from bridge.sandbox.world import World


class SandboxTransport:
    """Carries requests to a world in the same process."""

    def __init__(self, world: World) -> None:
        """Reach ``world`` at any host; only the path of an address counts."""
        self._world = world

    async def exchange(self, request: WireRequest) -> WireReply:
        """Let the world answer, in another thread.

        Raises:
            NotDelivered: the scenario makes the service unreachable.
        """
        path = urlsplit(request.url).path
        if self._world.is_down(path):
            raise NotDelivered
        received = SandboxRequest(
            path=path,
            soap_action=request.soap_action,
            content_type=request.content_type,
            body=request.body,
        )
        reply = await anyio.to_thread.run_sync(self._world.dispatch, received)
        return WireReply(
            status=reply.status,
            body=reply.body,
            content_type=reply.content_type,
            sent_at=reply.sent_at,
        )
