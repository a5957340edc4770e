"""Exports: exactly the rows and columns of a list of the history, as a file.

Source: *REST API conventions* 8 (API-67); *Local API security* SEC-134.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from bridge.domain.exchanges import Exchange
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.domain.views import ExportFormat, HistoryExport
from bridge.errors import InputError
from bridge.i18n import phrase
from bridge.ports.exchanges import ExchangeFilter, SortKey
from bridge.ports.history import Cell, Exports, TableHead, TableWriter
from bridge.ports.store import UnitOfWork
from bridge.service.history import owner_of
from bridge.service.madefiles import FileDesk, Made, MadeFileService
from bridge.service.tokens import Client

MOST_ROWS: Final = 100_000
"""Rows of one export; a spreadsheet takes a million, a secretary's computer does not."""

_PAGE: Final = 1_000
_NAME: Final = "carebridge-history"


@dataclass(frozen=True, kw_only=True)
class WantedExport:
    """What is exported, as the list shows it.

    Attributes:
        columns: Members in their order; checked.
        language: Language of the head of each column.
        passphrase: What opens the file; ``None`` asks for one that anybody can open.
    """

    format: ExportFormat
    wanted: ExchangeFilter
    sort: tuple[SortKey, ...]
    columns: tuple[str, ...]
    language: str
    passphrase: str | None = field(default=None, repr=False)


class ExportService(MadeFileService[HistoryExport]):
    """Makes and keeps exports."""

    def __init__(self, desk: FileDesk, *, writer: TableWriter) -> None:
        """Keep the parts."""
        super().__init__(desk)
        self._writer = writer

    def files(self, unit: UnitOfWork) -> Exports:
        """Give where exports are kept."""
        return unit.exports

    async def start(self, wanted: WantedExport, *, client: Client) -> Operation:
        """Begin an export; the operation's result is its path.

        Raises:
            Conflict: ``export_passphrase_missing``, and the user allowed no plain files.
        """
        self._require_passphrase(wanted.passphrase)
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
        name = f"{_NAME}.{wanted.format.value}"
        made = Made(name=name, content=content, rows=len(rows))
        sealed = await self._sealed(made, wanted.passphrase)
        facts = self._facts(made, sealed, client, "exp")
        export = HistoryExport(format=wanted.format, **facts)
        await self._keep(operation, export, sealed, path="/v1/exchange-exports")


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
