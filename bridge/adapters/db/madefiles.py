"""Files that were made for a caller, each kind in a table of its own (port ``madefiles``).

``secure_delete`` is on, so what is deleted is overwritten in its page before the page is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic

from pydantic import TypeAdapter
from sqlalchemy import Column, LargeBinary, Table, Text, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bridge.adapters.db.values import read_document, text_of
from bridge.ports.madefiles import File

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def columns() -> tuple[Column[str], Column[str], Column[str], Column[str], Column[bytes]]:
    """Give the columns that a table of made files has."""
    return (
        Column("id", Text, primary_key=True),
        Column("client_id", Text, nullable=False),
        Column("expires_at", Text, nullable=False),
        Column("document", Text, nullable=False),
        Column("content", LargeBinary, nullable=False),
    )


class SqlMadeFiles(Generic[File]):
    """One kind of made files in its table."""

    table: ClassVar[Table]
    kind: TypeAdapter[File]

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, file: File, content: bytes) -> None:
        """Insert a file."""
        row = {
            "id": file.id,
            "client_id": file.client_id,
            "expires_at": text_of(file.expires_at),
            "document": self.kind.dump_json(file).decode(),
            "content": content,
        }
        self._connection.execute(upsert(self.table).values(row))

    def get(self, file_id: str, *, client_id: str) -> File | None:
        """Read what is known about a file, if it is that caller's."""
        table = self.table.c
        query = select(table.document).where(table.id == file_id, table.client_id == client_id)
        found = self._connection.execute(query).scalar()
        return None if found is None else read_document(self.kind, found)

    def content(self, file_id: str) -> bytes:
        """Read the content of a file that is there."""
        query = select(self.table.c.content).where(self.table.c.id == file_id)
        return bytes(self._connection.execute(query).scalar_one())

    def remove(self, file_id: str) -> None:
        """Delete a file."""
        self._connection.execute(delete(self.table).where(self.table.c.id == file_id))

    def expire(self, *, now: datetime) -> int:
        """Delete what has expired; gives how many."""
        gone = delete(self.table).where(self.table.c.expires_at <= text_of(now))
        return self._connection.execute(gone).rowcount
