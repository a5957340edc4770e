"""Saved views and exports of the history, in their tables (port ``history``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, LargeBinary, Table, Text, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db.tables import METADATA
from bridge.adapters.db.values import read_document, text_of
from bridge.domain.views import HistoryExport, SavedView

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

VIEWS: Final = Table(
    "views",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("views_by_client", "client_id", "id"),
)

EXPORTS: Final = Table(
    "exports",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

_VIEW: Final = TypeAdapter(SavedView)
_EXPORT: Final = TypeAdapter(HistoryExport)


class SqlViews:
    """Saved views in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_client(self, client_id: str) -> list[SavedView]:
        """Read a caller's views, oldest first."""
        query = select(VIEWS.c.document).where(VIEWS.c.client_id == client_id)
        rows = self._connection.execute(query.order_by(VIEWS.c.id)).scalars()
        return [read_document(_VIEW, row) for row in rows]

    def get(self, view_id: str, *, client_id: str) -> SavedView | None:
        """Read one view, if it is that caller's."""
        query = select(VIEWS.c.document).where(
            VIEWS.c.id == view_id, VIEWS.c.client_id == client_id
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else read_document(_VIEW, found)

    def put(self, view: SavedView) -> None:
        """Insert a view, or replace the one with the same identifier."""
        row = {"client_id": view.client_id, "document": _VIEW.dump_json(view).decode()}
        statement = upsert(VIEWS).values({"id": view.id, **row})
        self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))

    def remove(self, view_id: str) -> None:
        """Delete a view."""
        self._connection.execute(delete(VIEWS).where(VIEWS.c.id == view_id))


class SqlExports:
    """Exports in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, export: HistoryExport, content: bytes) -> None:
        """Insert an export."""
        row = {
            "id": export.id,
            "client_id": export.client_id,
            "expires_at": text_of(export.expires_at),
            "document": _EXPORT.dump_json(export).decode(),
            "content": content,
        }
        self._connection.execute(upsert(EXPORTS).values(row))

    def get(self, export_id: str, *, client_id: str) -> HistoryExport | None:
        """Read what is known about an export, if it is that caller's."""
        query = select(EXPORTS.c.document).where(
            EXPORTS.c.id == export_id, EXPORTS.c.client_id == client_id
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else read_document(_EXPORT, found)

    def content(self, export_id: str) -> bytes:
        """Read the content of an export that is there."""
        query = select(EXPORTS.c.content).where(EXPORTS.c.id == export_id)
        return bytes(self._connection.execute(query).scalar_one())

    def remove(self, export_id: str) -> None:
        """Delete an export."""
        self._connection.execute(delete(EXPORTS).where(EXPORTS.c.id == export_id))

    def expire(self, *, now: datetime) -> int:
        """Delete what has expired; gives how many."""
        gone = delete(EXPORTS).where(EXPORTS.c.expires_at <= text_of(now))
        return self._connection.execute(gone).rowcount
