"""Port: saved views and exports of the history, and writing tables as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.domain.views import ExportFormat, HistoryExport, SavedView
from bridge.ports.madefiles import MadeFiles

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


class Exports(MadeFiles[HistoryExport], Protocol):
    """Repository of exports with their content."""
