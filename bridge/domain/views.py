"""The history as a table: which columns there are, and views people keep.

Source: *REST API conventions* 8 (API-64 to API-67); decision D13.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from bridge.domain.madefiles import MadeFile


class ColumnType(Enum):
    """What the cells of a column hold."""

    TEXT = "text"
    CODE = "code"
    MOMENT = "moment"
    COUNT = "count"
    BOOLEAN = "boolean"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One member of a row of the history that people may choose.

    Attributes:
        member: Name of the member of an exchange.
        is_sensitive: Whether it says something about a patient.
    """

    member: str
    type: ColumnType
    is_sortable: bool = False
    is_filterable: bool = False
    is_sensitive: bool = False


def _code(member: str, *, is_sortable: bool = False) -> Column:
    return Column(member=member, type=ColumnType.CODE, is_sortable=is_sortable, is_filterable=True)


def _moment(member: str, *, is_sortable: bool = False, is_filterable: bool = False) -> Column:
    return Column(
        member=member,
        type=ColumnType.MOMENT,
        is_sortable=is_sortable,
        is_filterable=is_filterable,
    )


COLUMNS: Final = (
    _moment("created_at", is_sortable=True),
    _moment("sent_at", is_sortable=True, is_filterable=True),
    _code("kind", is_sortable=True),
    _code("status", is_sortable=True),
    _code("insurer", is_sortable=True),
    Column(member="items", type=ColumnType.COUNT),
    _moment("answered_at", is_sortable=True),
    _moment("read_at"),
    _moment("processed_at"),
    _moment("archived_at"),
    _code("service", is_sortable=True),
    _code("practice_id"),
    _code("registration_id"),
    _code("actor_id"),
    Column(member="input_reference", type=ColumnType.TEXT),
    Column(member="attempts", type=ColumnType.COUNT),
    Column(member="has_receipt", type=ColumnType.BOOLEAN),
    _moment("updated_at", is_sortable=True),
    Column(member="id", type=ColumnType.TEXT),
)
"""Columns of the history in their usual order."""

BY_MEMBER: Final = {column.member: column for column in COLUMNS}
USUAL: Final = tuple(column.member for column in COLUMNS[:7])
"""Columns of an export that names none."""

MOST_VIEWS: Final = 100
"""Views one caller may keep."""


@dataclass(frozen=True, kw_only=True)
class ViewColumn:
    """One column of a view, in its place."""

    member: str
    width_px: int | None = None
    is_pinned: bool = False


@dataclass(frozen=True, kw_only=True)
class SavedView:
    """Columns, order and filters of the history that somebody wants to see again.

    Attributes:
        id: ``view_…``.
        client_id: Whose view it is.
        sort: Members, ``-`` before a descending one.
        filters: Parameter name to what it is asked for, as in the address of the list.
        is_default: Whether front ends show it first; one view of a caller at most.
    """

    id: str
    client_id: str
    name: str
    columns: tuple[ViewColumn, ...]
    created_at: datetime
    updated_at: datetime
    sort: tuple[str, ...] = ()
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_default: bool = False


class ExportFormat(Enum):
    """Kinds of files the history is exported to."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@dataclass(frozen=True, kw_only=True)
class HistoryExport(MadeFile):
    """Rows of the history as a file; its identifier is ``exp_…``."""

    format: ExportFormat
