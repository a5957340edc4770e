"""Draws the icon of each face; states differ by shape, not by colour alone.

Everything is drawn on a grid of 64 units and scaled down, so that it is smooth at every size.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from tray.state import RING_STEPS, Face, TrayState

GRID: Final = 64
SIZES: Final = (16, 20, 24, 32, 48, 64)
"""Sizes that task bars ask for, pixels: 100 % to 300 % scaling."""
_FINE: Final = 4
"""Drawn so many times larger, then reduced."""
_Colour = tuple[int, int, int, int]
_Box = tuple[float, float, float, float]

_INK: Final = (255, 255, 255, 255)
_GREEN: Final = (0, 122, 92, 255)
_BLUE: Final = (0, 90, 170, 255)
_AMBER: Final = (240, 170, 0, 255)
_RED: Final = (190, 20, 40, 255)
_GREY: Final = (84, 92, 102, 255)
_VIOLET: Final = (110, 60, 160, 255)
_DARK: Final = (24, 24, 24, 255)


class _Pen:
    """Draws in units of the grid."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)
        self._unit = image.width / GRID

    def _scaled(self, *places: float) -> list[float]:
        return [place * self._unit for place in places]

    def disc(self, box: _Box, fill: _Colour) -> None:
        self._draw.ellipse(self._scaled(*box), fill=fill)

    def box(self, box: _Box, fill: _Colour) -> None:
        self._draw.rounded_rectangle(self._scaled(*box), self._unit * 5, fill=fill)

    def frame(self, box: _Box, line: _Colour) -> None:
        self._draw.rounded_rectangle(
            self._scaled(*box),
            self._unit * 5,
            fill=_INK,
            outline=line,
            width=round(self._unit * 5),
        )

    def line(self, *places: float, line: _Colour = _INK, width: float = 7) -> None:
        self._draw.line(
            self._scaled(*places), fill=line, width=round(width * self._unit), joint="curve"
        )

    def shape(self, *places: float, fill: _Colour) -> None:
        self._draw.polygon(self._scaled(*places), fill=fill)

    def arc(self, box: _Box, share: float, line: _Colour) -> None:
        self._draw.arc(
            self._scaled(*box), -90, -90 + 360 * share, fill=line, width=round(self._unit * 6)
        )


def _card(pen: _Pen, colour: _Colour) -> None:
    pen.box((6, 14, 58, 50), colour)
    pen.box((13, 23, 27, 37), _INK)
    pen.line(34, 42, 52, 42, width=5)


def _ready(pen: _Pen) -> None:
    _card(pen, _GREEN)
    pen.line(34, 27, 40, 33, 52, 20)


def _no_card(pen: _Pen) -> None:
    pen.frame((6, 14, 58, 50), _GREY)
    pen.line(20, 32, 44, 32, line=_GREY)


def _no_reader(pen: _Pen) -> None:
    pen.frame((12, 8, 52, 36), _GREY)
    pen.line(32, 36, 32, 56, line=_GREY)
    pen.line(8, 58, 58, 6, line=_RED, width=8)


def _session(pen: _Pen) -> None:
    pen.disc((15, 15, 49, 49), _GREEN)
    pen.line(22, 32, 29, 40, 42, 23)


def _ends_soon(pen: _Pen) -> None:
    pen.disc((13, 13, 51, 51), _AMBER)
    pen.line(32, 19, 32, 33, 42, 40, line=_DARK)


def _working(pen: _Pen) -> None:
    pen.box((4, 20, 60, 44), _BLUE)
    for left in (11, 27, 43):
        pen.disc((left, 27, left + 10, 37), _INK)


def _answers(pen: _Pen) -> None:
    pen.box((5, 13, 59, 51), _BLUE)
    pen.line(9, 18, 32, 36, 55, 18)


def _manual(pen: _Pen) -> None:
    pen.shape(32, 2, 62, 32, 32, 62, 2, 32, fill=_AMBER)
    pen.line(32, 15, 32, 37, line=_DARK, width=8)
    pen.disc((27, 43, 37, 53), _DARK)


def _problem(pen: _Pen) -> None:
    pen.shape(21, 4, 43, 4, 60, 21, 60, 43, 43, 60, 21, 60, 4, 43, 4, 21, fill=_RED)
    pen.line(21, 21, 43, 43, width=9)
    pen.line(43, 21, 21, 43, width=9)


def _simulator(pen: _Pen) -> None:
    _card(pen, _VIOLET)


_DRAWINGS: Final[dict[TrayState, Callable[[_Pen], None]]] = {
    TrayState.PROBLEM: _problem,
    TrayState.MANUAL_ACTION: _manual,
    TrayState.ENDS_SOON: _ends_soon,
    TrayState.WORKING: _working,
    TrayState.ANSWERS: _answers,
    TrayState.SESSION: _session,
    TrayState.NO_READER: _no_reader,
    TrayState.NO_CARD: _no_card,
    TrayState.SIMULATOR: _simulator,
    TrayState.READY: _ready,
}


@lru_cache(maxsize=64)
def draw(face: Face, size: int = GRID) -> Image.Image:
    """Draw a face, with transparent ground.

    Args:
        face: What to show.
        size: Width and height, pixels.
    """
    image = Image.new("RGBA", (size * _FINE, size * _FINE), (0, 0, 0, 0))
    pen = _Pen(image)
    _DRAWINGS[face.state](pen)
    if face.ring is not None:
        _draw_ring(pen, face.ring)
    if face.is_simulator:
        _draw_mark(pen)
    if face.has_badge:
        pen.disc((40, 0, 64, 24), _INK)
        pen.disc((43, 3, 61, 21), _RED)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _draw_ring(pen: _Pen, ring: int) -> None:
    """Draw how much of the session is left, clockwise from the top, on a thin track."""
    pen.arc((1, 1, 63, 63), 1.0, (*_GREY[:3], 90))
    pen.arc((1, 1, 63, 63), ring / RING_STEPS, _GREEN)


def _draw_mark(pen: _Pen) -> None:
    """Draw an S in the lower right corner: played, not real."""
    pen.box((34, 34, 64, 64), _INK)
    pen.box((37, 37, 61, 61), _VIOLET)
    pen.line(56, 43, 43, 43, 43, 49, 55, 49, 55, 56, 42, 56, width=4)
