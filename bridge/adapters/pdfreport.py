"""Reports as PDF files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from bridge.adapters.pdf import draw
from bridge.adapters.pdfpages import WHOLE, Block, Columns, Flow, group, head, notes_of
from bridge.i18n.forms import shown_day, shown_money
from bridge.ports.reports import (
    CellKind,
    ColumnPlace,
    ReportCell,
    ReportColumn,
    ReportDocument,
    ReportTable,
)

_TITLE_SIZE: Final = 14.0
_SECTION_SIZE: Final = 11.0
_SMALL_SIZE: Final = 8.0
_FACTS: Final = Columns.of((24, 26, 24, 26), (False, False, False, False))
_LEAST_BELOW_TITLE: Final = 90.0
"""A title stands on a page only with the head and the first rows of its table."""

_Row = tuple[ReportCell, ...]


def write_pdf(document: ReportDocument) -> bytes:
    """Write a report."""
    flow = Flow()
    flow.line(document.title, size=_TITLE_SIZE, is_bold=True)
    flow.line(document.made_text, size=_SMALL_SIZE)
    flow.skip(8)
    _facts(flow, document.facts)
    for table in (*document.summaries, document.main):
        _TableFlow(flow, table, document).write()
    flow.footer(
        lambda page, pages: (
            document.title,
            document.page_text.format(page=page, pages=pages),
        )
    )
    return draw(
        flow.pages,
        title=document.title,
        language=document.language,
        made_at=document.created_at,
    )


def _facts(flow: Flow, facts: Sequence[tuple[str, str]]) -> None:
    """Write labels and values, two pairs side by side."""
    for place in range(0, len(facts), 2):
        left, right = facts[place], (*facts[place + 1 : place + 2], ("", ""))[0]
        flow.block(Block(cells=_FACTS.cut((*left, *right)), rule=0.25), _FACTS)


class _TableFlow:
    """Writes one table into a flow."""

    def __init__(self, flow: Flow, table: ReportTable, document: ReportDocument) -> None:
        self._flow = flow
        self._table = table
        self._document = document
        self._shown = _places(table, ColumnPlace.COLUMN)
        self._groups = _places(table, ColumnPlace.GROUP)
        self._notes = _places(table, ColumnPlace.NOTE)
        shown = [table.columns[place] for place in self._shown]
        self._columns = Columns.of(
            [each.width for each in shown],
            [each.kind is CellKind.MONEY for each in shown],
        )
        self._head = head(self._columns, [each.label for each in shown])

    def write(self) -> None:
        flow, table = self._flow, self._table
        flow.need(_LEAST_BELOW_TITLE)
        flow.skip(12)
        flow.line(table.title, size=_SECTION_SIZE, is_bold=True)
        flow.skip(3)
        if not table.rows:
            flow.block(Block(cells=WHOLE.cut((table.empty_text,))), WHOLE)
            return
        flow.block(self._head, self._columns)
        flow.repeat(self._repeat_head)
        self._rows()
        flow.repeat(None)

    def _rows(self) -> None:
        total = self._grand_total() if self._table.has_total else None
        after = 0.0 if total is None else total.height
        last = self._table.rows[-1]
        for heading, found in groupby(self._table.rows, key=self._group_parts):
            rows = list(found)
            sums = self._group_total(rows)
            self._heading(heading, rows[0])
            for row in rows:
                is_end = row is rows[-1]
                kept = (sums.height if sums and is_end else 0.0) + (after if row is last else 0.0)
                self._flow.block(self._row(row), self._columns, together=kept)
            self._flow.repeat(self._repeat_head)
            if sums is not None:
                self._flow.block(sums, self._columns)
        if total is not None:
            self._flow.block(total, self._columns)

    def _heading(self, parts: Sequence[str], first: _Row) -> None:
        """Write what a group shares, with its first row on the same page."""
        if not parts:
            return
        heading = group(parts)
        self._flow.block(heading, WHOLE, together=self._row(first).height)
        self._flow.repeat(lambda: self._repeat_group(heading))

    def _repeat_head(self) -> None:
        self._flow.block(self._head, self._columns)

    def _repeat_group(self, heading: Block) -> None:
        self._repeat_head()
        self._flow.block(heading, WHOLE)

    def _row(self, row: _Row) -> Block:
        texts = [self._text(place, row[place]) for place in self._shown]
        notes = [self._labelled(place, row[place]) for place in self._notes]
        return Block(cells=self._columns.cut(texts), notes=notes_of(notes), rule=0.25)

    def _group_total(self, rows: Sequence[_Row]) -> Block | None:
        """Add up a group of several rows."""
        is_wanted = self._groups and self._table.has_total and len(rows) > 1
        return self._total(rows, self._document.total_label, rule=0.5) if is_wanted else None

    def _grand_total(self) -> Block:
        rows, document = self._table.rows, self._document
        groups = {self._group_parts(row) for row in rows}
        has_sums = bool(self._groups) and len(rows) > len(groups)
        label = document.grand_total_label if has_sums else document.total_label
        return self._total(rows, label, rule=0.8)

    def _total(self, rows: Sequence[_Row], label: str, *, rule: float) -> Block:
        columns = self._table.columns
        texts = [
            self._text(place, sum_of(place, rows)) if columns[place].kind is CellKind.MONEY else ""
            for place in self._shown
        ]
        texts[0] = texts[0] or label
        cells = self._columns.cut(texts, is_bold=True)
        return Block(cells=cells, is_bold=True, rule=rule)

    def _group_parts(self, row: _Row) -> tuple[str, ...]:
        found = (self._labelled(place, row[place]) for place in self._groups)
        return tuple(filter(None, found))

    def _labelled(self, place: int, cell: ReportCell) -> str:
        text = self._text(place, cell)
        return f"{self._table.columns[place].label}: {text}" if text else ""

    def _text(self, place: int, cell: ReportCell) -> str:
        return shown_cell(self._table.columns[place], cell, self._document.language)


def shown_cell(column: ReportColumn, cell: ReportCell, language: str) -> str:
    """Write a cell as people read it."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return shown_day(cell, language)
    if isinstance(cell, int) and column.kind is CellKind.MONEY:
        return shown_money(cell, language)
    return str(cell)


def sum_of(place: int, rows: Sequence[_Row]) -> int:
    """Add up a column of amounts; empty cells are nothing."""
    return sum(_amounts(place, rows))


def _amounts(place: int, rows: Sequence[_Row]) -> Iterator[int]:
    for row in rows:
        cell = row[place]
        if isinstance(cell, int):
            yield cell


def _places(table: ReportTable, wanted: ColumnPlace) -> list[int]:
    return [place for place, column in enumerate(table.columns) if column.place is wanted]
