"""Tickets: what opens one thing once, where no token can be shown (API-50, SEC-48).

A ticket stands in an address, so it is worth little: one use, half a minute, one origin.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bridge.domain.pairings import digest_of
from bridge.errors import AccessDenied, TokenExpired

if TYPE_CHECKING:
    from bridge.domain.ids import IdSource
    from bridge.ports.clock import Clock
    from bridge.service.tokens import Client

LIFETIME: Final = timedelta(seconds=30)
MOST_WAITING: Final = 200
_TICKET_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A ticket as it is given out."""

    text: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class _Issued:
    client: Client
    origin: str | None
    expires_at: datetime


class TicketBook:
    """Gives tickets and takes each back once; used on the loop alone."""

    def __init__(self, *, clock: Clock, ids: IdSource) -> None:
        """Start with none."""
        self._clock = clock
        self._ids = ids
        self._issued: dict[str, _Issued] = {}

    def issue(self, client: Client, *, origin: str | None) -> Ticket:
        """Make a ticket that its client may use once, from one origin."""
        now = self._clock.now()
        secret = self._ids.secret(_TICKET_BYTES)
        text = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
        alive = {key: each for key, each in self._issued.items() if now < each.expires_at}
        while len(alive) >= MOST_WAITING:
            del alive[next(iter(alive))]
        expires_at = now + LIFETIME
        self._issued = {**alive, digest_of(text): _Issued(client, origin, expires_at)}
        return Ticket(text=text, expires_at=expires_at)

    def redeem(self, text: str, *, origin: str | None) -> Client:
        """Give the client of a ticket, and make the ticket worthless whatever follows.

        Raises:
            AccessDenied: there is none, it was used, or it is for another origin
                (``token_origin_mismatch``).
            TokenExpired: it is older than 30 seconds.
        """
        issued = self._issued.pop(digest_of(text), None)
        if issued is None:
            raise AccessDenied
        if self._clock.now() >= issued.expires_at:
            raise TokenExpired
        if issued.origin != origin:
            raise AccessDenied(code="token_origin_mismatch")
        return issued.client

    def drop(self, client_id: str) -> None:
        """Make all tickets of a client worthless."""
        self._issued = {
            key: each for key, each in self._issued.items() if each.client.id != client_id
        }
