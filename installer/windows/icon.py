"""The icon of the program, drawn by arithmetic alone, so that every machine makes the same bytes.

An identity card with a tick, the face that the tray shows when all is well.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final

SIZES: Final = (16, 20, 24, 32, 40, 48, 64, 256)
"""Pixels; Windows takes the next larger one and reduces it."""

_GRID: Final = 64
_FINE: Final = 4
"""Each pixel is looked at in so many rows and columns."""
_GREEN: Final = (0, 122, 92)
_WHITE: Final = (255, 255, 255)
_Colour = tuple[int, int, int]
_Inside = Callable[[float, float], bool]


def _box(left: float, top: float, right: float, bottom: float, radius: float = 5) -> _Inside:
    def inside(x: float, y: float) -> bool:
        away_x = max(left + radius - x, x - (right - radius), 0)
        away_y = max(top + radius - y, y - (bottom - radius), 0)
        return away_x * away_x + away_y * away_y <= radius * radius

    return inside


def _line(x1: float, y1: float, x2: float, y2: float, width: float) -> _Inside:
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2

    def inside(x: float, y: float) -> bool:
        along = min(max(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length, 0), 1)
        away_x, away_y = x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1)
        return 4 * (away_x * away_x + away_y * away_y) <= width * width

    return inside


_SHAPES: Final[tuple[tuple[_Inside, _Colour], ...]] = (
    (_line(34, 27, 40, 33, 7), _WHITE),
    (_line(40, 33, 52, 20, 7), _WHITE),
    (_line(34, 42, 52, 42, 5), _WHITE),
    (_box(13, 23, 27, 37, 3), _WHITE),
    (_box(4, 11, 60, 53), _GREEN),
)
"""From the front to the back, in units of the grid."""


def _colour_at(x: float, y: float) -> _Colour | None:
    return next((colour for inside, colour in _SHAPES if inside(x, y)), None)


def _pixel(column: int, row: int, size: int) -> bytes:
    """Give blue, green, red and opacity of a pixel."""
    fine = 1 if size > _GRID * _FINE // 2 else _FINE
    unit = _GRID / (size * fine)
    seen = [
        _colour_at((column * fine + x + 0.5) * unit, (row * fine + y + 0.5) * unit)
        for y in range(fine)
        for x in range(fine)
    ]
    drawn = [colour for colour in seen if colour is not None]
    if not drawn:
        return bytes(4)
    red, green, blue = (sum(each) // len(drawn) for each in zip(*drawn, strict=True))
    return bytes((blue, green, red, 255 * len(drawn) // len(seen)))


def _image(size: int) -> bytes:
    """Give a picture as it stands in an icon: header, rows from below, an empty mask."""
    pixels = (_pixel(column, row, size) for row in reversed(range(size)) for column in range(size))
    mask = bytes((size + 31) // 32 * 4 * size)
    header = struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, 0, 0, 0, 0, 0)
    return header + b"".join(pixels) + mask


def _entries(sizes: Sequence[int], images: list[bytes]) -> Iterator[bytes]:
    offset = 6 + 16 * len(images)
    for size, image in zip(sizes, images, strict=True):
        side = size % 256  # 0 stands for 256
        yield struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(image), offset)
        offset += len(image)


def icon(sizes: Sequence[int] = SIZES) -> bytes:
    """Give the file ``.ico`` with a picture of each size."""
    images = [_image(size) for size in sizes]
    return struct.pack("<HHH", 0, 1, len(images)) + b"".join([*_entries(sizes, images), *images])
