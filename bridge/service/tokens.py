"""Tokens: who calls, and what that caller may do.

The book holds tokens of this run, in memory, as a hash: those of the command line, the console
and the simulator build; tokens of connected software are in ``pairedtokens``.
Source: *Local API security* 7.1, 7.3, 7.4; decisions D10 and D12.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.audit import Action
from bridge.domain.ids import IdSource
from bridge.domain.rights import OWNER_ID
from bridge.errors import AccessDenied, TokenExpired
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.clock import Clock

TOKEN_PREFIX: Final = "cbr_"  # noqa: S105  # a public prefix, no secret
_TOKEN_BYTES: Final = 32
_CHECKSUM_LENGTH: Final = 6
_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

SCOPES: Final = frozenset(
    {
        "status:read",
        "ehealth-session:read",
        "ehealth-session:create",
        "ehealth-session:end",
        "insurability:check",
        "declarations:send",
        "invoices:send",
        "responses:read",
        "history:read",
        "history:read-all",
        "history:mark",
        "history:export",
        "billing:read",
        "billing:send",
        "work-lists:write",
        "card:read",
        "patient-card:read",
        "events:read",
        "reference-data:read",
        "registrations:read",
        "support:create",
        "console",
    },
)
"""Scopes of the resources that exist; the list grows with them."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """The holder of a token.

    Attributes:
        id: Stable name of the caller; operations and idempotency keys belong to it.
        display_name: What the PIN prompt shows as the asking software.
        scopes: What it may do.
        origin: The web origin its token is bound to; ``None`` for native software.
        key_thumbprint: The key its token is bound to; ``None`` when a token alone will do.
        actor_id: Whom it acts for; our own console and command line act for the owner.
    """

    id: str
    display_name: str
    scopes: frozenset[str]
    origin: str | None = None
    key_thumbprint: str | None = None
    actor_id: str = OWNER_ID


@dataclass(frozen=True)
class _Issued:
    client: Client
    expires_at: datetime


class TokenBook:
    """Issues tokens and recognises them."""

    def __init__(self, *, clock: Clock, ids: IdSource, audit: Auditor = NO_AUDIT) -> None:
        """Start with no token."""
        self._audit = audit
        self._clock = clock
        self._ids = ids
        self._issued: dict[bytes, _Issued] = {}

    def issue(self, client: Client, *, lifetime: timedelta) -> str:
        """Make a token for a client: 256 random bits, prefix and checksum."""
        now = self._clock.now()
        token = new_token(self._ids)
        alive = {key: kept for key, kept in self._issued.items() if now < kept.expires_at}
        # Replaced as a whole: the command line's thread issues while the loop authenticates.
        self._issued = {**alive, _hash(token): _Issued(client, now + lifetime)}
        self._audit.record(Action.TOKEN_ISSUED, client=client.id)
        return token

    def forget_all(self) -> None:
        """Forget all tokens of this run: those of the command line and of the console."""
        self._issued = {}

    def authenticate(self, token: str) -> Client:
        """Give the client a token belongs to.

        Raises:
            AccessDenied: no such token.
            TokenExpired: its time is over.
        """
        wanted = _hash(token)
        found = None
        for known, issued in self._issued.items():
            if hmac.compare_digest(known, wanted):
                found = issued
        if found is None:
            raise AccessDenied
        if self._clock.now() >= found.expires_at:
            raise TokenExpired
        return found.client


def new_token(ids: IdSource) -> str:
    """Make a token: prefix, 256 random bits, checksum."""
    body = base64.urlsafe_b64encode(ids.secret(_TOKEN_BYTES)).rstrip(b"=").decode()
    return f"{TOKEN_PREFIX}{body}{checksum(body)}"


def checksum(body: str) -> str:
    """Give the six characters that let scanners and log filters recognise a token."""
    number = zlib.crc32(body.encode())
    return "".join(_BASE62[number // 62**place % 62] for place in range(_CHECKSUM_LENGTH))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
