"""What the tables of care requests and of invoices share: columns, conditions, writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Column, Table, Text, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db.values import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from bridge.domain.declarations import CarePatient


def common_columns() -> list[Column[str]]:
    """Give the columns that all have."""
    return [
        Column("id", Text, primary_key=True),
        *(
            Column(name, Text, nullable=False)
            for name in ("client_id", "practice_id", "registration_id", "document")
        ),
    ]


class _Owned(Protocol):
    """What belongs to a caller, a practice and a registration."""

    @property
    def client_id(self) -> str: ...
    @property
    def practice_id(self) -> str: ...
    @property
    def registration_id(self) -> str: ...


def owner_of(value: _Owned) -> dict[str, str]:
    """Give whose a row is."""
    return {
        "client_id": value.client_id,
        "practice_id": value.practice_id,
        "registration_id": value.registration_id,
    }


def is_about(patient: CarePatient, column: Column[Any]) -> ColumnElement[bool]:
    """Narrow to a person; who is known by a membership alone is looked for among such rows."""
    if patient.niss is None:
        return column.is_(None)
    return column == patient.niss.digits


def equals(column: Column[Any], value: str | None) -> list[ColumnElement[bool]]:
    """Compare a column, unless nothing is wanted."""
    return [] if value is None else [column == value]


def is_among(column: Column[Any], values: Sequence[str]) -> list[ColumnElement[bool]]:
    """Look for any of some values, unless none is wanted."""
    return [column.in_(values)] if values else []


def is_marked(column: Column[Any], *, is_set: bool | None) -> list[ColumnElement[bool]]:
    """Ask for a mark that is set, or is not."""
    if is_set is None:
        return []
    return [column.is_not(None) if is_set else column.is_(None)]


def day_text(day: date | None) -> str | None:
    """Write a day."""
    return None if day is None else day.isoformat()


def moment_text(moment: datetime | None) -> str | None:
    """Write a moment."""
    return None if moment is None else text_of(moment)


def put(connection: Connection, table: Table, name: str, row: dict[str, Any]) -> None:
    """Insert a row, or replace the one with the same identifier."""
    statement = upsert(table).values({"id": name, **row})
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))


def last(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> str | None:
    """Read the newest document that fits."""
    query = select(table.c.document).where(*conditions).order_by(table.c.id.desc()).limit(1)
    found: str | None = connection.execute(query).scalar()
    return found


def page_of(
    connection: Connection,
    table: Table,
    conditions: Sequence[ColumnElement[bool]],
    window: tuple[int, str | None],
) -> tuple[list[str], int]:
    """Read documents, newest first, from a limit and an identifier on, and count them all."""
    limit, before_id = window
    count = select(func.count()).select_from(table).where(*conditions)
    total = connection.execute(count).scalar_one()
    query = select(table.c.document).where(*conditions)
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    rows = connection.execute(query.order_by(table.c.id.desc()).limit(limit)).scalars()
    return list(rows), total
