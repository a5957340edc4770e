"""Plays a task bar that ends and begins again, for programs with an icon in it.

    known        writes the number of our icons that the task bar knows
    forget       takes them out of it, as the end of Explorer does
    announce     tells every window that there is a new task bar, as the start of Explorer does

A task bar tells nobody its icons; that one can be changed shows that it is known.
"""

import ctypes
import sys
from ctypes import wintypes

_CHANGE, _DELETE = 1, 2
_EVERYBODY = wintypes.HWND(0xFFFF)
_user, _shell = ctypes.windll.user32, ctypes.windll.shell32


class Icon(ctypes.Structure):
    """``NOTIFYICONDATAW`` as far as it is needed: the first icon of a window."""

    _fields_ = [
        ("size", wintypes.DWORD),
        ("window", wintypes.HWND),
        ("number", wintypes.UINT),
        ("flags", wintypes.UINT),
        ("more", ctypes.c_byte * 1000),
    ]


def windows() -> list:
    """Find the windows that belong to our icons."""
    found = []

    @ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
    def look(window, _):
        name = ctypes.create_unicode_buffer(256)
        _user.GetClassNameW(wintypes.HWND(window), name, 256)
        if name.value.startswith("carebridge") and name.value.endswith("SystemTrayIcon"):
            found.append(window)
        return True

    _user.EnumWindows(look, 0)
    return found


def told(message: int) -> int:
    """Tell the task bar something of each icon, and give how many it knew."""
    icons = [Icon(size=976, window=each) for each in windows()]
    return sum(bool(_shell.Shell_NotifyIconW(message, ctypes.byref(each))) for each in icons)


def announced() -> int:
    message = _user.RegisterWindowMessageW("TaskbarCreated")
    return _user.PostMessageW(_EVERYBODY, message, 0, 0)


acts = {"known": lambda: told(_CHANGE), "forget": lambda: told(_DELETE), "announce": announced}
sys.stdout.write(str(acts[sys.argv[1]]()))
