"""Events that one X program sends to another: keys that nobody pressed, "please close"."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_KEY_PRESS: Final = 2
_CLIENT_MESSAGE: Final = 33
_EVENT_LONGS: Final = 24
_KEY_PRESS_MASK: Final = 1
_ALT: Final = 8


class _KeyEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("root", ctypes.c_ulong),
        ("subwindow", ctypes.c_ulong),
        ("time", ctypes.c_ulong),
        ("places", ctypes.c_int * 4),
        ("state", ctypes.c_uint),
        ("keycode", ctypes.c_uint),
        ("same_screen", ctypes.c_int),
    )


class _ClientMessage(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
    )


class _Event(ctypes.Union):
    _fields_ = (
        ("key", _KeyEvent),
        ("message", _ClientMessage),
        ("whole", ctypes.c_long * _EVENT_LONGS),
    )


def send_key(display: str, window: int, name: str, *, alt: bool = False) -> None:
    """Send the press of a key to a window, perhaps with Alt."""
    with _connection(display) as (x11, connection):
        event = _Event()
        event.key.type = _KEY_PRESS
        event.key.window = window
        event.key.root = x11.XDefaultRootWindow(connection)
        event.key.state = _ALT if alt else 0
        event.key.same_screen = 1
        symbol = x11.XStringToKeysym(name.encode())
        event.key.keycode = x11.XKeysymToKeycode(connection, ctypes.c_ulong(symbol))
        _send(x11, connection, window, event, _KEY_PRESS_MASK)


def ask_to_close(display: str, window: int) -> None:
    """Do what a window manager does when its close button is pressed."""
    with _connection(display) as (x11, connection):
        event = _Event()
        event.message.type = _CLIENT_MESSAGE
        event.message.window = window
        event.message.message_type = x11.XInternAtom(connection, b"WM_PROTOCOLS", 0)
        event.message.format = 32
        event.message.data[0] = x11.XInternAtom(connection, b"WM_DELETE_WINDOW", 0)
        _send(x11, connection, window, event, 0)


def _send(x11, connection, window: int, event: _Event, mask: int) -> None:
    x11.XSendEvent(connection, ctypes.c_ulong(window), 1, ctypes.c_long(mask), ctypes.byref(event))
    x11.XSync(connection, 0)


@contextmanager
def _connection(display: str) -> Iterator[tuple[ctypes.CDLL, ctypes.c_void_p]]:
    x11 = ctypes.CDLL("libX11.so.6")
    for function in ("XOpenDisplay", "XInternAtom", "XDefaultRootWindow", "XStringToKeysym"):
        getattr(x11, function).restype = ctypes.c_void_p
    x11.XKeysymToKeycode.restype = ctypes.c_ubyte
    connection = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
    try:
        yield x11, connection
    finally:
        x11.XCloseDisplay(connection)
