"""Writing whole rows by statements that are built once.

Building a statement with its values costs more than running it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, update

from bridge.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    replace_rows(connection, table, [row])


def replace_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write the new values of rows that are different ones; ``id`` finds each.

    Raises:
        StoreError: one of them is not there.
    """
    if not rows:
        return
    keyed = [
        {**{name: value for name, value in row.items() if name != "id"}, _KEY: row["id"]}
        for row in rows
    ]
    if connection.execute(_replacing(table), keyed).rowcount != len(rows):
        raise StoreError("there is no row to replace")


@cache
def _adding(table: Table) -> Insert:
    return insert(table)


@cache
def _replacing(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam(_KEY))
