"""Events as they stand in the stream."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from api.models.common import AnswerModel, Moment
from bridge.domain.events import Event

PATH: Final = "/v1/events"
RETRY_MS: Final = 3000


class EventLinks(AnswerModel):
    """Where to read what the event is about."""

    object: str | None


class EventData(AnswerModel):
    """The `data` of one event; never patient data."""

    id: str
    type: str
    at: Moment
    object: str = Field(description="Kind of the resource, such as `operation`.")
    object_id: str | None
    status: str | None
    links: EventLinks


class ServerSentEvent(AnswerModel):
    """One event as the stream carries it: lines `id:`, `event:` and `data:`."""

    id: str
    event: str = Field(description="Type of the event, one of `x-event-types`.")
    data: str = Field(
        description="One JSON object.",
        json_schema_extra={
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/EventData"},
        },
    )


def event_data(event: Event) -> EventData:
    """Show an event."""
    return EventData(
        id=event.id,
        type=event.type,
        at=event.at,
        object=event.object,
        object_id=event.object_id,
        status=event.status,
        links=EventLinks(object=event.path),
    )


def server_sent_event(event: Event) -> ServerSentEvent:
    """Give an event as the stream carries it."""
    data = event_data(event).model_dump_json()
    return ServerSentEvent(id=event.id, event=event.type, data=data)


def written(event: Event) -> str:
    """Write an event as lines of the stream."""
    sent = server_sent_event(event)
    return f"id: {sent.id}\nevent: {sent.event}\ndata: {sent.data}\n\n"
