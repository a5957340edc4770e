"""Work lists in their table (port ``worklists``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Table, Text, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db.tables import BATCH_ITEMS, METADATA
from bridge.adapters.db.values import read_document, text_of
from bridge.domain.batches import ItemStatus
from bridge.domain.worklists import WorkList, WorkRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bridge.domain.identifiers import Niss
    from bridge.ports.worklists import WorkFilter

WORK_ROWS: Final = Table(
    "work_list_rows",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("list", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("client_ref", Text, nullable=False),
    Column("person", Text),
    Column("last_care_on", Text),
    Column("item_id", Text),
    Column("billed_at", Text),
    Column("document", Text, nullable=False),
    Index("work_list_rows_by_reference", "client_id", "list", "month", "client_ref", unique=True),
    Index("work_list_rows_by_list", "list", "month", "id"),
    Index("work_list_rows_by_person", "person", "month"),
)

_ROW: Final = TypeAdapter(WorkRow)
_UNANSWERED: Final = (ItemStatus.TO_SEND.value, ItemStatus.DRAFT.value)


class SqlWorkLists:
    """Rows of work lists in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, row: WorkRow) -> None:
        """Insert a row, or replace the one with the same identifier."""
        values = _values(row)
        statement = upsert(WORK_ROWS).values({"id": row.id, **values})
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=values)
        )

    def get(self, row_id: str) -> WorkRow | None:
        """Read one row, on its list or not."""
        return self._first(WORK_ROWS.c.id == row_id)

    def of_reference(
        self, work_list: WorkList, client_id: str, month: str | None, client_ref: str
    ) -> WorkRow | None:
        """Read the row a caller pushed under a reference."""
        columns = WORK_ROWS.c
        return self._first(
            columns.client_id == client_id,
            columns.list == work_list.value,
            columns.month == (month or ""),
            columns.client_ref == client_ref,
        )

    def page(
        self, wanted: WorkFilter, *, limit: int, after: str | None
    ) -> tuple[list[WorkRow], int]:
        """Read rows on the list, oldest first, after a row's identifier, and count them all."""
        joined = WORK_ROWS.outerjoin(BATCH_ITEMS, WORK_ROWS.c.item_id == BATCH_ITEMS.c.id)
        conditions = _listed(wanted)
        counted = select(func.count()).select_from(joined).where(*conditions)
        total = self._connection.execute(counted).scalar_one()
        if after is not None:
            conditions.append(WORK_ROWS.c.id > after)
        query = select(WORK_ROWS.c.document).select_from(joined).where(*conditions)
        rows = self._connection.execute(query.order_by(WORK_ROWS.c.id).limit(limit)).scalars()
        return [read_document(_ROW, row) for row in rows], total

    def remove(self, row_id: str) -> None:
        """Delete a row."""
        self._connection.execute(delete(WORK_ROWS).where(WORK_ROWS.c.id == row_id))

    def billed(self, person: Niss, month: str, *, at: datetime) -> int:
        """Take a person off the list of a month; gives how many rows left."""
        columns = WORK_ROWS.c
        query = select(columns.document).where(
            columns.person == person.digits,
            columns.month == month,
            columns.list == WorkList.BILLING_MONTH.value,
            columns.billed_at.is_(None),
        )
        found = [read_document(_ROW, row) for row in self._connection.execute(query).scalars()]
        for row in found:
            self.put(replace(row, billed_at=at, updated_at=at))
        return len(found)

    def _first(self, *conditions: ColumnElement[bool]) -> WorkRow | None:
        query = select(WORK_ROWS.c.document).where(*conditions)
        found = self._connection.execute(query).scalar()
        return None if found is None else read_document(_ROW, found)


def _listed(wanted: WorkFilter) -> list[ColumnElement[bool]]:
    """Give what makes a row stand on its list."""
    columns = WORK_ROWS.c
    answered = BATCH_ITEMS.c.status
    conditions: list[ColumnElement[bool]] = [
        columns.list == wanted.list.value,
        columns.billed_at.is_(None),
        or_(answered.is_(None), answered.in_(_UNANSWERED)),
    ]
    if wanted.client_id is not None:
        conditions.append(columns.client_id == wanted.client_id)
    if wanted.month is not None:
        conditions.append(columns.month == wanted.month)
    if wanted.cared_before is not None:
        conditions.append(
            or_(
                columns.item_id.is_not(None),
                columns.last_care_on.is_(None),
                columns.last_care_on < wanted.cared_before.isoformat(),
            )
        )
    return conditions


def _values(row: WorkRow) -> dict[str, Any]:
    last_care = row.last_care_on
    return {
        "client_id": row.client_id,
        "list": row.list.value,
        "month": row.month or "",
        "client_ref": row.client_ref,
        "person": None if row.person is None else row.person.digits,
        "last_care_on": None if last_care is None else last_care.isoformat(),
        "item_id": row.item_id,
        "billed_at": None if row.billed_at is None else text_of(row.billed_at),
        "document": _ROW.dump_json(row).decode(),
    }
