"""The event book: what happened lately, and who listens.

Events are a convenience, never the only way: everything they say can also be read (API-55).
Source: *REST API conventions* 7.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from bridge.domain.events import ALWAYS, RESYNC, STOPPING, TOPICS, Event
from bridge.domain.ids import IdSource
from bridge.errors import InputError
from bridge.ports.clock import Clock
from bridge.service.waits import happens

MOST_KEPT: Final = 1000
KEPT_FOR: Final = timedelta(minutes=15)
MOST_STREAMS: Final = 4
"""Streams one client may have open at a time (API-54)."""
MOST_WAITING: Final = 256
"""Events a slow listener may be behind; then it is told to read the state again."""
_OWN_ONLY: Final = frozenset(TOPICS["operations"])
"""Operations can be followed by who began them and by nobody else (*Local API security* 7.4)."""
_MOST_PLACES: Final = 2 * MOST_KEPT
"""Identifiers that are recognised as last seen: those of kept events, and of ``resync``."""


class Subscription:
    """One listener; iterate to get its events, and ``close`` it when it goes."""

    def __init__(
        self, book: EventBook, client_id: str, types: frozenset[str], *, hears_others: bool = False
    ) -> None:
        """Listen to some types of events, of others too where that is allowed."""
        self._book = book
        self._types = types
        self._hears_others = hears_others
        self._waiting: deque[Event] = deque()
        self._missed: deque[Event] = deque()
        self._news = asyncio.Event()
        self._is_over = False
        self.client_id = client_id

    def catch_up(self, events: Iterable[Event]) -> None:
        """Hand over what was missed; it comes before all news and counts for no limit."""
        self._missed.extend(event for event in events if self._concerns(event))

    def offer(self, event: Event) -> None:
        """Hand over an event, if it is of a type that is listened to."""
        if not self._concerns(event):
            return
        if len(self._waiting) >= MOST_WAITING:
            self._missed.clear()
            self._waiting.clear()
            self._waiting.append(self._book.resync())
            if event.type not in ALWAYS:
                return  # the state that is read again says it too
        self._waiting.append(event)
        self._news.set()

    def end(self) -> None:
        """Let the listener take what waits, and then end."""
        self._is_over = True
        self._news.set()

    def cut(self) -> None:
        """End at once: what waits is no longer for this listener."""
        self._missed.clear()
        self._waiting.clear()
        self.end()

    def close(self) -> None:
        """Stop listening."""
        self._book.forget(self)

    async def next(self, *, within_s: float) -> Event | None:
        """Give the next event; ``None`` when none came in time.

        Raises:
            StopAsyncIteration: the daemon stops.
        """
        if self._missed:
            return self._missed.popleft()
        is_idle = not self._waiting and not self._is_over
        if is_idle and not await happens(self._news, within_s):
            return None
        if not self._waiting:
            raise StopAsyncIteration
        event = self._waiting.popleft()
        if not self._waiting and not self._is_over:
            self._news.clear()
        return event

    def _concerns(self, event: Event) -> bool:
        if event.type not in self._types:
            return False
        is_for_all = event.client_id is None
        is_of_others = self._hears_others and event.type not in _OWN_ONLY
        return is_for_all or is_of_others or event.client_id == self.client_id


class EventBook:
    """Keeps what happened lately and hands it to who listens; used on the loop alone."""

    def __init__(self, *, clock: Clock, ids: IdSource) -> None:
        """Start with nothing."""
        self._clock = clock
        self._ids = ids
        self._kept: deque[Event] = deque(maxlen=MOST_KEPT)
        self._count = 0
        self._places: OrderedDict[str, int] = OrderedDict()
        self._listeners: list[Subscription] = []
        self._watchers: list[Callable[[], None]] = []
        self._is_over = False

    def changed(
        self, what: str, object_id: str, path: str, *, client_id: str | None = None
    ) -> None:
        """Tell that a resource was made, changed or removed.

        Args:
            what: Kind of the resource, such as ``practice``.
            object_id: Which one.
            path: Where to read it, or that it is gone.
            client_id: Whose it is; ``None`` when it concerns all.
        """
        self.publish(
            f"{what}.updated", object=what, object_id=object_id, path=path, client_id=client_id
        )

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
        self._count += 1
        self._mark(event)
        for listener in list(self._listeners):
            listener.offer(event)
        for watcher in self._watchers:
            watcher()
        return event

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have a function called after each event, whomever it is for; it is told nothing else."""
        self._watchers.append(watcher)

    def subscribe(
        self,
        client_id: str,
        *,
        topics: frozenset[str] | None = None,
        last_id: str | None = None,
        hears_others: bool = False,
    ) -> Subscription:
        """Begin to listen, with what was missed since ``last_id``.

        Args:
            client_id: Who listens.
            topics: Of ``TOPICS``; ``None`` means all.
            last_id: The last event the listener has seen; when it is no longer known, the
                listener is told to read the state again.
            hears_others: Also what concerns others, as our own console reads all of it (D13).

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
        listener = Subscription(self, client_id, types, hears_others=hears_others)
        listener.catch_up(self._missed(last_id))
        if self._is_over:
            listener.end()
        self._listeners.append(listener)
        return listener

    def forget(self, listener: Subscription) -> None:
        """Take a listener off the list."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def cut(self, client_id: str) -> None:
        """End all streams of a client at once: it may not listen any more (7.5, TOK-06)."""
        for listener in self._listeners:
            if listener.client_id == client_id:
                listener.cut()

    def stop(self) -> None:
        """Tell everybody that the daemon stops, and end all streams."""
        if self._is_over:
            return
        self._is_over = True
        self.publish(STOPPING, object="daemon")
        for listener in self._listeners:
            listener.end()

    def resync(self) -> Event:
        """Make the event that says: read the state again; who saw it can go on from there."""
        now = self._clock.now()
        event = Event(id=self._ids.ulid("evt"), type=RESYNC, at=now, object="daemon")
        self._mark(event)
        return event

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def _mark(self, event: Event) -> None:
        """Remember how many events had happened when this one was given."""
        self._places[event.id] = self._count
        if len(self._places) > _MOST_PLACES:
            self._places.popitem(last=False)

    def _missed(self, last_id: str | None) -> list[Event]:
        if last_id is None:
            return []
        place = self._places.get(last_id)
        first_kept = self._count - len(self._kept)
        if place is None or place < first_kept:
            return [self.resync()]
        missed = list(self._kept)[place - first_kept :]
        if missed and missed[0].at < self._clock.now() - KEPT_FOR:
            return [self.resync()]
        return missed
