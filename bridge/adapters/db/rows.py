"""Writing whole rows by statements that are built once.

Building a statement with its values costs more than running it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, insert, select, update

from bridge.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import BindParameter, Connection, Insert, RowMapping, Select, Table, Update

_KEY: Final = "row_to_replace"
_DOCUMENT: Final = "document"
_UNREAD: Final = object()
_AT_ONCE: Final = 500
"""Values of one IN list."""


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

    Only columns with a new value are named: SQLite takes a row out of, and back into, the index
    of every column that is named, whether its value is new or not.

    Raises:
        StoreError: one of them is not there.
    """
    changes: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        known = _known(connection, table, [row["id"] for row in part])
        for row in part:
            names = _changed(known, row)
            values = {name: row[name] for name in names}
            changes.setdefault(names, []).append({**values, _KEY: row["id"]})
    for names, some in changes.items():
        connection.execute(_replacing(table, names), some)


def _known(connection: Connection, table: Table, ids: Sequence[str]) -> dict[str, RowMapping]:
    query = _reading(table)
    return {row["id"]: row for row in connection.execute(query, {_KEY: ids}).mappings()}


def _changed(known: dict[str, RowMapping], row: dict[str, Any]) -> tuple[str, ...]:
    """Name the columns with a new value; the document, which was not read, is always one."""
    before = known.get(row["id"])
    if before is None:
        raise StoreError("there is no row to replace")
    return tuple(name for name, value in row.items() if before.get(name, _UNREAD) != value)


@cache
def _adding(table: Table) -> Insert:
    return insert(table)


@cache
def _reading(table: Table) -> Select[Any]:
    columns = [each for each in table.c if each.name != _DOCUMENT]
    return select(*columns).where(table.c.id.in_(bindparam(_KEY, expanding=True)))


@cache
def _replacing(table: Table, names: tuple[str, ...]) -> Update:
    values: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in names}
    return update(table).where(table.c.id == bindparam(_KEY)).values(values)
