"""Watching readers and cards on a thread of its own (*Belgian eID card* 13 and 16).

The thread only watches: commands to cards run on the card thread, with another context.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from bridge.adapters.pcsc.api import (
    PLUG_AND_PLAY,
    STATE_CHANGED,
    STATE_UNAVAILABLE,
    STATE_UNAWARE,
    STATE_UNKNOWN,
    Pcsc,
    SlotStatus,
)
from bridge.adapters.pcsc.states import Watched, step
from bridge.domain.cards import (
    CardKind,
    InsertedCard,
    ReaderChange,
    ReaderChangeKind,
    ReaderKind,
    ReaderSnapshot,
    ReaderState,
    ServiceState,
)
from bridge.errors import CardError, ReaderRemoved, ReaderTimeout

Look = Callable[[ReaderState], "Future[ReaderState]"]
"""Begins to ask a card what it is; gives the reader with what the card said."""
Listener = Callable[[ReaderChange], None]

_LOOK_MS: Final = 1000
_PATIENCE_S: Final = 0.15
"""How long an event waits for the card to say what it is; events are due within 250 ms."""
_GLANCE_S: Final = 0.05
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 3.0
_MOST_DOUBLINGS: Final = 10
_FIRST_LOOK_S: Final = 5.0
"""How long a service that hangs may hold up the daemon's start."""
_END_S: Final = 5.0
_GONE: Final = STATE_UNKNOWN | STATE_UNAVAILABLE
_HAS_PLUG_AND_PLAY: Final = sys.platform != "darwin"

log = structlog.get_logger()


