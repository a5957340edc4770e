"""Practices, and the order of registrations, in their tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Column, Integer, Table, Text, delete, func, insert, select, update

from bridge.adapters.db.repositories import SqlRegistrations
from bridge.adapters.db.tables import METADATA, REGISTRATIONS
from bridge.domain.practices import Practice
from bridge.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

PRACTICES: Final = Table(
    "practices",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("document", Text, nullable=False),
)

_PRACTICE: Final = TypeAdapter(Practice)


class SqlPractices:
    """Practices in their table; the one with the lowest position is the default."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Practice]:
        """Read all practices, the default one first."""
        query = select(PRACTICES.c.document).order_by(PRACTICES.c.position)
        found = [_practice_of(row) for row in self._connection.execute(query).scalars()]
        return [replace(practice, is_default=place == 0) for place, practice in enumerate(found)]

    def put(self, practice: Practice) -> None:
        """Insert a practice at the end, or replace the one with the same identifier."""
        document = _PRACTICE.dump_json(replace(practice, is_default=False)).decode()
        change = update(PRACTICES).where(PRACTICES.c.id == practice.id).values(document=document)
        if self._connection.execute(change).rowcount == 0:
            last = func.coalesce(func.max(PRACTICES.c.position), 0)
            position = select(last + 1).scalar_subquery()
            row = {"id": practice.id, "document": document, "position": position}
            self._connection.execute(insert(PRACTICES).values(row))

    def remove(self, practice_id: str) -> None:
        """Delete a practice; the caller made sure that nothing belongs to it."""
        self._connection.execute(delete(PRACTICES).where(PRACTICES.c.id == practice_id))

    def make_default(self, practice_id: str) -> None:
        """Put a practice before all others."""
        _put_first(self._connection, PRACTICES, practice_id)


class SqlOrderedRegistrations(SqlRegistrations):
    """Registrations in their table; the one with the lowest position is the default."""

    def remove(self, registration_id: str) -> None:
        """Delete a registration."""
        gone = delete(REGISTRATIONS).where(REGISTRATIONS.c.id == registration_id)
        self._connection.execute(gone)

    def make_default(self, registration_id: str) -> None:
        """Put a registration before all others."""
        _put_first(self._connection, REGISTRATIONS, registration_id)


def _put_first(connection: Connection, table: Table, row_id: str) -> None:
    first = connection.execute(select(func.min(table.c.position))).scalar_one()
    connection.execute(update(table).where(table.c.id == row_id).values(position=first - 1))


def _practice_of(document: str) -> Practice:
    try:
        return _PRACTICE.validate_json(document)
    except ValidationError:
        raise StoreError("a row does not hold what it should") from None
