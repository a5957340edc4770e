"""Port: keeping reports, and writing them as files people print."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from bridge.domain.reports import Report, ReportFormat
from bridge.ports.madefiles import MadeFiles

ReportCell = str | int | date | None
"""What one cell holds: a text, cents or a number, a calendar day, nothing."""


class CellKind(Enum):
    """What the cells of a column hold."""

    TEXT = "text"
    DAY = "day"
    MONEY = "money"
    """Cents, added up at the end of the table."""


class ColumnPlace(Enum):
    """Where paper shows a column; a spreadsheet shows all of them side by side."""

    COLUMN = "column"
    GROUP = "group"
    """Once above the rows that share it."""
    NOTE = "note"
    """A sentence below its row, as wide as the table."""


@dataclass(frozen=True, kw_only=True)
class ReportColumn:
    """One column of a table.

    Attributes:
        label: For people.
        width: Share of the width of the paper; meaningless outside ``ColumnPlace.COLUMN``.
    """

    label: str
    kind: CellKind = CellKind.TEXT
    place: ColumnPlace = ColumnPlace.COLUMN
    width: int = 1


@dataclass(frozen=True, kw_only=True)
class ReportTable:
    """One table.

    Attributes:
        rows: As many cells as there are columns; rows of one group stand together.
        empty_text: What is said instead of a table without rows.
    """

    title: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[tuple[ReportCell, ...], ...] = field(repr=False)
    empty_text: str
    has_total: bool = True


@dataclass(frozen=True, kw_only=True)
class ReportDocument:
    """Everything that stands on the paper, in its order.

    Attributes:
        title: Without anything about a patient: it is also the title in the file's metadata.
        language: Decides the form of dates and amounts.
        facts: Label and value of what holds for the whole report.
        summaries: Short tables, before the main one.
        main: The long table; in a spreadsheet it has a sheet of its own.
        total_label: Beside the sum of a group, and of a table without groups.
        grand_total_label: Beside the sum of a table that has sums of groups.
        page_text: With ``{page}`` and ``{pages}``.
        made_text: When it was made.
        overview_label: Names what is not the long table, where the two stand apart.
    """

    title: str
    language: str
    created_at: datetime
    facts: tuple[tuple[str, str], ...]
    summaries: tuple[ReportTable, ...]
    main: ReportTable
    total_label: str
    grand_total_label: str
    page_text: str
    made_text: str
    overview_label: str


class ReportWriter(Protocol):
    """Writes reports as files."""

    def write(self, kind: ReportFormat, document: ReportDocument) -> bytes:
        """Write a report; blocks for as long as that takes.

        No cell is a formula to a spreadsheet program, whatever its text begins with.
        """
        ...


class Reports(MadeFiles[Report], Protocol):
    """Repository of reports with their content."""

    def page(
        self, *, client_id: str, now: datetime, limit: int, before_id: str | None
    ) -> tuple[list[Report], int]:
        """Read a caller's reports that have not expired, newest first, and count them all."""
        ...
