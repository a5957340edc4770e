"""Exports: exactly the rows and columns of a list of the history, as a file.

The file stays in the encrypted store until it is fetched, taken away or a day old.
Source: *REST API conventions* 8 (API-67).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bridge.domain.audit import Action
from bridge.domain.exchanges import Exchange
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.domain.views import ExportFormat, HistoryExport
from bridge.errors import InputError, NotFound
from bridge.i18n import phrase
from bridge.ports.exchanges import ExchangeFilter, SortKey
from bridge.ports.history import Cell, TableHead, TableWriter
from bridge.ports.store import UnitOfWork
from bridge.service.history import owner_of
from bridge.service.operations import OperationBook
from bridge.service.outbox import EngineParts
from bridge.service.tokens import Client

LIFETIME: Final = timedelta(days=1)
MOST_ROWS: Final = 100_000
"""Rows of one export; a spreadsheet takes a million, a secretary's computer does not."""

_PAGE: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class WantedExport:
    """What is exported, as the list shows it.

    Attributes:
        columns: Members in their order; checked.
        language: Language of the head of each column.
    """

    format: ExportFormat
    wanted: ExchangeFilter
    sort: tuple[SortKey, ...]
    columns: tuple[str, ...]
    language: str


class ExportService:
    """Makes and keeps exports."""

    def __init__(
        self, parts: EngineParts, *, operations: OperationBook, writer: TableWriter
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._operations = operations
        self._writer = writer

    async def start(self, wanted: WantedExport, *, client: Client) -> Operation:
        """Begin an export; the operation's result is its path."""
        operation = self._operations.new(
            OperationKind.EXCHANGE_EXPORT, client_id=client.id, actor_id=client.actor_id, steps=1
        )
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> None:
            unit.exports.expire(now=now)
            unit.operations.add(operation)

        await self._parts.store.write(work)
        self._operations.run(operation.id, self._make(operation, wanted, client))
        return operation

    async def get(self, export_id: str, *, client: Client) -> HistoryExport:
        """Show an export.

        Raises:
            NotFound: none of that identifier for this caller, or it has expired.
        """
        return await self._parts.store.read(lambda unit: self._found(unit, export_id, client))

    async def content(self, export_id: str, *, client: Client) -> tuple[HistoryExport, bytes]:
        """Give an export with its content.

        Raises:
            NotFound: none of that identifier for this caller, or it has expired.
        """

        def work(unit: UnitOfWork) -> tuple[HistoryExport, bytes]:
            export = self._found(unit, export_id, client)
            return export, unit.exports.content(export.id)

        return await self._parts.store.read(work)

    async def remove(self, export_id: str, *, client: Client) -> None:
        """Delete an export before it expires.

        Raises:
            NotFound: none of that identifier for this caller.
        """

        def work(unit: UnitOfWork) -> None:
            unit.exports.remove(self._found(unit, export_id, client).id)

        await self._parts.store.write(work)

    async def expire(self) -> None:
        """Delete what has expired; at the start, since nothing may outlive its day."""
        now = self._parts.clock.now()
        await self._parts.store.write(lambda unit: unit.exports.expire(now=now))

    async def _make(self, operation: Operation, wanted: WantedExport, client: Client) -> None:
        await self._operations.move(operation.id, OperationStatus.RUNNING, step=1)
        visible = replace(wanted.wanted, client_id=owner_of(client))

        def read(unit: UnitOfWork) -> list[tuple[Cell, ...]]:
            return [_cells(row, wanted) for row in _rows(unit, visible, wanted.sort)]

        rows = await self._parts.store.read(read)
        head = TableHead(
            members=wanted.columns,
            labels=tuple(phrase("columns", name, wanted.language) for name in wanted.columns),
            language=wanted.language,
        )
        content = await asyncio.to_thread(self._writer.write, wanted.format, head, rows)
        now = self._parts.clock.now()
        export = HistoryExport(
            id=self._parts.ids.ulid("exp"),
            client_id=client.id,
            format=wanted.format,
            rows=len(rows),
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            created_at=now,
            expires_at=now + LIFETIME,
        )
        await self._operations.move(
            operation.id,
            OperationStatus.SUCCEEDED,
            also=lambda unit: unit.exports.add(export, content),
            result_path=f"/v1/exchange-exports/{export.id}",
        )
        self._parts.audit.record(Action.EXPORT_MADE, client=client.id, object_id=export.id)

    def _found(self, unit: UnitOfWork, export_id: str, client: Client) -> HistoryExport:
        export = unit.exports.get(export_id, client_id=client.id)
        if export is None or export.expires_at <= self._parts.clock.now():
            raise NotFound
        return export


def _rows(
    unit: UnitOfWork, wanted: ExchangeFilter, sort: tuple[SortKey, ...]
) -> Iterator[Exchange]:
    """Read a list page by page within one snapshot."""
    after: tuple[str, ...] | None = None
    given = 0
    while True:
        page = unit.exchanges.page(wanted, sort=sort, limit=_PAGE, after=after)
        given += len(page.items)
        # A total that is a lower bound leaves it to the rows themselves.
        if max(page.total, given) > MOST_ROWS:
            raise InputError(code="export_too_large", most=MOST_ROWS)
        yield from page.items
        if page.next_after is None:
            return
        after = page.next_after


def _cells(exchange: Exchange, wanted: WantedExport) -> tuple[Cell, ...]:
    is_for_people = wanted.format is not ExportFormat.JSON
    return tuple(
        _cell(exchange, member, wanted.language if is_for_people else None)
        for member in wanted.columns
    )


def _cell(exchange: Exchange, member: str, language: str | None) -> Cell:
    """Give what a cell holds; people read the state in their ``language``."""
    if member == "status":
        status = exchange.status.value
        return status if language is None else phrase("status", status, language)
    if member == "has_receipt":
        return exchange.has_tack
    value: Cell = getattr(exchange, member)
    return value
