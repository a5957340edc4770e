"""Readers without hardware, in the daemon's own process: port ``CardReader`` for the simulator.

Cards are documents of the sandbox; what is read from them is what lies on the emulated card.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bridge.domain.cards import (
    CardKind,
    InsertedCard,
    ReaderChange,
    ReaderChangeKind,
    ReaderSnapshot,
    ReaderState,
    ServiceState,
)
from bridge.eid.files import CardFiles, EidFile
from bridge.errors import (
    CardMissing,
    CardNotActivated,
    CardServiceStopped,
    CardUnsupported,
    ReaderMissing,
)
from bridge.ports.clock import Clock
from bridge.sandbox.documents import EidDocument

FIRST_READER: Final = "Sandbox reader"
SECOND_READER: Final = "Sandbox reader 2"

_FOREIGN_ATR: Final = bytes.fromhex("3B6500002063CBA600")
Listener = Callable[[ReaderChange], None]


class SoftwareReader:
    """Two readers in which documents can be put; safe to use from several threads."""

    def __init__(
        self, *, clock: Clock, names: tuple[str, ...] = (FIRST_READER, SECOND_READER)
    ) -> None:
        """Connect the readers, empty."""
        self._clock = clock
        self._lock = threading.Lock()
        self._service = ServiceState.RUNNING
        self._readers = {name: _empty(name) for name in names}
        self._documents: dict[str, EidDocument] = {}
        self._listeners: list[Listener] = []

    # -- the port ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to watch; there is nothing to begin."""

    async def close(self) -> None:
        """Stop to watch; listeners hear nothing more."""
        self._listeners.clear()

    def snapshot(self) -> ReaderSnapshot:
        """Give service, readers and cards."""
        with self._lock:
            is_running = self._service is ServiceState.RUNNING
            readers = tuple(self._readers.values()) if is_running else ()
            return ReaderSnapshot(service=self._service, readers=readers, seen_at=self._clock.now())

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have changes told; the result ends that."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    async def read(self, reader_id: str, files: frozenset[EidFile]) -> CardFiles:
        """Read files of the document in a reader.

        Raises:
            As the port says.
        """
        document = self._document(reader_id)
        whole = document.files()
        kept = {file: content for file, content in whole.contents.items() if file in files}
        return CardFiles(card_data=whole.card_data, contents=kept)

    async def tries_left(self, reader_id: str) -> int | None:
        """Give no number: who signs knows it.

        Raises:
            As the port says.
        """
        self._document(reader_id)
        return None

    # -- hands ------------------------------------------------------------------------------

    def insert(self, document: EidDocument, reader: str = FIRST_READER) -> None:
        """Put a document into a reader."""
        card = InsertedCard(
            kind=CardKind.EID,
            atr=document.atr,
            inserted_at=self._clock.now(),
            applet=document.applet,
        )
        self._put(reader, card, document)

    def insert_foreign(self, reader: str = FIRST_READER) -> None:
        """Put some other card into a reader, such as a bank card."""
        now = self._clock.now()
        self._put(reader, InsertedCard(kind=CardKind.FOREIGN, atr=_FOREIGN_ATR, inserted_at=now))

    def remove(self, reader: str = FIRST_READER) -> None:
        """Take out what is in a reader."""
        with self._lock:
            held = self._readers.get(reader)
            if held is None or held.card is None:
                return
            emptied = replace(held, card=None)
            self._readers[reader] = emptied
            self._documents.pop(reader, None)
        self._tell(ReaderChangeKind.CARD_REMOVED, emptied)

    def unplug(self, reader: str) -> None:
        """Disconnect a reader, with the card in it."""
        with self._lock:
            held = self._readers.pop(reader)
            self._documents.pop(reader, None)
        emptied = replace(held, card=None)
        if held.card is not None:
            self._tell(ReaderChangeKind.CARD_REMOVED, emptied)
        self._tell(ReaderChangeKind.READER_DISCONNECTED, emptied)

    def plug(self, reader: str) -> None:
        """Connect a reader, empty."""
        fresh = _empty(reader)
        with self._lock:
            self._readers[reader] = fresh
        self._tell(ReaderChangeKind.READER_CONNECTED, fresh)

    def stop_service(self) -> None:
        """Let the smart-card service stop."""
        self._service = ServiceState.STOPPED
        self._tell(ReaderChangeKind.SERVICE_CHANGED, None)

    def start_service(self) -> None:
        """Let the smart-card service come back."""
        self._service = ServiceState.RUNNING
        self._tell(ReaderChangeKind.SERVICE_CHANGED, None)

    def _put(self, reader: str, card: InsertedCard, document: EidDocument | None = None) -> None:
        self.remove(reader)
        with self._lock:
            filled = replace(self._readers[reader], card=card, has_keypad=False)
            self._readers[reader] = filled
            if document is not None:
                self._documents[reader] = document
        self._tell(ReaderChangeKind.CARD_INSERTED, filled)

    def _document(self, reader_id: str) -> EidDocument:
        snapshot = self.snapshot()
        if snapshot.service is not ServiceState.RUNNING:
            raise CardServiceStopped
        reader = snapshot.reader(reader_id)
        if reader is None:
            raise ReaderMissing
        if reader.card is None:
            raise CardMissing
        document = self._documents.get(reader.name)
        if document is None:
            raise CardUnsupported
        if not document.is_activated:
            raise CardNotActivated
        return document

    def _tell(self, kind: ReaderChangeKind, reader: ReaderState | None) -> None:
        change = ReaderChange(kind=kind, reader=reader, noticed_at=self._clock.now())
        for listener in list(self._listeners):
            listener(change)


def _empty(name: str) -> ReaderState:
    identifier = "".join(letter for letter in name.lower() if letter.isalnum())
    return ReaderState(id=f"rdr_{identifier}", name=name)
