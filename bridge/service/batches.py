"""Insurability batches: many patients in one call, one message per union, answers matched back.

Source: *Insurability* 5; *MyCareNet transport* 5.5; API-35, API-36, API-45, API-46.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bridge.domain.batches import BatchCounts, BatchItem, InsurabilityBatch, ItemStatus
from bridge.domain.exchanges import Exchange
from bridge.domain.identifiers import Niss
from bridge.domain.operations import Operation
from bridge.domain.rights import Right
from bridge.errors import Conflict, NotFound
from bridge.ports.store import Store, UnitOfWork
from bridge.service.batchdrafts import BatchDraft, BatchDrafter, BatchRequest
from bridge.service.keys import KeyClaim, earlier_operation, remember
from bridge.service.outbox import EngineParts, Outbox
from bridge.service.registrations import RegistrationBook
from bridge.service.rights import insurability_of
from bridge.service.tokens import Client


@dataclass(frozen=True, kw_only=True)
class BatchFacts:
    """A batch with how its patients stand, and its messages."""

    batch: InsurabilityBatch
    counts: BatchCounts
    exchanges: list[Exchange]


@dataclass(frozen=True, kw_only=True)
class AcceptedBatch:
    """What a request led to."""

    operation: Operation
    batch: InsurabilityBatch
    is_replay: bool = False


class BatchService:
    """Takes batches in, shows them, and lets people mark their patients."""

    def __init__(
        self,
        *,
        store: Store,
        parts: EngineParts,
        outbox: Outbox,
        registrations: RegistrationBook,
        drafter: BatchDrafter,
    ) -> None:
        """Keep the parts."""
        self._store = store
        self._parts = parts
        self._outbox = outbox
        self._registrations = registrations
        self._drafter = drafter

    async def earlier(self, *, client: Client, claim: KeyClaim) -> AcceptedBatch | None:
        """Give what an earlier request with the same key led to.

        Raises:
            KeyReused: the key was used for another request.
        """
        return await self._store.read(lambda unit: _earlier(unit, client, claim))

    async def ask(
        self,
        request: BatchRequest,
        *,
        client: Client,
        claim: KeyClaim,
        also: Callable[[UnitOfWork, BatchDraft], None] | None = None,
    ) -> AcceptedBatch:
        """Store a batch and release it; the same key gives the same batch again.

        Args:
            request: What is asked.
            client: Who asks.
            claim: The idempotency key.
            also: Further writes of the same transaction, for a new batch only.

        Raises:
            InputError: no patient can be asked about (``not_submittable``), with the findings.
            KeyReused: the key was used for another request.
            ActorNotAllowed: the caller's actor may not send for the registration.
            SessionRequired, SessionExpired: there is no open session and it may not wait.
            Conflict: the same was asked before (``duplicate_suspected``).
        """
        earlier = await self.earlier(client=client, claim=claim)
        if earlier is not None:
            return earlier
        registration = await self._registrations.get(request.registration_id)
        self._parts.rights.require(client, Right.SEND, insurability_of(registration.id))
        if request.hold_for is None:
            self._parts.sessions.require(registration.id)
        draft = await self._drafter.draft(request, registration, client)

        def work(unit: UnitOfWork) -> AcceptedBatch:
            made = _accept(unit, draft, client=client, claim=claim, request=request)
            if also is not None and not made.is_replay:
                also(unit, draft)
            return made

        accepted = await self._store.write(work)
        if not accepted.is_replay:
            self._outbox.wake()
        return accepted

    async def get(self, batch_id: str, *, client: Client) -> BatchFacts:
        """Read a batch of the client's.

        Raises:
            NotFound: none of that identifier for this client.
        """

        def work(unit: UnitOfWork) -> BatchFacts:
            batch = unit.batches.get(batch_id, client_id=client.id)
            if batch is None:
                raise NotFound
            return _facts(unit, batch)

        return await self._store.read(work)

    async def page(
        self, *, client: Client, limit: int, before_id: str | None = None
    ) -> tuple[list[BatchFacts], int]:
        """Read the client's batches, newest first, and count them."""

        def work(unit: UnitOfWork) -> tuple[list[BatchFacts], int]:
            found, total = unit.batches.page(client_id=client.id, limit=limit, before_id=before_id)
            return [_facts(unit, batch) for batch in found], total

        return await self._store.read(work)

    async def items(
        self, batch_id: str, *, client: Client, limit: int, after: int = -1
    ) -> tuple[list[tuple[BatchItem, ItemStatus]], int]:
        """Read patients of a batch with the state a person sees, and count them.

        Raises:
            NotFound: none of that identifier for this client.
        """

        def work(unit: UnitOfWork) -> tuple[list[tuple[BatchItem, ItemStatus]], int]:
            batch = unit.batches.get(batch_id, client_id=client.id)
            if batch is None:
                raise NotFound
            exchanges = {each.id: each for each in unit.exchanges.of_subject(batch_id)}
            items = unit.batches.items(batch_id, after=after, limit=limit)
            shown = [
                (item, item.status_with(exchanges.get(item.exchange_id or ""))) for item in items
            ]
            return shown, batch.patients

        return await self._store.read(work)

    async def mark_processed(
        self, batch_id: str, item_ids: Sequence[str], *, client: Client
    ) -> int:
        """Mark patients as taken over into the patient file; gives how many changed.

        Raises:
            NotFound: the batch or a patient is not there.
            ActorNotAllowed: the caller's actor may not process such answers.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> int:
            batch = unit.batches.get(batch_id, client_id=client.id)
            if batch is None:
                raise NotFound
            matter = insurability_of(batch.registration_id)
            self._parts.rights.require(client, Right.PROCESS, matter)
            found = [unit.batches.item(batch_id, item_id) for item_id in item_ids]
            items = [item for item in found if item is not None]
            if len(items) != len(found):
                raise NotFound
            changed = [
                replace(item, processed_at=now) for item in items if item.processed_at is None
            ]
            unit.batches.replace_items(changed)
            return len(changed)

        return await self._store.write(work)


def _facts(unit: UnitOfWork, batch: InsurabilityBatch) -> BatchFacts:
    return BatchFacts(
        batch=batch,
        counts=unit.batches.counts(batch.id),
        exchanges=unit.exchanges.of_subject(batch.id),
    )


def _earlier(unit: UnitOfWork, client: Client, claim: KeyClaim) -> AcceptedBatch | None:
    operation = earlier_operation(unit, client, claim)
    batch = None if operation is None else unit.batches.of_operation(operation.id)
    if operation is None or batch is None:
        return None
    return AcceptedBatch(operation=operation, batch=batch, is_replay=True)


def _accept(
    unit: UnitOfWork,
    draft: BatchDraft,
    *,
    client: Client,
    claim: KeyClaim,
    request: BatchRequest,
) -> AcceptedBatch:
    """Write key, operation, batch, messages and their contents in one transaction."""
    earlier = _earlier(unit, client, claim)
    if earlier is not None:
        return earlier
    found = [unit.exchanges.similar(exchange.content_digest) for exchange in draft.exchanges]
    similar = [each.id for each in found if each is not None]
    # One batch has a message per insurer: who confirms one of them confirms the batch.
    if similar and request.duplicate_of not in similar:
        raise Conflict(code="duplicate_suspected", exchange_id=similar[0])
    unit.operations.add(draft.operation)
    unit.batches.add(draft.batch, draft.items)
    people: dict[str, list[Niss]] = defaultdict(list)
    for item in draft.items:
        if item.exchange_id and item.question and isinstance(item.question.patient, Niss):
            people[item.exchange_id].append(item.question.patient)
    for exchange in draft.exchanges:
        unit.exchanges.add(exchange, people=tuple(people[exchange.id]))
    for content in draft.contents:
        unit.evidence.add(content)
    remember(unit, client, claim, draft.operation)
    return AcceptedBatch(operation=draft.operation, batch=draft.batch)
