"""Saved views and exports of the history, in their tables (port ``history``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Index, Table, Text, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db.madefiles import SqlMadeFiles, columns
from bridge.adapters.db.tables import METADATA
from bridge.adapters.db.values import read_document
from bridge.domain.views import HistoryExport, SavedView

if TYPE_CHECKING:
    from sqlalchemy import Connection

VIEWS: Final = Table(
    "views",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("views_by_client", "client_id", "id"),
)

EXPORTS: Final = Table("exports", METADATA, *columns())

_VIEW: Final = TypeAdapter(SavedView)


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


class SqlExports(SqlMadeFiles[HistoryExport]):
    """Exports in their table."""

    table = EXPORTS
    kind = TypeAdapter(HistoryExport)
