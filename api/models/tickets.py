"""Tickets, and what is given for them."""

from __future__ import annotations

from typing import Final, Literal

from api.models.common import AnswerModel, Moment
from api.models.events import PATH as EVENTS
from bridge.service.tickets import Ticket
from bridge.service.tokens import Client

EVENT_TICKETS: Final = "/v1/event-tickets"
CONSOLE_SESSIONS: Final = "/v1/console-sessions"


class EventTicketLinks(AnswerModel):
    """Where the ticket opens a stream."""

    stream: str


class EventTicket(AnswerModel):
    """What opens one stream of events, once, from the same origin."""

    object: Literal["event_ticket"]
    ticket: str
    expires_at: Moment
    links: EventTicketLinks


class ConsoleSession(AnswerModel):
    """The token of our own page; it lives in the page's memory only."""

    object: Literal["console_session"]
    token: str
    token_type: Literal["Bearer"]
    expires_at: Moment
    scopes: list[str]


def event_ticket(ticket: Ticket) -> EventTicket:
    """Show a ticket, once."""
    return EventTicket(
        object="event_ticket",
        ticket=ticket.text,
        expires_at=ticket.expires_at,
        links=EventTicketLinks(stream=EVENTS),
    )


def console_session(token: str, client: Client, expires_at: Moment) -> ConsoleSession:
    """Show the console's token, once."""
    return ConsoleSession(
        object="console_session",
        token=token,
        token_type="Bearer",  # noqa: S106  # the name of a scheme
        expires_at=expires_at,
        scopes=sorted(client.scopes),
    )
