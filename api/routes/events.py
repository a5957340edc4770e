"""The stream of events (API-50 to API-55)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Header, Query
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import examples
from api.context import ContextDep
from api.endpoints import Answer, Endpoint
from api.models.events import PATH, RETRY_MS, ServerSentEvent, written
from bridge.domain.events import TOPICS
from bridge.service.events import Subscription

MEDIA_TYPE: Final = "text/event-stream"
KEEP_ALIVE_S: Final = 15
_MOST_CHARACTERS: Final = 200
_CONSOLE: Final = "console"
"""The scope of who reads everything, and so hears of it."""

Topics = Annotated[
    str | None,
    Query(
        description=f"Any of `{'`, `'.join(TOPICS)}`, with commas between; all by default.",
        max_length=_MOST_CHARACTERS,
        examples=["operations,readers"],
    ),
]
LastEventId = Annotated[
    str | None,
    Header(
        description="The last event seen; what was missed since then comes first.",
        max_length=_MOST_CHARACTERS,
    ),
]
Ticket = Annotated[
    str | None,
    Query(
        description="In place of a token, for `EventSource`; from `POST /v1/event-tickets`.",
        max_length=_MOST_CHARACTERS,
    ),
]


class EventStream(Response):
    """Writes events as they come, until the client goes, its token ends, or the daemon stops."""

    media_type = MEDIA_TYPE

    def __init__(self, subscription: Subscription, may_go_on: Callable[[], bool]) -> None:
        """Stream what a subscription gives; it is closed at the end.

        Args:
            subscription: What is streamed.
            may_go_on: Asked before each event and each sign of life.
        """
        super().__init__(status_code=200)
        del self.headers["content-length"]
        self._subscription = subscription
        self._may_go_on = may_go_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; two tasks run: one writes, one notices that the client went away."""
        del scope
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        writing = asyncio.create_task(self._write(start, send))
        listening = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({writing, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._subscription.close()
            for task in (writing, listening):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _write(self, start: dict[str, object], send: Send) -> None:
        await send(start)
        await _send_text(send, f"retry: {RETRY_MS}\n\n")
        while True:
            try:
                event = await self._subscription.next(within_s=KEEP_ALIVE_S)
            except StopAsyncIteration:
                break
            if not self._may_go_on():
                break
            await _send_text(send, ": still here\n\n" if event is None else written(event))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def get_event_stream(
    context: ContextDep,
    topics: Topics = None,
    last_event_id: LastEventId = None,
    ticket: Ticket = None,
) -> Response:
    """Stream events."""
    del ticket  # the guard took it
    wanted = None if topics is None else frozenset(topics.split(","))
    client = context.call.caller
    subscription = context.services.events.subscribe(
        client.id,
        topics=wanted,
        last_id=last_event_id,
        hears_others=_CONSOLE in client.scopes,
    )
    tokens = context.services.paired_tokens
    return EventStream(subscription, lambda: tokens.is_alive(client))


async def _send_text(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path=PATH,
        operation_id="get_event_stream",
        tag="events",
        summary="Follow events",
        description=(
            "Server-sent events: `id`, `event` and one JSON object as `data`. Never patient data: "
            "read the object. A comment comes every 15 s; after a gap that is too large, `resync` "
            "says to read the state again. At most four streams per token."
        ),
        handler=get_event_stream,
        scopes=("events:read",),
        takes_ticket=True,
        query=("topics", "ticket"),
        media_types=(MEDIA_TYPE,),
        answers={
            200: Answer(
                description="The stream of events; its first line sets `retry`.",
                model=ServerSentEvent,
                example=examples.EVENT,
                media_type=MEDIA_TYPE,
            ),
        },
        problems=("stream_limit_reached",),
    ),
)
"""Rows of the endpoint table."""
