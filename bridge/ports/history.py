"""Port: saved views and exports of the history, and writing tables as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridge.domain.views import ExportFormat, HistoryExport, SavedView

Cell = str | int | bool | datetime | None
"""What one cell of a table holds; moments have a time zone."""


@dataclass(frozen=True, kw_only=True)
class TableHead:
    """What stands above and around the rows of a table.

    Attributes:
        members: Names of the columns for programs.
        labels: Names of the columns for people, in ``language``.
        language: Decides what divides the cells of a CSV file (API-67).
    """

    members: tuple[str, ...]
    labels: tuple[str, ...]
    language: str


class TableWriter(Protocol):
    """Writes tables as files."""

    def write(self, kind: ExportFormat, head: TableHead, rows: Iterable[Sequence[Cell]]) -> bytes:
        """Write a table.

        No cell is a formula to a spreadsheet program, whatever its text begins with (API-67).
        """
        ...


class Views(Protocol):
    """Repository of saved views."""

    def of_client(self, client_id: str) -> list[SavedView]:
        """Read a caller's views, oldest first."""
        ...

    def get(self, view_id: str, *, client_id: str) -> SavedView | None:
        """Read one view, if it is that caller's."""
        ...

    def put(self, view: SavedView) -> None:
        """Insert a view, or replace the one with the same identifier."""
        ...

    def remove(self, view_id: str) -> None:
        """Delete a view."""
        ...


class Exports(Protocol):
    """Repository of exports with their content."""

    def add(self, export: HistoryExport, content: bytes) -> None:
        """Insert an export."""
        ...

    def get(self, export_id: str, *, client_id: str) -> HistoryExport | None:
        """Read what is known about an export, if it is that caller's."""
        ...

    def content(self, export_id: str) -> bytes:
        """Read the content of an export that is there."""
        ...

    def remove(self, export_id: str) -> None:
        """Delete an export."""
        ...

    def expire(self, *, now: datetime) -> int:
        """Delete what has expired; gives how many."""
        ...
