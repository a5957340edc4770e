"""Where things stand on the pages of a report: a flow from top to bottom, and tables in it.

A4 upright, black and two light greys, numbers to the right.
The head of a table is repeated on each page, and so is the group that goes on there; a row stays
with its notes, a title with what it is the title of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.adapters.pdf import HEIGHT, WIDTH, Mark, Rule, Shade, Words, width_of, wrapped

LEFT: Final = 42.0
SPAN: Final = WIDTH - 2 * LEFT
SIZE: Final = 9.0
LEADING: Final = 11.5
_TOP: Final = HEIGHT - 48.0
_BOTTOM: Final = 58.0
_PAD: Final = 3.0
_GAP: Final = 9.0
"""Between the text of neighbouring columns."""
_NOTE_INDENT: Final = 14.0
_HEAD_GREY: Final = 0.85
_GROUP_GREY: Final = 0.94
_LINE_GREY: Final = 0.6
_DIVIDER: Final = "  ·  "


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines that stand side by side in columns, with notes below; kept on one page.

    Attributes:
        cells: For each column its lines.
        notes: Lines below, as wide as the table.
        grey: Behind it; ``None`` for white.
        rule: Thickness of the line above it; 0 for none.
    """

    cells: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    is_bold: bool = False
    grey: float | None = None
    rule: float = 0.0

    @property
    def height(self) -> float:
        """Points from top to bottom."""
        lines = max((len(cell) for cell in self.cells), default=0) + len(self.notes)
        return lines * LEADING + 2 * _PAD


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Places of the columns of a table.

    Attributes:
        widths: Points, gaps included.
        rights: Which columns stand to the right.
    """

    widths: tuple[float, ...]
    rights: tuple[bool, ...]

    @classmethod
    def of(cls, shares: Sequence[int], rights: Sequence[bool]) -> Columns:
        """Divide the width of the page."""
        total = sum(shares) or 1
        return cls(
            widths=tuple(SPAN * share / total for share in shares),
            rights=tuple(rights),
        )

    def cut(self, texts: Sequence[str], *, is_bold: bool = False) -> tuple[tuple[str, ...], ...]:
        """Cut texts into the lines of their columns."""
        return tuple(
            tuple(wrapped(text, width - _GAP, size=SIZE, is_bold=is_bold)) if text else ()
            for text, width in zip(texts, self.widths, strict=True)
        )


WHOLE: Final = Columns(widths=(SPAN,), rights=(False,))
"""One column over the whole page."""


class Flow:
    """Fills pages from top to bottom.

    Attributes:
        pages: Those that are filled, and the one being filled.
    """

    def __init__(self) -> None:
        """Begin the first page."""
        self.pages: list[list[Mark]] = [[]]
        self._y = _TOP
        self._on_new_page: Callable[[], None] | None = None

    def repeat(self, on_new_page: Callable[[], None] | None) -> None:
        """Say what stands at the top of each further page."""
        self._on_new_page = on_new_page

    def need(self, height: float) -> None:
        """Begin a page unless so much is left of this one."""
        if self._y - height >= _BOTTOM:
            return
        self.pages.append([])
        self._y = _TOP
        if self._on_new_page is not None:
            self._on_new_page()

    def skip(self, height: float) -> None:
        """Leave space."""
        self._y -= height

    def line(self, text: str, *, size: float, is_bold: bool = False) -> None:
        """Write a text over the whole width, in as many lines as it takes."""
        for each in wrapped(text, SPAN, size=size, is_bold=is_bold):
            self.need(size * 1.3)
            self._y -= size * 1.3
            words = Words(LEFT, self._y + size * 0.3, each, size, is_bold=is_bold)
            self.pages[-1].append(words)

    def block(self, block: Block, columns: Columns, *, together: float = 0.0) -> None:
        """Place a block; with what must follow it on the same page."""
        if block.height + together > _TOP - _BOTTOM - 6 * LEADING:
            self._long_block(block, columns)
            return
        self.need(block.height + together)
        self._place(block, columns)

    def _long_block(self, block: Block, columns: Columns) -> None:
        """Place a block that no page takes: its columns, then note by note."""
        first = Block(cells=block.cells, is_bold=block.is_bold, grey=block.grey, rule=block.rule)
        self.need(first.height)
        self._place(first, columns)
        for note in block.notes:
            self.need(LEADING)
            self._place(Block(cells=((note,),)), WHOLE)

    def _place(self, block: Block, columns: Columns) -> None:
        marks = self.pages[-1]
        bottom = self._y - block.height
        if block.grey is not None:
            marks.append(Shade(LEFT, bottom, SPAN, block.height, block.grey))
        if block.rule:
            grey = 0.0 if block.rule > 0.5 else _LINE_GREY  # noqa: PLR2004  # hairlines are grey
            marks.append(Rule(LEFT, self._y, SPAN, block.rule, grey))
        top = self._y - _PAD
        x = LEFT
        for lines, width, is_right in zip(block.cells, columns.widths, columns.rights, strict=True):
            end = x + width - _GAP / 2 if is_right else x + _GAP / 2
            marks.extend(_words(lines, end, top, is_bold=block.is_bold, is_right=is_right))
            x += width
        deepest = max((len(lines) for lines in block.cells), default=0)
        marks.extend(_words(block.notes, LEFT + _NOTE_INDENT, top - deepest * LEADING))
        self._y = bottom

    def footer(self, text_of: Callable[[int, int], tuple[str, str]]) -> None:
        """Write left and right below each page, once all are filled."""
        for number, page in enumerate(self.pages, start=1):
            left, right = text_of(number, len(self.pages))
            page.append(Rule(LEFT, 44.0, SPAN, 0.5, _LINE_GREY))
            page.append(Words(LEFT, 33.0, left, 8.0))
            page.append(Words(LEFT + SPAN, 33.0, right, 8.0, is_right=True))


def _words(
    lines: Sequence[str], x: float, top: float, *, is_bold: bool = False, is_right: bool = False
) -> list[Words]:
    return [
        Words(x, top - (place + 1) * LEADING + 3.0, line, SIZE, is_bold, is_right)
        for place, line in enumerate(lines)
        if line
    ]


def head(columns: Columns, labels: Sequence[str]) -> Block:
    """Give the head of a table."""
    return Block(cells=columns.cut(labels, is_bold=True), is_bold=True, grey=_HEAD_GREY, rule=0.8)


def group(parts: Sequence[str]) -> Block:
    """Give the lines above the rows of a group; a part stays on one line if it can."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{_DIVIDER}{part}" if lines else part
        if lines and width_of(longer, SIZE, is_bold=True) <= SPAN - _GAP:
            lines[-1] = longer
        else:
            lines.extend(wrapped(part, SPAN - _GAP, size=SIZE, is_bold=True))
    return Block(cells=(tuple(lines),), is_bold=True, grey=_GROUP_GREY, rule=0.5)


def notes_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Cut notes into lines."""
    width = SPAN - _NOTE_INDENT - _GAP
    return tuple(line for text in texts if text for line in wrapped(text, width, size=SIZE))
