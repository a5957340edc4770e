"""Imported reference data in its table (port ``referencedata``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Column, Table, Text, UniqueConstraint, select

from bridge.adapters.db.careparts import put
from bridge.adapters.db.tables import METADATA
from bridge.adapters.db.values import read_document
from bridge.domain.referencedata import Edition, EditionKey, ReferenceKind, ReferenceList

if TYPE_CHECKING:
    from sqlalchemy import Connection

EDITIONS: Final = Table(
    "reference_editions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("valid_from", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("content", Text, nullable=False),
    UniqueConstraint("kind", "about", "valid_from", name="reference_editions_by_key"),
)
"""``about`` is empty where a list is not about errors; ``content`` holds the lines."""

_EDITION: Final = TypeAdapter(Edition)
_LIST: Final = TypeAdapter(ReferenceList)


class SqlReferenceData:
    """Imported editions in their table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def editions(self) -> list[Edition]:
        """Read all editions without their lines: by kind, whose errors, and first day."""
        columns = EDITIONS.c
        query = select(columns.document).order_by(columns.kind, columns.about, columns.valid_from)
        return [read_document(_EDITION, row) for row in self._connection.execute(query).scalars()]

    def of_key(self, key: EditionKey) -> tuple[Edition, ReferenceList] | None:
        """Read an edition with its lines."""
        query = select(EDITIONS.c.document, EDITIONS.c.content).filter_by(**_key_row(key))
        found = self._connection.execute(query).one_or_none()
        if found is None:
            return None
        return read_document(_EDITION, found.document), read_document(_LIST, found.content)

    def lists(self, kind: ReferenceKind) -> list[ReferenceList]:
        """Read the lines of all editions of a kind."""
        query = select(EDITIONS.c.content).where(EDITIONS.c.kind == kind.value)
        return [read_document(_LIST, row) for row in self._connection.execute(query).scalars()]

    def put(self, edition: Edition, content: ReferenceList) -> None:
        """Insert an edition, or replace the one with the same identifier."""
        row = {
            **_key_row(content.key),
            "document": _EDITION.dump_json(edition).decode(),
            "content": _LIST.dump_json(content).decode(),
        }
        put(self._connection, EDITIONS, edition.id, row)


def _key_row(key: EditionKey) -> dict[str, Any]:
    kind, about, valid_from = key
    return {
        "kind": kind.value,
        "about": "" if about is None else about.value,
        "valid_from": valid_from.isoformat(),
    }
