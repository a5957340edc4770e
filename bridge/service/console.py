"""Signing our own console in: the user opens it, and that act is the approval (SEC-48)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bridge.errors import AccessDenied
from bridge.service.tokens import SCOPES, Client

if TYPE_CHECKING:
    from bridge.ports.clock import Clock
    from bridge.ports.pairings import SecurityJournal
    from bridge.service.tickets import Ticket, TicketBook
    from bridge.service.tokens import TokenBook

LIFETIME: Final = timedelta(hours=12)
CLIENT_ID: Final = "console"
NAME: Final = "Carebridge"


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """The token of a page, in the one moment in which it is known."""

    token: str = field(repr=False)
    client: Client
    expires_at: datetime


class ConsoleDesk:
    """Gives tickets to the tray and the command line, and tokens to the page they open."""

    def __init__(
        self, *, tokens: TokenBook, tickets: TicketBook, clock: Clock, journal: SecurityJournal
    ) -> None:
        """Issue tokens of this run.

        Args:
            tokens: Issues them.
            tickets: Of the console alone: those for streams must not sign anybody in.
            clock: Says until when.
            journal: Takes each sign-in.
        """
        self._tokens = tokens
        self._tickets = tickets
        self._clock = clock
        self._journal = journal

    def ticket(self) -> Ticket:
        """Give a ticket for the fragment of the page's address."""
        return self._tickets.issue(
            Client(id=CLIENT_ID, display_name=NAME, scopes=SCOPES), origin=None
        )

    def sign_in(
        self, ticket: str | None, *, origin: str | None, port: int, scheme: str = "http"
    ) -> SignedIn:
        """Give our own page its token, bound to the page's origin.

        Raises:
            AccessDenied: no such ticket, or ``token_origin_mismatch``: the page is not ours.
            TokenExpired: the ticket is older than 30 seconds.
        """
        if ticket is None:
            raise AccessDenied
        if origin != f"{scheme}://127.0.0.1:{port}":
            raise AccessDenied(code="token_origin_mismatch")
        opened = self._tickets.redeem(ticket, origin=None)
        client = Client(
            id=opened.id, display_name=opened.display_name, scopes=opened.scopes, origin=origin
        )
        token = self._tokens.issue(client, lifetime=LIFETIME)
        self._journal.record("console.signed_in")
        return SignedIn(token=token, client=client, expires_at=self._clock.now() + LIFETIME)
