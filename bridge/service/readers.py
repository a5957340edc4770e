"""Readers and cards as the daemon sees them; changes become events (API-52)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from bridge.domain.cards import (
    ReaderChange,
    ReaderChangeKind,
    ReaderSnapshot,
    ReaderState,
    ServiceState,
    is_named,
)
from bridge.errors import CardError, CardRemoved, CardServiceStopped, NotFound, ReaderRemoved
from bridge.ports.card import CardReader
from bridge.service.events import EventBook

PATH = "/v1/readers"

_FIRST_LOOK_S: Final = 0.25
"""A smart-card service that hangs, or is slow to be reached, does not hold up the daemon."""

log = structlog.get_logger()


class ReaderService:
    """Follows the port and tells the rest of the daemon, on the loop."""

    def __init__(self, *, reader: CardReader, events: EventBook) -> None:
        """Take the port; ``start`` begins to follow it."""
        self._reader = reader
        self._events = events
        self._unsubscribe: Callable[[], None] | None = None
        self._starting: asyncio.Task[None] | None = None
        self._waiting: list[tuple[str, asyncio.Future[CardError]]] = []
        self._listeners: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Begin to follow readers and cards; what is not seen at once is told when it is."""
        loop = asyncio.get_running_loop()

        def move_to_loop(change: ReaderChange) -> None:
            loop.call_soon_threadsafe(self._take, change)

        self._unsubscribe = self._reader.subscribe(move_to_loop)
        self._starting = asyncio.create_task(self._reader.start())
        await asyncio.wait([self._starting], timeout=_FIRST_LOOK_S)
        if self._starting.done():
            self._starting.result()

    async def close(self) -> None:
        """Stop to follow."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            await self._reader.close()
        if self._starting is not None:
            await self._starting

    def snapshot(self) -> ReaderSnapshot:
        """Give service, readers and cards as last seen."""
        return self._reader.snapshot()

    def reader(self, reader_id: str) -> ReaderState:
        """Give one reader.

        Raises:
            NotFound: none of that identifier is connected.
        """
        found = self.snapshot().reader(reader_id)
        if found is None:
            raise NotFound
        return found

    def listen(self, listener: Callable[[], None]) -> None:
        """Have a function called on the loop after each change, also of the service."""
        self._listeners.append(listener)

    async def gone(self, reader_name: str) -> CardError:
        """Wait until the card of a reader goes, and give the error that says how.

        A reader that PC/SC does not know, such as a software token, never loses its card.
        """
        future: asyncio.Future[CardError] = asyncio.get_running_loop().create_future()
        entry = (reader_name, future)
        self._waiting.append(entry)
        try:
            return await future
        finally:
            self._waiting.remove(entry)

    def _take(self, change: ReaderChange) -> None:
        reader = change.reader
        log.info("reader.changed", change=change.kind.value, reader=reader and reader.id)
        if change.kind is ReaderChangeKind.SERVICE_CHANGED:
            if self.snapshot().service is not ServiceState.RUNNING:
                self._lose(None, CardServiceStopped())
        elif reader is not None:
            self._events.publish(
                change.kind.value,
                object="reader",
                object_id=reader.id,
                status=None if reader.card is None else reader.card.kind.value,
                path=f"{PATH}/{reader.id}",
            )
            self._judge(change.kind, reader)
        for listener in self._listeners:
            listener()

    def _judge(self, kind: ReaderChangeKind, reader: ReaderState) -> None:
        if kind not in {ReaderChangeKind.CARD_REMOVED, ReaderChangeKind.READER_DISCONNECTED}:
            return
        snapshot = self.snapshot()
        if snapshot.service is not ServiceState.RUNNING:
            self._lose(reader, CardServiceStopped())
        elif snapshot.reader(reader.id) is None:
            self._lose(reader, ReaderRemoved())
        else:
            self._lose(reader, CardRemoved())

    def _lose(self, reader: ReaderState | None, error: CardError) -> None:
        for told, future in self._waiting:
            if (reader is None or is_named(reader, told)) and not future.done():
                future.set_result(error)
