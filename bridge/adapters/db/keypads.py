"""Readers with a keypad in their table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Boolean, Column, Table, Text, insert, select, update

from bridge.adapters.db.tables import METADATA
from bridge.ports.keypads import KnownKeypad

if TYPE_CHECKING:
    from sqlalchemy import Connection

KEYPADS: Final = Table(
    "reader_keypads",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("may_be_typed", Boolean, nullable=False),
)


class SqlKeypads:
    """Port ``Keypads``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, reader: str) -> KnownKeypad | None:
        """Read one; ``None`` when the reader never had a keypad."""
        row = self._connection.execute(select(KEYPADS).where(KEYPADS.c.reader == reader)).first()
        return None if row is None else KnownKeypad(reader=row[0], may_be_typed=row[1])

    def put(self, keypad: KnownKeypad) -> None:
        """Insert one, or replace that of the same reader."""
        row = {"reader": keypad.reader, "may_be_typed": keypad.may_be_typed}
        change = update(KEYPADS).where(KEYPADS.c.reader == keypad.reader).values(row)
        if self._connection.execute(change).rowcount == 0:
            self._connection.execute(insert(KEYPADS).values(row))
