"""Pairings in their table; tokens and secrets are there as hashes only (SEC-05)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Column, Table, Text, delete, insert, select, update

from bridge.adapters.db.tables import METADATA
from bridge.domain.pairings import Pairing
from bridge.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

PAIRINGS: Final = Table(
    "pairings",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("document", Text, nullable=False),
)

_PAIRING: Final = TypeAdapter(Pairing)


class SqlPairings:
    """The decided pairings; there are few, so all are read at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Pairing]:
        """Read all, oldest first."""
        query = select(PAIRINGS.c.document).order_by(PAIRINGS.c.id)
        return [_pairing_of(row) for row in self._connection.execute(query).scalars()]

    def put(self, pairing: Pairing) -> None:
        """Insert a pairing, or replace the one with the same identifier."""
        document = _PAIRING.dump_json(pairing).decode()
        change = update(PAIRINGS).where(PAIRINGS.c.id == pairing.id).values(document=document)
        if self._connection.execute(change).rowcount == 0:
            row = {"id": pairing.id, "document": document}
            self._connection.execute(insert(PAIRINGS).values(row))

    def remove(self, pairing_id: str) -> None:
        """Delete a pairing; nothing happens when there is none."""
        self._connection.execute(delete(PAIRINGS).where(PAIRINGS.c.id == pairing_id))


def _pairing_of(document: str) -> Pairing:
    try:
        return _PAIRING.validate_json(document)
    except ValidationError:
        raise StoreError("a row does not hold what it should") from None
