"""Tickets: for streams of events where no header can be set, and for our own console."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from api import pairing_examples as examples
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.models.common import EmptyRequest
from api.models.tickets import (
    CONSOLE_SESSIONS,
    EVENT_TICKETS,
    ConsoleSession,
    EventTicket,
    console_session,
    event_ticket,
)


async def create_event_ticket(body: EmptyRequest, context: ContextDep) -> Response:
    """Give a ticket; it does nothing by itself, so a repetition is a ticket of its own."""
    del body  # says nothing
    call = context.call
    ticket = context.services.tickets.issue(call.caller, origin=call.origin)
    return context.answer(event_ticket(ticket))


async def create_console_session(body: EmptyRequest, context: ContextDep) -> Response:
    """Give our own page its token for the ticket it was opened with (SEC-48)."""
    del body  # says nothing
    call, console = context.call, context.services.console
    given = console.sign_in(call.secret, origin=call.origin, port=context.port, scheme=call.scheme)
    model = console_session(given.token, given.client, given.expires_at)
    return context.answer(model)


ENDPOINTS: Final = (
    Endpoint(
        method="POST",
        path=EVENT_TICKETS,
        operation_id="create_event_ticket",
        tag="events",
        summary="Get a ticket for a stream of events",
        description=(
            "For `EventSource`, which cannot set headers: `GET /v1/events?ticket=…` within 30 s, "
            "once, from the same origin. It opens a stream and nothing else (API-50)."
        ),
        handler=create_event_ticket,
        scopes=("events:read",),
        idempotency="accepted",
        request_examples={"empty": {}},
        answers={
            200: Answer(
                description="The ticket.", model=EventTicket, example=examples.EVENT_TICKET
            ),
        },
        since="1.8",
    ),
    Endpoint(
        method="POST",
        path=CONSOLE_SESSIONS,
        operation_id="create_console_session",
        tag="console",
        summary="Sign our own page in",
        description=(
            "With `Authorization: Ticket` and the ticket with which the tray or the command line "
            "opened the page; from the page's own origin only, once, within 30 s (SEC-48)."
        ),
        handler=create_console_session,
        scopes=None,
        credential="ticket",
        idempotency="accepted",
        request_examples={"empty": {}},
        answers={
            200: Answer(
                description="The token, once.",
                model=ConsoleSession,
                example=examples.CONSOLE_SESSION,
            ),
        },
        problems=("token_invalid", "token_expired", "token_origin_mismatch"),
        since="1.8",
    ),
)
"""Rows of the endpoint table."""
