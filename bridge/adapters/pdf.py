"""Pages of a PDF file: real text in an embedded font, drawn where the layout says.

This module alone imports the library that writes PDF files; it costs start-up time, so it is
loaded with the first report.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH: Final[float] = A4[0]
HEIGHT: Final[float] = A4[1]
_PLAIN: Final = "CarebridgePlain"
_BOLD: Final = "CarebridgeBold"
_FILES: Final = {_PLAIN: "Vera.ttf", _BOLD: "VeraBd.ttf"}
_ONE_AT_A_TIME: Final = Lock()
"""The library keeps its fonts in one place for all threads."""


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of one line; ``x`` is its left end, or its right end."""

    x: float
    y: float
    text: str
    size: float
    is_bold: bool = False
    is_right: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""

    x: float
    y: float
    width: float
    thickness: float
    grey: float = 0.0


@dataclass(frozen=True, slots=True)
class Shade:
    """A grey box behind words; 1 is white."""

    x: float
    y: float
    width: float
    height: float
    grey: float


Mark = Words | Rule | Shade
Page = Sequence[Mark]


def draw(pages: Sequence[Page], *, title: str, language: str, made_at: datetime) -> bytes:
    """Write pages as a file.

    Args:
        pages: What stands on each; points from the lower left corner.
        title: Of the metadata.
        language: Of the text, for what reads it aloud.
        made_at: Of the metadata.
    """
    buffer = io.BytesIO()
    with _ONE_AT_A_TIME:
        _load_fonts()
        canvas = Canvas(
            buffer,
            pagesize=A4,
            lang=language,
            initialFontName=_PLAIN,
            invariant=1,
            pdfVersion=(1, 4),
        )
        canvas.setTitle(title)
        canvas.setAuthor("Carebridge")
        canvas.setCreator("Carebridge")
        canvas.setSubject("")
        canvas.setViewerPreference("DisplayDocTitle", "true")
        canvas.setDateFormatter(lambda *_: f"D:{made_at:%Y%m%d%H%M%S}Z")
        for page in pages:
            for mark in page:
                _draw(canvas, mark)
            canvas.showPage()
        canvas.save()
    return buffer.getvalue()


def wrapped(text: str, width: float, *, size: float, is_bold: bool = False) -> list[str]:
    """Cut a text into lines that fit; a word that is too long is cut as well."""
    lines: list[str] = []
    for part in printable(text).splitlines() or [""]:
        line = ""
        for word in _pieces(part, width, size=size, is_bold=is_bold):
            longer = f"{line} {word}" if line else word
            if line and width_of(longer, size, is_bold=is_bold) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def width_of(text: str, size: float, *, is_bold: bool = False) -> float:
    """Give the width of a line in points."""
    return _em_width(text, _BOLD if is_bold else _PLAIN) * size


def printable(text: str) -> str:
    """Give a text with characters of the font alone: base letters for others, or a mark."""
    return "".join(map(_printable, text))


def _pieces(text: str, width: float, *, size: float, is_bold: bool) -> Iterator[str]:
    """Give the words of a line, those that are too long in parts."""
    for word in text.split(" "):
        rest = word
        while width_of(rest, size, is_bold=is_bold) > width:
            fits = 1
            while width_of(rest[: fits + 1], size, is_bold=is_bold) <= width:
                fits += 1
            yield rest[:fits]
            rest = rest[fits:]
        yield rest


@lru_cache(maxsize=16_384)
def _em_width(text: str, font: str) -> float:
    _load_fonts()
    width: float = pdfmetrics.stringWidth(text, font, 1)
    return width


@lru_cache(maxsize=4_096)
def _printable(character: str) -> str:
    if character == "\n" or _has_glyph(character):
        return character
    if character.isspace():
        return " "
    if unicodedata.category(character).startswith("C"):
        return ""
    base = unicodedata.normalize("NFKD", character)[0]
    return base if _has_glyph(base) else "?"


def _has_glyph(character: str) -> bool:
    _load_fonts()
    return character.isprintable() and ord(character) in pdfmetrics.getFont(_PLAIN).face.charToGlyph


def _load_fonts() -> None:
    known = pdfmetrics.getRegisteredFontNames()
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in _FILES.items():
        if name not in known:
            pdfmetrics.registerFont(TTFont(name, str(folder / file)))


def _draw(canvas: Any, mark: Mark) -> None:
    if isinstance(mark, Words):
        canvas.setFont(_BOLD if mark.is_bold else _PLAIN, mark.size)
        draw_text = canvas.drawRightString if mark.is_right else canvas.drawString
        draw_text(mark.x, mark.y, mark.text)
    elif isinstance(mark, Rule):
        canvas.setStrokeGray(mark.grey)
        canvas.setLineWidth(mark.thickness)
        canvas.line(mark.x, mark.y, mark.x + mark.width, mark.y)
    else:
        canvas.setFillGray(mark.grey)
        canvas.rect(mark.x, mark.y, mark.width, mark.height, stroke=0, fill=1)
        canvas.setFillGray(0)
