"""Answers about batches of invoices, and loaded tariffs, in their tables (port ``invoices``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select

from bridge.adapters.db.careparts import (
    equals,
    is_among,
    is_marked,
    last,
    moment_text,
    owner_of,
    page_of,
    put,
)
from bridge.adapters.db.invoicetables import SETTLEMENTS, TARIFFS
from bridge.adapters.db.values import read_document
from bridge.domain.keptsettlements import KeptSettlement
from bridge.domain.tariffs import Tariff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bridge.ports.invoices import SettlementFilter

_SETTLEMENT: Final = TypeAdapter(KeptSettlement)
_TARIFF: Final = TypeAdapter(Tariff)


class SqlSettlements:
    """Answers that decided about batches, in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, settlement: KeptSettlement) -> None:
        """Insert an answer, or replace the one with the same identifier."""
        row = {
            **owner_of(settlement),
            "batch_id": settlement.batch_id,
            "insurer": settlement.insurer,
            "answer": settlement.settlement.answer.value,
            "processed_at": moment_text(settlement.processed_at),
            "document": _SETTLEMENT.dump_json(settlement).decode(),
        }
        put(self._connection, SETTLEMENTS, settlement.id, row)

    def get(self, settlement_id: str, *, client_id: str | None) -> KeptSettlement | None:
        """Read one answer; with a ``client_id`` only that caller's."""
        columns = SETTLEMENTS.c
        mine = equals(columns.client_id, client_id)
        found = last(self._connection, SETTLEMENTS, columns.id == settlement_id, *mine)
        return None if found is None else read_document(_SETTLEMENT, found)

    def of_batch(self, batch_id: str) -> list[KeptSettlement]:
        """Read the answers about a batch, oldest first."""
        columns = SETTLEMENTS.c
        query = select(columns.document).where(columns.batch_id == batch_id)
        rows = self._connection.execute(query.order_by(columns.id)).scalars()
        return [read_document(_SETTLEMENT, row) for row in rows]

    def page(
        self, wanted: SettlementFilter, *, limit: int, before_id: str | None
    ) -> tuple[list[KeptSettlement], int]:
        """Read answers, newest first, and count them all."""
        columns = SETTLEMENTS.c
        conditions = [
            *equals(columns.client_id, wanted.client_id),
            *equals(columns.batch_id, wanted.batch_id),
            *is_among(columns.answer, wanted.answer),
            *is_among(columns.insurer, wanted.insurer),
            *is_among(columns.practice_id, wanted.practice_id),
            *is_marked(columns.processed_at, is_set=wanted.is_processed),
        ]
        rows, total = page_of(self._connection, SETTLEMENTS, conditions, (limit, before_id))
        return [read_document(_SETTLEMENT, row) for row in rows], total


class SqlTariffList:
    """Loaded tariffs in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Tariff]:
        """Read all tariffs, in the order in which they were loaded."""
        query = select(TARIFFS.c.document).order_by(TARIFFS.c.place)
        rows = self._connection.execute(query).scalars()
        return [read_document(_TARIFF, row) for row in rows]

    def replace_all(self, tariffs: Sequence[Tariff]) -> None:
        """Take a new list instead of the old one."""
        self._connection.execute(delete(TARIFFS))
        rows = [
            {"place": place, "code": each.name, "document": _TARIFF.dump_json(each).decode()}
            for place, each in enumerate(tariffs)
        ]
        if rows:
            self._connection.execute(insert(TARIFFS), rows)
