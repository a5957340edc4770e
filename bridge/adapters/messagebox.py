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
        """Say it on standard error, where other systems keep what programs say."""
        sys.stderr.write(f"{_TITLE}: {text}\n")