class Monitor:
    """Keeps a snapshot and tells changes; survives the loss of the smart-card service."""

    def __init__(self, pcsc: Pcsc, *, look: Look, now: Callable[[], datetime]) -> None:
        """Take a context of its own.

        Args:
            pcsc: Used by the monitor's thread alone.
            look: Asks a card what it is, on the card thread.
            now: The time, aware.
        """
        self._pcsc = pcsc
        self._look = look
        self._now = now
        self._watched: dict[str, Watched] = {}
        self._states: dict[str, int] = {}
        self._asked: dict[str, Future[ReaderState]] = {}
        self._plug_and_play = STATE_UNAWARE
        self._service = ServiceState.STOPPED
        self._seen_at = now()
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._has_looked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader-monitor", daemon=True)

    def start(self, *, limit_s: float = _FIRST_LOOK_S) -> None:
        """Begin to watch, and return after the first look, or without it when that takes long.

        Args:
            limit_s: How long is too long, in seconds.
        """
        self._thread.start()
        self._has_looked.wait(limit_s)

    def stop(self, *, limit_s: float = _END_S) -> None:
        """Stop to watch; a thread that hangs in a driver is left behind.

        Args:
            limit_s: How long it may take to end, in seconds.
        """
        self._stopped.set()
        self._has_looked.set()
        deadline = time.monotonic() + limit_s
        while self._thread.is_alive() and time.monotonic() < deadline:
            self._pcsc.cancel()
            self._thread.join(0.1)

    def snapshot(self) -> ReaderSnapshot:
        """Give what was seen last."""
        with self._lock:
            readers = tuple(each.state for each in self._watched.values())
            return ReaderSnapshot(service=self._service, readers=readers, seen_at=self._seen_at)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have changes told on the monitor's thread; the result ends that."""
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    def _run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                self._look_once()
                failures = 0
            except ReaderRemoved:
                # It went between the list and the look; the next list is without it.
                self._stopped.wait(_GLANCE_S)
            except Exception as error:  # the watch outlives what any library throws
                if not isinstance(error, CardError):
                    log.exception("readers.watch_failed")
                self._begin_again(error, failures)
                failures += 1
        self._pcsc.release()

    def _begin_again(self, error: Exception, failures: int) -> None:
        """Take a new context; forget what was seen, unless it may be there still.

        Args:
            error: What ended the look.
            failures: How many looks before it failed as well.
        """
        self._pcsc.release()
        if isinstance(error, ReaderTimeout) and failures == 0:
            # A driver that hung says nothing about the cards: they are looked at again first.
            return
        # The service stopped, or was never there.
        if not self._stopped.is_set():
            self._lose_service()
        self._has_looked.set()
        doublings = min(failures, _MOST_DOUBLINGS)
        self._stopped.wait(min(_FIRST_PAUSE_S * 2**doublings, _LONGEST_PAUSE_S))

    def _look_once(self) -> None:
        names = self._pcsc.readers()
        known = [(name, self._known_state(name)) for name in names]
        wanted = [*known, *([(PLUG_AND_PLAY, self._plug_and_play)] if _HAS_PLUG_AND_PLAY else [])]
        is_new = set(names) != set(self._watched) or self._service is not ServiceState.RUNNING
        if not wanted:
            self._stopped.wait(_LOOK_MS / 1000)
        seen = self._pcsc.changes(wanted, wait_ms=0 if is_new else _LOOK_MS) if wanted else []
        statuses = [each for each in seen if each.name != PLUG_AND_PLAY]
        for each in seen:
            if each.name == PLUG_AND_PLAY:
                self._plug_and_play = each.state & ~STATE_CHANGED
        self._take([each for each in statuses if not each.state & _GONE])

    def _known_state(self, name: str) -> int:
        """Give the state as last seen, so that the wait ends with the next change only."""
        return self._states.get(name, STATE_UNAWARE)

    def _take(self, statuses: list[SlotStatus]) -> None:
        at = self._now()
        self._states = {each.name: each.state & ~STATE_CHANGED for each in statuses}
        was_lost = self._service is not ServiceState.RUNNING
        with self._lock:
            # The card thread may write what a card said at any moment: no look without the lock.
            made = step(self._watched, statuses, at)
            self._watched = dict(made.readers)
            self._service = ServiceState.RUNNING
            self._seen_at = at
        changes = made.changes
        if was_lost:
            returned = ReaderChange(
                kind=ReaderChangeKind.SERVICE_CHANGED, reader=None, noticed_at=at
            )
            changes = (returned, *changes)
        for change in changes:
            self._tell(self._recognised(change))
        self._look_at_released()
        self._has_looked.set()

    def _recognised(self, change: ReaderChange) -> ReaderChange:
        """Ask a new card what it is; when that takes long, the event does not wait for it."""
        reader = change.reader
        if change.kind is not ReaderChangeKind.CARD_INSERTED or reader is None:
            return change
        if reader.kind is ReaderKind.VIRTUAL:
            return change
        asked = self._ask(reader)
        try:
            return replace(change, reader=asked.result(_PATIENCE_S))
        except (TimeoutError, CardError):
            return change

    def _look_at_released(self) -> None:
        """Ask cards that another program held, now that it lets them go."""
        for reader in self.snapshot().readers:
            is_unread = reader.card is not None and reader.card.kind is CardKind.UNREAD
            asked = self._asked.get(reader.name)
            if is_unread and not reader.is_card_held and (asked is None or asked.done()):
                self._ask(reader)

    def _ask(self, reader: ReaderState) -> Future[ReaderState]:
        asked = self._look(reader)
        self._asked[reader.name] = asked
        asked.add_done_callback(lambda done: self._learn(reader.name, reader.card, done))
        return asked

    def _learn(
        self,
        name: str,
        card: InsertedCard | None,
        done: Future[ReaderState],
    ) -> None:
        """Keep what a card said of itself, if it is still that card."""
        if done.cancelled() or done.exception() is not None:
            return
        learnt = done.result()
        with self._lock:
            watched = self._watched.get(name)
            if watched is not None and watched.state.card is card:
                state = replace(watched.state, card=learnt.card, has_keypad=learnt.has_keypad)
                self._watched[name] = Watched(state, watched.counter)

    def _lose_service(self) -> None:
        at = self._now()
        is_missing = not self._pcsc.is_installed
        lost = ServiceState.MISSING if is_missing else ServiceState.STOPPED
        was_running = self._service is ServiceState.RUNNING
        self._states.clear()
        with self._lock:
            gone = step(self._watched, [], at).changes
            self._watched, self._service, self._seen_at = {}, lost, at
        changed = ReaderChange(kind=ReaderChangeKind.SERVICE_CHANGED, reader=None, noticed_at=at)
        if was_running:
            log.warning("smartcard_service.lost")
        for change in (*gone, *((changed,) if was_running else ())):
            self._tell(change)

    def _tell(self, change: ReaderChange) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener(change)
            except Exception:  # one listener must not end the watch
                log.exception("readers.listener_failed")
