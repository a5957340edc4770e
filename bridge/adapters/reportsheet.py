"""Reports as spreadsheets: what it is about on one sheet, the long table on another."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from bridge.adapters.tabular import workbook
from bridge.ports.reports import (
    CellKind,
    ColumnPlace,
    ReportCell,
    ReportColumn,
    ReportDocument,
    ReportTable,
)

_A4: Final = 9
_DAY_FORMS: Final = {"de": "dd.mm.yyyy"}
_USUAL_DAY: Final = "dd/mm/yyyy"
_MONEY_FORMS: Final = {"en": '"€"#,##0.00;-"€"#,##0.00'}
_USUAL_MONEY: Final = '#,##0.00" €"'
_WIDTHS: Final = {CellKind.DAY: 11, CellKind.MONEY: 13}
_NARROWEST, _WIDEST, _NOTE_WIDTH = 9, 24, 40
"""Widths of columns in characters."""
_NAME_LENGTH: Final = 31
"""Most characters of the name of a sheet; some may not stand in it."""
_NOT_IN_A_NAME: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True, kw_only=True)
class _Forms:
    plain: Any
    bold: Any
    title: Any
    head: Any
    day: Any
    money: Any
    total: Any
    total_money: Any


def write_sheets(document: ReportDocument) -> bytes:
    """Write a report."""
    buffer = io.BytesIO()
    with workbook(buffer) as book:
        book.set_properties(
            {"title": document.title, "author": "Carebridge", "created": _naive(document)}
        )
        forms = _forms(book, document.language)
        _overview(book, document, forms)
        _main(book, document, forms)
    return buffer.getvalue()


def _naive(document: ReportDocument) -> datetime:
    return document.created_at.replace(tzinfo=None)


def _overview(book: Any, document: ReportDocument, forms: _Forms) -> None:
    """Write facts and short tables below each other."""
    sheet = book.add_worksheet(_sheet_name(document.overview_label))
    _printed(sheet, document, is_landscape=False)
    sheet.write_string(0, 0, document.title, forms.title)
    sheet.write_string(1, 0, document.made_text, forms.plain)
    row = 3
    for label, value in document.facts:
        sheet.write_string(row, 0, label, forms.bold)
        sheet.write_string(row, 1, value, forms.plain)
        row += 1
    for table in document.summaries:
        sheet.write_string(row + 1, 0, table.title, forms.bold)
        row = _table(sheet, table, document, forms, row + 2)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 8, 22)


def _main(book: Any, document: ReportDocument, forms: _Forms) -> None:
    """Write the long table so that it filters, scrolls and prints with its head."""
    table = document.main
    name, first = _sheet_name(table.title), _sheet_name(document.overview_label)
    is_taken = name.lower() == first.lower()
    sheet = book.add_worksheet(f"{name[: _NAME_LENGTH - 2]} 2" if is_taken else name)
    _printed(sheet, document, is_landscape=True)
    _table(sheet, table, document, forms, 0)
    for place, column in enumerate(table.columns):
        width = _width(column, [row[place] for row in table.rows])
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)


def _table(
    sheet: Any, table: ReportTable, document: ReportDocument, forms: _Forms, top: int
) -> int:
    """Write a table from a row on; gives the first row behind it."""
    for place, column in enumerate(table.columns):
        sheet.write_string(top, place, column.label, forms.head)
    row = top
    for row, cells in enumerate(table.rows, start=top + 1):
        for place, cell in enumerate(cells):
            _write(sheet, (row, place), cell, table.columns[place], forms)
    if not table.rows:
        sheet.write_string(top + 1, 0, table.empty_text, forms.plain)
        return top + 3
    if not table.has_total:
        return row + 2
    _total(sheet, table, document.total_label, forms, row + 1)
    return row + 3


def _total(sheet: Any, table: ReportTable, label: str, forms: _Forms, row: int) -> None:
    for place, column in enumerate(table.columns):
        if column.kind is CellKind.MONEY:
            cents = sum(cell for each in table.rows if isinstance(cell := each[place], int))
            sheet.write_number(row, place, cents / 100, forms.total_money)
        else:
            sheet.write_string(row, place, "" if place else label, forms.total)


def _write(
    sheet: Any, place: tuple[int, int], cell: ReportCell, column: ReportColumn, forms: _Forms
) -> None:
    if cell is None:
        return
    if isinstance(cell, date):
        sheet.write_datetime(*place, datetime.combine(cell, time()), forms.day)
    elif isinstance(cell, int):
        if column.kind is CellKind.MONEY:
            sheet.write_number(*place, cell / 100, forms.money)
        else:
            sheet.write_number(*place, cell, forms.plain)
    else:
        sheet.write_string(*place, cell, forms.plain)


def _forms(book: Any, language: str) -> _Forms:
    day = _DAY_FORMS.get(language, _USUAL_DAY)
    money = _MONEY_FORMS.get(language, _USUAL_MONEY)
    top = {"valign": "top"}
    line = {"bold": True, "top": 1, **top}
    return _Forms(
        plain=book.add_format({"text_wrap": True, **top}),
        bold=book.add_format({"bold": True, "text_wrap": True, **top}),
        title=book.add_format({"bold": True, "font_size": 14}),
        head=book.add_format(
            {"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#D9D9D9", **top}
        ),
        day=book.add_format({"num_format": day, "align": "left", **top}),
        money=book.add_format({"num_format": money, **top}),
        total=book.add_format(line),
        total_money=book.add_format({"num_format": money, **line}),
    )


def _printed(sheet: Any, document: ReportDocument, *, is_landscape: bool) -> None:
    """Set A4, as wide as one page, with page numbers below."""
    sheet.set_paper(_A4)
    if is_landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    # Codes of the page footer begin with an ampersand, so one in a text is doubled.
    page = document.page_text.replace("&", "&&").format(page="&P", pages="&N")
    title = document.title.replace("&", "&&")
    sheet.set_footer(f"&L&8{title}&R&8{page}")


def _width(column: ReportColumn, cells: Sequence[ReportCell]) -> int:
    if column.kind in _WIDTHS:
        return _WIDTHS[column.kind]
    widest = _NOTE_WIDTH if column.place is ColumnPlace.NOTE else _WIDEST
    longest = max((len(str(cell)) for cell in cells if cell is not None), default=0)
    return min(max(longest, len(column.label), _NARROWEST) + 1, widest)


def _sheet_name(text: str) -> str:
    return " ".join(text.translate(_NOT_IN_A_NAME).split())[:_NAME_LENGTH]
