"""Tables as files: CSV, spreadsheet and JSON (port ``TableWriter``).

Source: *REST API conventions* 8 (API-67).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from bridge.domain.views import ExportFormat
from bridge.ports.history import Cell, TableHead

_BRUSSELS: Final = ZoneInfo("Europe/Brussels")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_MOMENT: Final = "%Y-%m-%d %H:%M:%S"
_WIDTHS: Final = (10, 40)
"""Narrowest and widest column of a spreadsheet, in characters."""


class FileTableWriter:
    """Writes tables in memory.

    People read moments in Brussels time; programs that read JSON get UTC, as from the interface.
    """

    def write(self, kind: ExportFormat, head: TableHead, rows: Iterable[Sequence[Cell]]) -> bytes:
        """Write a table."""
        if kind is ExportFormat.CSV:
            return _csv(head, rows)
        if kind is ExportFormat.XLSX:
            return _xlsx(head, rows)
        return _json(head, rows)


def workbook(buffer: io.BytesIO) -> Any:
    """Begin a spreadsheet in which a text is a text, whatever it begins with."""
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    return Workbook(buffer, options)


def _csv(head: TableHead, rows: Iterable[Sequence[Cell]]) -> bytes:
    buffer = io.StringIO()
    # Spreadsheet programs of these languages take the comma for the decimal sign.
    divider = "," if head.language == "en" else ";"
    writer = csv.writer(buffer, delimiter=divider, lineterminator="\r\n")
    writer.writerow([_neutral(label) for label in head.labels])
    writer.writerows([_neutral(_shown(cell)) for cell in row] for row in rows)
    return _BYTE_ORDER_MARK + buffer.getvalue().encode()


def _xlsx(head: TableHead, rows: Iterable[Sequence[Cell]]) -> bytes:
    buffer = io.BytesIO()
    with workbook(buffer) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        widths = [len(label) for label in head.labels]
        for column, label in enumerate(head.labels):
            sheet.write_string(0, column, label, bold)
        last = 0
        for last, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                _write_cell(sheet, (last, column), cell, moment)
                widths[column] = max(widths[column], len(_shown(cell)))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(max(width, _WIDTHS[0]), _WIDTHS[1]))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(head.labels) - 1)
    return buffer.getvalue()


def _write_cell(sheet: Any, place: tuple[int, int], cell: Cell, moment: Any) -> None:
    if isinstance(cell, datetime):
        local = cell.astimezone(_BRUSSELS).replace(tzinfo=None)
        sheet.write_datetime(*place, local, moment)
    elif isinstance(cell, bool):
        sheet.write_boolean(*place, cell)
    elif isinstance(cell, int):
        sheet.write_number(*place, cell)
    elif cell is not None:
        sheet.write_string(*place, cell)


def _json(head: TableHead, rows: Iterable[Sequence[Cell]]) -> bytes:
    items = [
        {name: _plain(cell) for name, cell in zip(head.members, row, strict=True)} for row in rows
    ]
    return json.dumps({"items": items}, ensure_ascii=False, indent=1).encode()


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, datetime):
        moment = cell.astimezone(UTC).isoformat(timespec="milliseconds")
        return moment.replace("+00:00", "Z")
    return cell


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(_BRUSSELS).strftime(_MOMENT)
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _neutral(text: str) -> str:
    """Keep a cell from being a formula to a spreadsheet program."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
