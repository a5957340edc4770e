"""Reading a patient's card for a visit: identity now, facts for the invoice, nothing kept unasked.

Source: *eFact for nursing* 5.5 (record 52), *Belgian eID card* 4 and 9.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from bridge.domain.cards import CardHolder, PatientReading, identity_reading
from bridge.domain.ids import IdSource
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.errors import CardChoiceNeeded, CardError, CardMissing, NotFound, RegistrationMissing
from bridge.ports.clock import Clock
from bridge.ports.store import Store
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
    ) -> None:
        """Start with nothing read."""
        self._identities = identities
        self._operations = operations
        self._registrations = registrations
        self._store = store
        self._clock = clock
        self._ids = ids
        self._read: dict[str, PatientReading] = {}

    async def begin(self, wish: ReadingWish, *, client: Client) -> Operation:
        """Begin to read; the operation fails when there is no card that can be read."""
        operation = self._operations.new(
            OperationKind.PATIENT_CARD_READING, client_id=client.id, steps=STEPS
        )
        await self._store.write(lambda unit: unit.operations.add(operation))
        self._operations.run(operation.id, self._work(operation, wish))
        return operation

    async def get(self, reading_id: str, *, client: Client) -> PatientReading:
        """Give a reading of the client: whole for some minutes, then what was kept.

        Raises:
            NotFound: none of that identifier, or no longer.
        """
        self._forget_old()
        found = self._read.get(reading_id)
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
        if wish.is_kept:
            kept = replace(reading, holder=None)
            await self._store.write(lambda unit: unit.readings.add(kept))
        self._forget_old()
        self._read[reading.id] = reading
        await self._operations.move(
            operation.id, OperationStatus.SUCCEEDED, step=1, result_path=f"{PATH}/{reading.id}"
        )
        log.info("patient_card.read", reading=reading.id, is_kept=reading.is_kept)

    async def _holder(self, wish: ReadingWish) -> CardHolder:
        """Read the card that is meant: the one named, the only one, or not the nurse's own."""
        if wish.reader_id is not None:
            return await self._identities.who(wish.reader_id, has_address=wish.has_address)
        readers = [each.id for each in self._identities.eids()]
        if not readers:
            raise CardMissing
        if len(readers) == 1:
            return await self._identities.who(readers[0], has_address=wish.has_address)
        own = await self._own_niss()
        others: list[CardHolder] = []
        for reader_id in readers:
            try:
                holder = await self._identities.who(reader_id, has_address=wish.has_address)
            except CardError:
                continue
            if holder.niss.digits != own:
                others.append(holder)
        if len(others) != 1:
            raise CardChoiceNeeded
        return others[0]

    async def _own_niss(self) -> str | None:
        try:
            registration = await self._registrations.get()
        except RegistrationMissing:
            return None
        return registration.holder.niss.digits

    def _forget_old(self) -> None:
        since = self._clock.now() - REMEMBERED_FOR
        self._read = {key: each for key, each in self._read.items() if each.read_at > since}
