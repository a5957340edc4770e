"""Writing whole rows by statements that are built once.

Building a statement with its values costs more than running it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, update

from bridge.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Insert, Table, Update

_KEY: Final = "row_to_replace"


def add_row(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Insert a row."""
    connection.execute(_adding(table), row)


def replace_row(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Write a row's new values; ``id`` finds it.

    Raises:
        StoreError: there is none.
    """
    values = {name: value for name, value in row.items() if name != "id"}
    if connection.execute(_replacing(table), {**values, _KEY: row["id"]}).rowcount != 1:
        raise StoreError("there is no row to replace")


@cache
def _adding(table: Table) -> Insert:
    return insert(table)


@cache
def _replacing(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam(_KEY))
