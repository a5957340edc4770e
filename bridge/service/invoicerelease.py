"""The file of a batch before it is stored: numbers, references, order, bytes.

Source: *eFact for nursing* 1, 2.1 and 5.7; *Identifiers* 8.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bridge.codecs.efact import writer
from bridge.codecs.efact.values import InvoiceFile
from bridge.domain.claimchanges import sending_rank
from bridge.domain.claims import Claim
from bridge.domain.exchanges import Exchange, ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.domain.invoicecases import person_of
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.operations import Operation, OperationKind
from bridge.domain.periods import brussels_day
from bridge.domain.registrations import Registration
from bridge.domain.sendingnumbers import MOST_SENDINGS, invoice_number
from bridge.errors import Conflict, NotFound
from bridge.mycarenet.common import reference_digits
from bridge.mycarenet.services import INVOICING
from bridge.ports.invoices import BatchSums, InvoiceFilter
from bridge.ports.store import Evidence, UnitOfWork
from bridge.service.engineparts import EngineParts
from bridge.service.invoiceanswers import KIND
from bridge.service.invoicenumbers import number_of_release
from bridge.service.invoicewire import header_of, invoice_of
from bridge.service.operations import OperationBook
from bridge.service.tokens import Client

_BATCHES_AT_ONCE: Final = 200


@dataclass(frozen=True, kw_only=True)
class InvoiceRelease:
    """How a batch is released.

    Attributes:
        hold_for: How long it may wait for a session; ``None`` wants one now.
        duplicate_of: Exchange the caller knows to be the same (API-36).
    """

    hold_for: timedelta | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class ComposedFile:
    """Everything of a release before it is stored.

    Attributes:
        draft: The batch as it was read.
        sums: Of its claims, as they were read.
        order: Identifiers of its claims in the order of the file, each with its number.
    """

    draft: InvoiceBatch
    sums: BatchSums
    batch: InvoiceBatch
    operation: Operation
    exchange: Exchange
    content: Evidence
    order: Sequence[tuple[str, str]]
    people: tuple[Niss, ...]


class FileComposer:
    """Numbers batches and writes their files."""

    def __init__(
        self, parts: EngineParts, *, operations: OperationBook, settings: InvoiceSettings
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._operations = operations
        self._settings = settings

    def compose(
        self, unit: UnitOfWork, draft: InvoiceBatch, release: InvoiceRelease, client: Client
    ) -> ComposedFile:
        """Number a batch and write its file; runs in the thread of the store."""
        operation = self._operations.new(
            OperationKind.INVOICE_BATCH_SUBMISSION,
            client_id=client.id,
            actor_id=client.actor_id,
            steps=2,
        )
        now = operation.created_at
        year = brussels_day(now).year
        exchange_id, content_digest = self._parts.ids.ulid("exc"), hashlib.sha256()
        claim_ids, people = self._ordered(unit, draft, content_digest)
        batch = replace(
            draft.released(number=_taken_number(unit, draft, year), year=year, at=now),
            sender_reference=reference_digits(self._parts.ids),
            operation_id=operation.id,
            exchange_id=exchange_id,
        )
        serial = _last_serial(unit, draft)
        order = [
            (claim_id, invoice_number(year=draft.month.year, month=draft.month.month, serial=each))
            for each, claim_id in enumerate(claim_ids, start=serial + 1)
        ]
        content = self._content(unit, batch, order)
        message = self._message(batch, release, content_digest.hexdigest(), len(order))
        return ComposedFile(
            draft=draft,
            sums=unit.claims.sums(draft.id),
            batch=replace(
                batch,
                evidence_ids=(*draft.evidence_ids, content.id),
                last_invoice_serial=serial + len(order),
            ),
            operation=operation,
            exchange=self._parts.owned(message, client),
            content=content,
            order=order,
            people=people,
        )

    def _content(
        self, unit: UnitOfWork, batch: InvoiceBatch, order: Sequence[tuple[str, str]]
    ) -> Evidence:
        """Write the file; claims are read one after the other."""
        header = header_of(
            batch,
            _registration(unit, batch),
            created_on=brussels_day(batch.updated_at),
            is_test=self._parts.client.place.is_test,
        )
        invoices = (
            invoice_of(batch, each, self._settings)
            for each in numbered(unit, order, batch.updated_at)
        )
        file = InvoiceFile(header=header, invoices=invoices)
        content = writer.write_whole(file)
        made = self._parts.evidence(batch.exchange_id or "", "content", content)
        return replace(made, media_type=INVOICING.content_type)

    def _ordered(
        self, unit: UnitOfWork, draft: InvoiceBatch, digest: hashlib._Hash
    ) -> tuple[list[str], tuple[Niss, ...]]:
        """Give claims in the order of the file by their identifiers, and whom they are about."""
        people: dict[Niss, None] = {}
        ranks = []  # the order needs no more of a claim, and claims are many
        for claim in unit.claims.all_of(draft.id):
            digest.update(_content(claim))
            if claim.patient.niss is not None:
                people[claim.patient.niss] = None
            ranks.append(sending_rank(claim, self._settings))
        return [claim_id for *_, claim_id in sorted(ranks)], tuple(people)

    def _message(
        self, batch: InvoiceBatch, release: InvoiceRelease, digest: str, items: int
    ) -> Exchange:
        now = batch.updated_at
        return Exchange(
            id=batch.exchange_id or "",
            client_id=batch.client_id,
            practice_id=batch.practice_id,
            registration_id=batch.registration_id,
            service=INVOICING.name,
            kind=KIND,
            insurer=batch.insurer,
            input_reference=batch.sender_reference or "",
            content_digest=digest,
            subject_id=batch.id,
            status=ExchangeStatus.TO_SEND,
            created_at=now,
            updated_at=now,
            items=items,
            hold_until=None if release.hold_for is None else now + release.hold_for,
            duplicate_of=release.duplicate_of,
        )


def _taken_number(unit: UnitOfWork, draft: InvoiceBatch, year: int) -> int:
    """Give the number a batch is released under.

    Raises:
        Conflict: the year has no number left (``sending_numbers_used_up``).
    """
    number = number_of_release(unit, draft, year)
    if number > MOST_SENDINGS:
        raise Conflict(code="sending_numbers_used_up")
    return number


def _registration(unit: UnitOfWork, batch: InvoiceBatch) -> Registration:
    for each in unit.registrations.all():
        if each.id == batch.registration_id:
            return each
    raise NotFound


def is_current(unit: UnitOfWork, file: ComposedFile) -> bool:
    """Tell whether what the file was written from is still so.

    Raises:
        Conflict: it is no draft any more (``already_sent``).
    """
    draft, batch = file.draft, file.batch
    current = unit.invoice_batches.get(draft.id, client_id=None)
    if current is None or not current.is_changeable:
        raise Conflict(code="already_sent")
    if current != draft or unit.claims.sums(draft.id) != file.sums:
        return False
    return number_of_release(unit, draft, batch.sending_year or 0) == batch.sending_number


def _last_serial(unit: UnitOfWork, draft: InvoiceBatch) -> int:
    """Give the last serial of invoices of a month that a payer used."""
    wanted = InvoiceFilter(month=str(draft.month))
    last, before_id = 0, None
    while True:
        page, _ = unit.invoice_batches.page(wanted, limit=_BATCHES_AT_ONCE, before_id=before_id)
        mine = (each.last_invoice_serial for each in page if each.payer.short == draft.payer.short)
        last = max(last, *mine, 0)
        if len(page) < _BATCHES_AT_ONCE:
            return last
        before_id = page[-1].id


def numbered(unit: UnitOfWork, order: Iterable[tuple[str, str]], now: datetime) -> Iterator[Claim]:
    """Read claims one after the other, each with its invoice number."""
    for claim_id, number in order:
        claim = unit.claims.get(claim_id)
        if claim is None:
            raise NotFound
        yield replace(
            claim,
            invoice_number=number,
            reference=claim.reference or number,
            updated_at=now,
        )


def _content(claim: Claim) -> bytes:
    """Give what is asked, whatever its references: the guard against duplicates compares it."""
    lines = [
        [line.code, line.day.isoformat(), line.provider.digits, line.insurer_amount, line.units]
        for line in claim.lines
    ]
    return json.dumps([claim.kind.value, person_of(claim.patient), lines]).encode()
