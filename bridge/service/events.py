"""The event book: what happened lately, and who listens.

Events are a convenience, never the only way: everything they say can also be read (API-55).
Source: *REST API conventions* 7.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta
from typing import Final

from bridge.domain.events import ALWAYS, RESYNC, STOPPING, TOPICS, Event
from bridge.domain.ids import IdSource
from bridge.errors import InputError
from bridge.ports.clock import Clock

MOST_KEPT: Final = 1000
KEPT_FOR: Final = timedelta(minutes=15)
MOST_STREAMS: Final = 4
"""Streams one client may have open at a time (API-54)."""
MOST_WAITING: Final = 256
"""Events a slow listener may be behind; then it is told to read the state again."""


class Subscription:
    """One listener; iterate to get its events, and ``close`` it when it goes."""

    def __init__(self, book: EventBook, client_id: str, types: frozenset[str]) -> None:
        """Listen to some types of events."""
        self._book = book
        self._types = types
        self._waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self._is_over = False
        self.client_id = client_id

    def offer(self, event: Event) -> None:
        """Hand over an event, if it is of a type that is listened to."""
        if event.type not in self._types or event.client_id not in {None, self.client_id}:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            event = self._book.resync()
        self._waiting.append(event)
        self._news.set()

    def end(self) -> None:
        """Let the listener take what waits, and then end."""
        self._is_over = True
        self._news.set()

    def close(self) -> None:
        """Stop listening."""
        self._book.forget(self)

    async def next(self, *, within_s: float) -> Event | None:
        """Give the next event; ``None`` when none came in time.

        Raises:
            StopAsyncIteration: the daemon stops.
        """
        if not self._waiting and not self._is_over:
            try:
                await asyncio.wait_for(self._news.wait(), within_s)
            except TimeoutError:
                return None
        if not self._waiting:
            raise StopAsyncIteration
        event = self._waiting.popleft()
        if not self._waiting and not self._is_over:
            self._news.clear()
        return event


class EventBook:
    """Keeps what happened lately and hands it to who listens; used on the loop alone."""

    def __init__(self, *, clock: Clock, ids: IdSource) -> None:
        """Start with nothing."""
        self._clock = clock
        self._ids = ids
        self._kept: deque[Event] = deque(maxlen=MOST_KEPT)
        self._listeners: list[Subscription] = []
        self._is_over = False

    def publish(
        self,
        kind: str,
        *,
        object: str,  # noqa: A002  # the name of the member in the event
        object_id: str | None = None,
        status: str | None = None,
        path: str | None = None,
        client_id: str | None = None,
    ) -> Event:
        """Tell that something happened; nothing about a person may be in any argument.

        Args:
            kind: Type of the event.
            object: Kind of the resource.
            object_id: Which one.
            status: Its new status.
            path: Where to read it.
            client_id: The only client that may hear of it; ``None`` for all.
        """
        event = Event(
            id=self._ids.ulid("evt"),
            type=kind,
            at=self._clock.now(),
            object=object,
            object_id=object_id,
            status=status,
            path=path,
            client_id=client_id,
        )
        self._kept.append(event)
        for listener in list(self._listeners):
            listener.offer(event)
        return event

    def subscribe(
        self,
        client_id: str,
        *,
        topics: frozenset[str] | None = None,
        last_id: str | None = None,
    ) -> Subscription:
        """Begin to listen, with what was missed since ``last_id``.

        Args:
            client_id: Who listens.
            topics: Of ``TOPICS``; ``None`` means all.
            last_id: The last event the listener has seen; when it is no longer known, the
                listener is told to read the state again.

        Raises:
            InputError: an unknown topic (``parameter_invalid``), or too many streams
                (``stream_limit_reached``).
        """
        wanted = frozenset(TOPICS) if topics is None else topics
        if not wanted <= TOPICS.keys():
            raise InputError(code="parameter_invalid", parameter="topics")
        if sum(each.client_id == client_id for each in self._listeners) >= MOST_STREAMS:
            raise InputError(code="stream_limit_reached")
        types = frozenset(kind for topic in wanted for kind in TOPICS[topic]) | ALWAYS
        listener = Subscription(self, client_id, types)
        for event in self._missed(last_id):
            listener.offer(event)
        if self._is_over:
            listener.end()
        self._listeners.append(listener)
        return listener

    def forget(self, listener: Subscription) -> None:
        """Take a listener off the list."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def stop(self) -> None:
        """Tell everybody that the daemon stops, and end all streams."""
        if self._is_over:
            return
        self._is_over = True
        self.publish(STOPPING, object="daemon")
        for listener in self._listeners:
            listener.end()

    def resync(self) -> Event:
        """Make the event that says: read the state again."""
        now = self._clock.now()
        return Event(id=self._ids.ulid("evt"), type=RESYNC, at=now, object="daemon")

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def _missed(self, last_id: str | None) -> list[Event]:
        if last_id is None:
            return []
        since = self._clock.now() - KEPT_FOR
        kept = list(self._kept)
        place = next((n for n, event in enumerate(kept) if event.id == last_id), None)
        if place is None or kept[place].at < since:
            return [self.resync()]
        return kept[place + 1 :]
