"""Patients with cards of the sandbox, and readers that show them as real readers may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from bridge.domain.cards import CardKind, ReaderChange, ReaderSnapshot, ReaderState
from bridge.eid.files import CardFiles, EidFile
from bridge.errors import CardError
from bridge.sandbox.documents import EidDocument, Person, new_document
from bridge.sandbox.nurse import niss_of
from bridge.sandbox.reader import SoftwareReader
from bridge.sandbox.world import World

PATIENT: Final = Person(
    niss=niss_of("600101", "001"),
    last_name="Geheimnaam",
    first_names="Denkbeeldige Anna",
    born_on=date(1960, 1, 1),
)
OTHER: Final = Person(
    niss=niss_of("751231", "123"),
    last_name="Anderspersoon",
    first_names="Verzonnen Karel",
    born_on=date(1975, 12, 31),
    sex="male",
)
FOREIGNER: Final = 11
CHILD: Final = 6
FIRST_ID: Final = "rdr_sandboxreader"
SECOND_ID: Final = "rdr_sandboxreader2"


def card_of(world: World, person: Person = PATIENT, **how: Any) -> EidDocument:
    return new_document(world.pki, person, pin=world.nurse.pin, **how)


async def _nothing() -> None: ...


class RetoldReader:
    """Port ``CardReader`` that tells what another one says, with changes.

    Attributes:
        reader: The other one.
        kinds: Identifier of a reader to the kind its card is shown as.
        failures: Identifier of a reader to why its card cannot be read.
        files: What is read instead of a file, whatever the card.
        readings: What was read, in order.
        before_reading: Awaited before each reading.
    """

    def __init__(self, reader: SoftwareReader) -> None:
        self.reader = reader
        self.kinds: dict[str, CardKind] = {}
        self.failures: dict[str, CardError] = {}
        self.files: dict[EidFile, bytes] = {}
        self.readings: list[tuple[str, frozenset[EidFile]]] = []
        self.before_reading: Callable[[], Awaitable[None]] = _nothing

    async def start(self) -> None:
        await self.reader.start()

    async def close(self) -> None:
        await self.reader.close()

    def snapshot(self) -> ReaderSnapshot:
        seen = self.reader.snapshot()
        return replace(seen, readers=tuple(self._retold(each) for each in seen.readers))

    def subscribe(self, listener: Callable[[ReaderChange], None]) -> Callable[[], None]:
        return self.reader.subscribe(listener)

    async def read(self, reader_id: str, files: frozenset[EidFile]) -> CardFiles:
        await self.before_reading()
        self.readings.append((reader_id, files))
        if reader_id in self.failures:
            raise self.failures[reader_id]
        read = await self.reader.read(reader_id, files)
        changed = {file: content for file, content in self.files.items() if file in files}
        return replace(read, contents={**read.contents, **changed})

    async def tries_left(self, reader_id: str) -> int | None:
        return await self.reader.tries_left(reader_id)

    def _retold(self, reader: ReaderState) -> ReaderState:
        if reader.card is None or reader.id not in self.kinds:
            return reader
        return replace(reader, card=replace(reader.card, kind=self.kinds[reader.id]))
