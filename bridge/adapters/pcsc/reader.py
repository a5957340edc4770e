"""Port ``CardReader`` through PC/SC."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pcsc.api import Pcsc
from bridge.adapters.pcsc.card import EidCard
from bridge.adapters.pcsc.connection import CardConnection, opened
from bridge.adapters.pcsc.keypad import find_keypad
from bridge.adapters.pcsc.monitor import Listener, Monitor
from bridge.domain.cards import CardKind, ReaderKind, ReaderSnapshot, ReaderState, ServiceState
from bridge.eid.files import CardFiles, EidFile
from bridge.errors import (
    CardError,
    CardInUse,
    CardMissing,
    CardNotActivated,
    CardServiceStopped,
    CardUnsupported,
    ReaderMissing,
    ReaderTimeout,
)
from bridge.ports.clock import Clock

T = TypeVar("T")

_READ_S: Final = 30
_RELEASE_S: Final = 2


class PcscReader:
    """Watches on one thread, and reads on the card thread."""

    def __init__(
        self,
        scard: Any | None,
        *,
        thread: CardThread,
        clock: Clock,
        watch: Any | None = None,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            scard: The library of ``load_scard``, or a ``DriverProcess`` in its place.
            thread: The card thread, shared with what signs by card commands.
            clock: Tells when changes were noticed.
            watch: Another one, for the watch alone: a card that hangs does not disturb it then.
        """
        self._thread = thread
        self._pcsc = Pcsc(scard)
        self._monitor = Monitor(Pcsc(watch or scard), look=self._look, now=clock.now)

    async def start(self) -> None:
        """Begin to watch; the first snapshot is there when this returns.

        What reads cards gets ready meanwhile, so that the first card does not wait for it.
        """
        self._thread.submit(self._pcsc.prepare)
        await asyncio.to_thread(self._monitor.start)

    async def close(self) -> None:
        """Stop to watch and give both contexts back; the card thread is its owner's."""
        await asyncio.to_thread(self._monitor.stop)
        with suppress(ReaderTimeout, CardServiceStopped):
            await self._thread.run(self._pcsc.release, limit_s=_RELEASE_S)

    def snapshot(self) -> ReaderSnapshot:
        """Give service, readers and cards as last seen."""
        return self._monitor.snapshot()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have changes told on the monitor's thread; the result ends that."""
        return self._monitor.subscribe(listener)

    async def read(self, reader_id: str, files: frozenset[EidFile]) -> CardFiles:
        """Read files of the eID in a reader.

        Raises:
            ReaderTimeout: the driver hangs, or another program keeps the card busy for 30 s.
            CardError: as the port says.
        """
        name = self._name(reader_id)
        return await self._thread.run(partial(self._read, name, files), limit_s=_READ_S)

    async def tries_left(self, reader_id: str) -> int | None:
        """Read the PIN tries left, where that spends none.

        Raises:
            CardError: as ``read``.
        """
        name = self._name(reader_id)
        return await self._thread.run(partial(self._tries_left, name), limit_s=_READ_S)

    def _name(self, reader_id: str) -> str:
        snapshot = self.snapshot()
        if snapshot.service is not ServiceState.RUNNING:
            raise CardServiceStopped
        reader = snapshot.reader(reader_id)
        if reader is None or reader.kind is ReaderKind.VIRTUAL:
            raise ReaderMissing
        if reader.card is None:
            raise CardMissing
        return reader.name

    def _read(self, name: str, files: frozenset[EidFile]) -> CardFiles:
        def work(connection: CardConnection) -> CardFiles:
            card = EidCard(connection)
            return card.read_all(files, card.select())

        return self._on_card(name, work)

    def _tries_left(self, name: str) -> int | None:
        def work(connection: CardConnection) -> int | None:
            card = EidCard(connection)
            return card.tries_left(card.select())

        return self._on_card(name, work)

    def _on_card(self, name: str, work: Callable[[CardConnection], T]) -> T:
        try:
            with opened(self._pcsc, name) as connection, connection.transaction():
                return work(connection)
        except CardServiceStopped:
            # The context died with the service; the next job makes a new one.
            self._pcsc.release()
            raise

    def _look(self, reader: ReaderState) -> Future[ReaderState]:
        return self._thread.submit(partial(self._recognise, reader))

    def _recognise(self, reader: ReaderState) -> ReaderState:
        """Ask a card what it is and the reader for its keypad; nothing about the holder."""
        if reader.card is None or reader.card.kind is CardKind.MUTE:
            return reader

        def work(connection: CardConnection) -> ReaderState:
            seen = replace(reader, has_keypad=find_keypad(connection, reader.name) is not None)
            try:
                applet = EidCard(connection).select().applet
            except CardNotActivated:
                return _with_kind(seen, CardKind.EID)
            except CardUnsupported:
                return _with_kind(seen, CardKind.FOREIGN)
            return _with_kind(seen, CardKind.EID, applet)

        try:
            found = self._on_card(reader.name, work)
        except CardInUse:
            return _with_kind(reader, CardKind.UNREAD)
        except CardError:
            return reader
        return found


def _with_kind(reader: ReaderState, kind: CardKind, applet: str | None = None) -> ReaderState:
    card = reader.card
    return reader if card is None else replace(reader, card=replace(card, kind=kind, applet=applet))
