"""Reading a patient's card for a visit: identity now, facts for the invoice, nothing kept unasked.

Source: *eFact for nursing* 5.5 (record 52), *Belgian eID card* 4 and 9.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from bridge.domain.cards import CardHolder, PatientReading, identity_reading
from bridge.domain.identifiers import Niss
from bridge.domain.ids import IdSource
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.errors import (
    CardChoiceNeeded,
    CardError,
    CardExchanged,
    NotFound,
    ReaderMissing,
    RegistrationMissing,
)
from bridge.ports.clock import Clock
from bridge.ports.store import Store, UnitOfWork
from bridge.service.identities import IdentityService
from bridge.service.operations import OperationBook
from bridge.service.registrations import RegistrationBook
from bridge.service.tokens import Client

REMEMBERED_FOR: Final = timedelta(minutes=15)
"""How long what was read can be fetched; then only what was kept is left."""
PATH: Final = "/v1/patient-cards/readings"
STEPS: Final = 1

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class ReadingWish:
    """What is read and kept.

    Attributes:
        reader_id: Which reader; without it the patient's card is looked for.
        has_address: Read the address too.
        is_kept: Keep NISS and the facts for the invoice in the database.
    """

    reader_id: str | None = None
    has_address: bool = False
    is_kept: bool = False


class PatientCardService:
    """Reads cards of patients and gives the result to who asked, for some minutes."""

    def __init__(
        self,
        *,
        identities: IdentityService,
        operations: OperationBook,
        registrations: RegistrationBook,
        store: Store,
        clock: Clock,
        ids: IdSource,
        remembered_for: timedelta = REMEMBERED_FOR,
    ) -> None:
        """Start with nothing read.

        Args:
            identities: Reads and verifies the cards.
            operations: Where readings are followed.
            registrations: Whose card is not a patient's.
            store: Where the part is kept that shall be kept.
            clock: Tells when a card was read, and when that is too long ago.
            ids: Names readings.
            remembered_for: How long the whole reading stays in memory.
        """
        self._identities = identities
        self._operations = operations
        self._registrations = registrations
        self._store = store
        self._clock = clock
        self._ids = ids
        self._remembered_for = remembered_for
        self._read: dict[str, PatientReading] = {}

    async def begin(self, wish: ReadingWish, *, client: Client) -> Operation:
        """Begin to read; the operation fails when there is no card that can be read."""
        operation = self._operations.new(
            OperationKind.PATIENT_CARD_READING,
            client_id=client.id,
            actor_id=client.actor_id,
            steps=STEPS,
        )
        await self._store.write(lambda unit: unit.operations.add(operation))
        self._operations.run(operation.id, self._work(operation, wish))
        return operation

    async def get(self, reading_id: str, *, client: Client) -> PatientReading:
        """Give a reading of the client: whole for some minutes, then what was kept.

        Raises:
            NotFound: none of that identifier, or no longer.
        """
        found = self._remembered(reading_id)
        if found is None:
            found = await self._store.read(
                lambda unit: unit.readings.get(reading_id, client_id=client.id)
            )
        if found is None or found.client_id != client.id:
            raise NotFound
        return found

    async def _work(self, operation: Operation, wish: ReadingWish) -> None:
        await self._operations.move(operation.id, OperationStatus.RUNNING, step=1)
        holder = await self._holder(wish)
        now = self._clock.now()
        reading = PatientReading(
            id=self._ids.ulid("pcr"),
            client_id=operation.client_id,
            niss=holder.niss,
            identity_reading=identity_reading(holder, read_at=now),
            read_at=now,
            is_kept=wish.is_kept,
            holder=holder,
        )
        self._remember(reading)
        try:
            await self._finish(operation, reading)
        except BaseException:
            self._read.pop(reading.id, None)
            raise
        log.info("patient_card.read", operation=operation.id)

    async def _finish(self, operation: Operation, reading: PatientReading) -> None:
        """Close the operation and keep what shall be kept, in one transaction."""
        kept = replace(reading, holder=None)

        def keep(unit: UnitOfWork) -> None:
            if kept.is_kept:
                unit.readings.add(kept)

        await self._operations.move(
            operation.id,
            OperationStatus.SUCCEEDED,
            step=1,
            result_path=f"{PATH}/{reading.id}",
            also=keep,
        )

    async def _holder(self, wish: ReadingWish) -> CardHolder:
        """Read the card that is meant: the one named, the only one, or not the nurse's own."""
        if wish.reader_id is not None:
            return await self._who(wish.reader_id, has_address=wish.has_address)
        readers = self._identities.readable()
        if len(readers) == 1:
            return await self._who(readers[0], has_address=wish.has_address)
        reader_id, holder = await self._patient_in(readers)
        if not wish.has_address:
            return holder
        whole = await self._who(reader_id, has_address=True)
        if whole.niss != holder.niss:
            raise CardExchanged
        return whole

    async def _patient_in(self, readers: list[str]) -> tuple[str, CardHolder]:
        """Find the one card of several that is not the nurse's own.

        A card that cannot be read may be anybody's: nothing is chosen in spite of it.

        Raises:
            CardChoiceNeeded: several cards may be meant.
            CardError: the nurse's own card can be read and the only other one cannot.
        """
        own = await self._own_niss()
        others: list[tuple[str, CardHolder]] = []
        failed: list[CardError] = []
        for reader_id in readers:
            try:
                holder = await self._who(reader_id)
            except CardError as error:
                failed.append(error)
            else:
                if holder.niss != own:
                    others.append((reader_id, holder))
        if len(others) == 1 and not failed:
            return others[0]
        if len(failed) == 1 and not others:
            raise failed[0]
        raise CardChoiceNeeded

    async def _who(self, reader_id: str, *, has_address: bool = False) -> CardHolder:
        try:
            return await self._identities.who(reader_id, has_address=has_address)
        except NotFound as error:
            raise ReaderMissing from error

    async def _own_niss(self) -> Niss | None:
        try:
            registration = await self._registrations.get()
        except RegistrationMissing:
            return None
        return registration.holder.niss

    def _remember(self, reading: PatientReading) -> None:
        """Keep a reading in memory, and have it go without anybody asking for it again."""
        self._read[reading.id] = reading
        seconds = self._remembered_for.total_seconds()
        asyncio.get_running_loop().call_later(seconds, self._read.pop, reading.id, None)

    def _remembered(self, reading_id: str) -> PatientReading | None:
        """Give a reading that is not too old by the clock; the timer stands still in sleep."""
        found = self._read.get(reading_id)
        if found is not None and found.read_at <= self._clock.now() - self._remembered_for:
            del self._read[reading_id]
            return None
        return found
