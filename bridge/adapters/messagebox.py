"""Telling somebody who clicked on the program why it does not start.

A program with windows only has no console to say it in, and its own windows are not there yet.
"""

from __future__ import annotations

import sys
from typing import Final

_TITLE: Final = "Carebridge"

if sys.platform == "win32":
    import ctypes

    _WARNING: Final = 0x30
    _TO_FRONT: Final = 0x10000

    def show_message(text: str) -> None:
        """Show a text in a window of the system until it is closed."""
        ctypes.WinDLL("user32").MessageBoxW(None, text, _TITLE, _WARNING | _TO_FRONT)

else:

    def show_message(text: str) -> None:
        """Say it on standard error, and under Linux show it in a window where there is a screen."""
        sys.stderr.write(f"{_TITLE}: {text}\n")
        if sys.platform == "linux":
            _show_window(text)

    def _show_window(text: str) -> None:
        try:
            # Imported here: a system without Tk must still get the line above.
            import tkinter as tk  # noqa: PLC0415  # see above
            from tkinter import messagebox  # noqa: PLC0415  # see above
        except ImportError:
            return
        try:
            root = tk.Tk(className=_TITLE.lower())
        except tk.TclError:
            return  # no screen
        root.withdraw()
        messagebox.showwarning(_TITLE, text, parent=root)
        root.destroy()
