"""One accepted request, as handlers see it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request

from api.endpoints import Endpoint
from api.prefer import Preferences
from api.strict_json import canonical
from bridge.service.keys import KeyClaim
from bridge.service.tokens import Client

SCOPE_KEY: Final = "carebridge.call"


@dataclass(frozen=True, kw_only=True)
class Call:
    """What the guard found out.

    Attributes:
        request_id: ``req_…``, given back as ``X-Request-Id``.
        endpoint: What was asked for, by its row in the table.
        client: Who calls; ``None`` on the few addresses that need no token.
        path: Path that was asked for.
        body: The parsed body, ``None`` when the method has none.
        idempotency_key: The key, without quotes.
        origin: The web origin of the caller; ``None`` for native software.
        is_browser: The request has marks of a browser (``Sec-Fetch-*``).
        secret: What was shown in place of a token, where the endpoint asks for that.
        port: The port that was called; it is really ours.
        scheme: How it was called, ``http`` or ``https``.
    """

    request_id: str
    endpoint: Endpoint
    language: str
    path: str
    client: Client | None = None
    preferences: Preferences = field(default_factory=Preferences)
    idempotency_key: str | None = None
    body: Any = None
    origin: str | None = None
    is_browser: bool = False
    secret: str | None = field(default=None, repr=False)
    port: int = 0
    scheme: str = "http"

    @property
    def caller(self) -> Client:
        """The client of an address that needs a token."""
        if self.client is None:
            raise LookupError("this address needs no token")
        return self.client

    @property
    def claim(self) -> KeyClaim | None:
        """The idempotency key with what it is used for (API-32).

        The path belongs to the fingerprint: one key for two resources is a mistake of the caller.
        """
        if self.idempotency_key is None:
            return None
        asked = self.path.encode() + b"\n" + canonical(self.body)
        return KeyClaim(
            key=self.idempotency_key,
            route=self.endpoint.route,
            fingerprint=hashlib.sha256(asked).hexdigest(),
        )


def call_of(request: Request) -> Call:
    """Give the call the guard left in the scope."""
    call: Call = request.scope[SCOPE_KEY]
    return call
