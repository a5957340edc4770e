"""The played billing service without a socket: port ``RestTransport`` straight into it."""

from __future__ import annotations

import anyio.to_thread

from bridge.crypto.clientidentity import ClientIdentity
from bridge.errors import NotDelivered
from bridge.ports.rest import RestReply, RestRequest
from bridge.sandbox.billing import PlayedBilling


class PlayedRest:
    """Carries requests to a played service in the same process."""

    def __init__(self, service: PlayedBilling) -> None:
        """Reach ``service`` at any host; only the path of an address counts."""
        self._service = service

    def __call__(self, identity: ClientIdentity | None) -> PlayedRest:
        """Open it; there is no TLS to show a certificate in."""
        del identity
        return self

    async def send(self, request: RestRequest) -> RestReply:
        """Let the service answer, in another thread.

        Raises:
            NotDelivered: the scenario makes it unreachable.
        """
        if self._service.is_down:
            raise NotDelivered
        return await anyio.to_thread.run_sync(self._service.answer, request)

    async def close(self) -> None:
        """Close nothing."""
