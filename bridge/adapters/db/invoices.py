"""Batches of invoices in their table (port ``invoices``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select

from bridge.adapters.db.careparts import (
    equals,
    is_among,
    is_marked,
    moment_text,
    owner_of,
    put,
)
from bridge.adapters.db.invoicetables import BATCHES, CLAIMS, JOINED, LINES, SEEN
from bridge.adapters.db.tables import EXCHANGES
from bridge.adapters.db.values import exchange_of, read_document
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.invoices import InvoiceBatch

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from bridge.domain.months import Month
    from bridge.ports.invoices import InvoiceFilter

_BATCH: Final = TypeAdapter(InvoiceBatch)


class SqlInvoiceBatches:
    """Batches in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, batch: InvoiceBatch) -> None:
        """Insert a batch, or replace the one with the same identifier."""
        put(self._connection, BATCHES, batch.id, _batch_row(batch))

    def get(self, batch_id: str, *, client_id: str | None) -> InvoiceBatch | None:
        """Read one batch; with a ``client_id`` only that caller's."""
        columns = BATCHES.c
        return self._newest(columns.id == batch_id, *equals(columns.client_id, client_id))

    def remove(self, batch_id: str) -> None:
        """Delete a draft with its claims."""
        for table in (LINES, CLAIMS):
            self._connection.execute(delete(table).where(table.c.batch_id == batch_id))
        self._connection.execute(delete(BATCHES).where(BATCHES.c.id == batch_id))

    def of_exchange(self, exchange_id: str) -> InvoiceBatch | None:
        """Read the batch a message carried."""
        return self._newest(BATCHES.c.exchange_id == exchange_id)

    def of_operation(self, operation_id: str) -> InvoiceBatch | None:
        """Read the batch an operation works on."""
        return self._newest(BATCHES.c.operation_id == operation_id)

    def of_sender_reference(self, registration_id: str, reference: str) -> InvoiceBatch | None:
        """Read the batch a reference of a file stands for (zone 204)."""
        columns = BATCHES.c
        return self._newest(
            columns.registration_id == registration_id, columns.sender_reference == reference
        )

    def draft_of(
        self, registration_id: str, insurer: str, *, from_month: Month
    ) -> InvoiceBatch | None:
        """Read the oldest draft for an insurer that is about a month or a later one."""
        columns = BATCHES.c
        found = self._all(
            columns.registration_id == registration_id,
            columns.insurer == insurer,
            columns.month >= str(from_month),
            columns.status == ExchangeStatus.DRAFT.value,
            order=(columns.month, columns.id),
            limit=1,
        )
        return found[0] if found else None

    def sending_numbers(self, payer: str, year: int) -> frozenset[int]:
        """Give the sending numbers that batches of a payer hold in a year.

        Args:
            payer: First eight digits of the number of who is paid.
            year: Calendar year.
        """
        columns = BATCHES.c
        query = select(columns.sending_number).where(
            columns.payer == payer,
            columns.sending_year == year,
            columns.sending_number.is_not(None),
        )
        return frozenset(self._connection.execute(query).scalars())

    def page(
        self, wanted: InvoiceFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[InvoiceBatch], int]:
        """Read batches, newest first, and count them all."""
        columns = BATCHES.c
        conditions = [
            *equals(columns.client_id, wanted.client_id),
            *equals(columns.month, wanted.month),
            *is_among(columns.insurer, wanted.insurer),
            *is_among(columns.practice_id, wanted.practice_id),
            *is_among(columns.registration_id, wanted.registration_id),
            *is_marked(columns.read_at, is_set=wanted.is_read),
            *is_marked(columns.processed_at, is_set=wanted.is_processed),
            *is_marked(columns.archived_at, is_set=wanted.is_archived),
        ]
        if wanted.status:
            conditions.append(SEEN.in_(wanted.status))
        count = select(func.count()).select_from(JOINED).where(*conditions)
        total = self._connection.execute(count).scalar_one()
        if before_id is not None:
            conditions.append(columns.id < before_id)
        return self._all(*conditions, order=(columns.id.desc(),), limit=limit), total

    def _newest(self, *conditions: ColumnElement[bool]) -> InvoiceBatch | None:
        found = self._all(*conditions, order=(BATCHES.c.id.desc(),), limit=1)
        return found[0] if found else None

    def _all(
        self,
        *conditions: ColumnElement[bool],
        order: tuple[ColumnElement[Any], ...],
        limit: int,
    ) -> list[InvoiceBatch]:
        query = select(BATCHES.c.document, EXCHANGES.c.document).select_from(JOINED)
        rows = self._connection.execute(query.where(*conditions).order_by(*order).limit(limit))
        return [
            read_document(_BATCH, own).seen_with(None if message is None else exchange_of(message))
            for own, message in rows
        ]


def _batch_row(batch: InvoiceBatch) -> dict[str, Any]:
    is_own = batch.has_own_answer or batch.exchange_id is None
    return {
        **owner_of(batch),
        "month": str(batch.month),
        "insurer": batch.insurer,
        "payer": batch.payer.short,
        "status": (batch.status if is_own else ExchangeStatus.TO_SEND).value,
        "sending_number": batch.sending_number,
        "sending_year": batch.sending_year,
        "sender_reference": batch.sender_reference,
        "exchange_id": batch.exchange_id,
        "operation_id": batch.operation_id,
        "read_at": moment_text(batch.read_at),
        "processed_at": moment_text(batch.processed_at),
        "archived_at": moment_text(batch.archived_at),
        "document": _BATCH.dump_json(batch).decode(),
    }
