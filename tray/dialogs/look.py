"""How our windows look: as large, and as rich in contrast, as the desktop is set to.

Windows tells Tk both; under X11 Tk knows neither the dots per inch that desktops set nor their
theme, so both are looked up here.
"""

from __future__ import annotations

import ctypes
import os
import tkinter as tk
from collections.abc import Mapping
from dataclasses import dataclass
from tkinter import font, ttk
from typing import Final

POINTS_PER_INCH: Final = 72
_LEAST, _MOST = 1.0, 6.0
"""Borders for what an environment may ask for, pixels per point."""
_FONTS: Final = (
    "TkDefaultFont",
    "TkTextFont",
    "TkFixedFont",
    "TkMenuFont",
    "TkHeadingFont",
    "TkCaptionFont",
)


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours of a window."""

    ground: str
    text: str
    field: str
    edge: str
    chosen: str
    on_chosen: str
    faint: str


HIGH_CONTRAST: Final = Palette(
    ground="#000000",
    text="#ffffff",
    field="#000000",
    edge="#ffffff",
    chosen="#ffff00",
    on_chosen="#000000",
    faint="#a0a0a0",
)


def scaling_of(environ: Mapping[str, str], *, dots_per_inch: float, own: float) -> float:
    """Give the pixels per point.

    Args:
        environ: Where desktops say by how much GTK or Qt programs are enlarged.
        dots_per_inch: What the desktop set for text; 0 where it set nothing.
        own: What Tk found out from the screen.
    """
    scaling = dots_per_inch / POINTS_PER_INCH if dots_per_inch > 0 else own
    factors = [_number(environ.get(name)) for name in ("GDK_SCALE", "QT_SCALE_FACTOR")]
    # Desktops set both for the same wish.
    return min(max(scaling * max(factors), _LEAST), _MOST)


def wants_contrast(environ: Mapping[str, str]) -> bool:
    """Tell whether the desktop's theme is the one of high contrast."""
    return "highcontrast" in environ.get("GTK_THEME", "").replace("-", "").lower()


def apply_look(root: tk.Tk) -> None:
    """Set size and colours of everything that will stand in a window, before it does."""
    if root.tk.call("tk", "windowingsystem") != "x11":
        return
    ttk.Style(root).theme_use("clam")
    own = float(root.tk.call("tk", "scaling"))
    wanted = scaling_of(os.environ, dots_per_inch=_dots_per_inch(), own=own)
    if abs(wanted - own) > own / 100:
        root.tk.call("tk", "scaling", wanted)
        _resize_fonts(root)
    if wants_contrast(os.environ):
        _colour(root, HIGH_CONTRAST)


def _resize_fonts(root: tk.Tk) -> None:
    """Have the fonts measured again: what is given in points was turned into pixels before."""
    for name in _FONTS:
        named = font.nametofont(name, root=root)
        size = int(named.cget("size"))
        named.configure(size=size + 1)
        named.configure(size=size)


def _colour(root: tk.Tk, palette: Palette) -> None:
    style = ttk.Style(root)
    style.configure(
        ".",
        background=palette.ground,
        foreground=palette.text,
        fieldbackground=palette.field,
        bordercolor=palette.edge,
        lightcolor=palette.edge,
        darkcolor=palette.edge,
        insertcolor=palette.text,
        indicatorbackground=palette.field,
        indicatorforeground=palette.text,
        selectbackground=palette.chosen,
        selectforeground=palette.on_chosen,
    )
    style.map(
        ".",
        background=[("active", palette.chosen), ("focus", palette.chosen)],
        foreground=[
            ("disabled", palette.faint),
            ("active", palette.on_chosen),
            ("focus", palette.on_chosen),
        ],
    )
    style.map("TEntry", foreground=[("focus", palette.text)])
    for option, value in (
        ("background", palette.field),
        ("foreground", palette.text),
        ("readonlyBackground", palette.field),
        ("insertBackground", palette.text),
        ("highlightBackground", palette.edge),
        ("highlightColor", palette.chosen),
    ):
        for kind in ("Entry", "Text"):
            root.option_add(f"*{kind}.{option}", value)


def _number(text: str | None) -> float:
    try:
        return max(float(text or 1), 1.0)
    except ValueError:
        return 1.0


def _dots_per_inch() -> float:
    """Ask the X server what the desktop set for text (the resource ``Xft.dpi``)."""
    try:
        library = ctypes.CDLL("libX11.so.6")
    except OSError:
        return 0
    library.XOpenDisplay.restype = ctypes.c_void_p
    library.XGetDefault.restype = ctypes.c_char_p
    library.XGetDefault.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
    library.XCloseDisplay.argtypes = (ctypes.c_void_p,)
    display = library.XOpenDisplay(None)
    if not display:
        return 0
    try:
        return float(library.XGetDefault(display, b"Xft", b"dpi") or 0)
    except ValueError:
        return 0
    finally:
        library.XCloseDisplay(display)
