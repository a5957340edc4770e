"""Port ``OsSessionWatch`` on Windows: session notifications to a window nobody sees.

Source: ``WTSRegisterSessionNotification``, ``WM_WTSSESSION_CHANGE`` and ``WM_ENDSESSION`` of the
Windows API.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, Final

import structlog

from bridge.ports.ossession import OsSessionChange

WM_QUIT: Final = 0x0012
WM_ENDSESSION: Final = 0x0016
WM_WTSSESSION_CHANGE: Final = 0x02B1
_READY_S: Final = 5
_END_S: Final = 4
"""Windows ends a program that has not answered the end of the session within five seconds."""
_CODES: Final = {
    0x1: OsSessionChange.RETURNED,  # at the console
    0x3: OsSessionChange.RETURNED,  # by remote desktop
    0x2: OsSessionChange.SWITCHED_AWAY,  # console taken away
    0x4: OsSessionChange.SWITCHED_AWAY,  # remote desktop disconnected
    0x6: OsSessionChange.SIGNED_OUT,
    0x7: OsSessionChange.LOCKED,
    0x8: OsSessionChange.UNLOCKED,
}
Listener = Callable[[OsSessionChange], None]

log = structlog.get_logger()


def change_of(message: int, code: int) -> OsSessionChange | None:
    """Say what a message to the window means; ``None`` for nothing.

    Args:
        message: Number of the window message.
        code: Its first parameter.
    """
    if message == WM_ENDSESSION:
        return OsSessionChange.SIGNED_OUT if code else None
    return _CODES.get(code) if message == WM_WTSSESSION_CHANGE else None


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _USERS: Final = ctypes.WinDLL("user32", use_last_error=True)
    _SESSIONS: Final = ctypes.WinDLL("wtsapi32", use_last_error=True)
    _NEXT: Final = ctypes.WINFUNCTYPE(
        ctypes.c_ssize_t, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM
    )
    _THIS_SESSION: Final = 0
    _WITH_PEOPLE: Final = frozenset({0, 4})
    """States active and disconnected."""

    class _WindowClass(ctypes.Structure):
        _fields_ = (
            ("style", wintypes.UINT),
            ("procedure", _NEXT),
            ("class_extra", ctypes.c_int),
            ("window_extra", ctypes.c_int),
            ("instance", wintypes.HINSTANCE),
            ("icon", wintypes.HANDLE),
            ("cursor", wintypes.HANDLE),
            ("background", wintypes.HANDLE),
            ("menu_name", wintypes.LPCWSTR),
            ("class_name", wintypes.LPCWSTR),
        )

    class _SessionFacts(ctypes.Structure):
        _fields_ = (
            ("id", wintypes.DWORD),
            ("station", wintypes.LPWSTR),
            ("state", ctypes.c_int),
        )

    class WtsSession:
        """Watches the session this process runs in, on a thread with a window of its own."""

        def __init__(self) -> None:
            """Watch nothing yet."""
            self._thread: threading.Thread | None = None
            self._thread_id = 0
            self._is_ready = threading.Event()
            self._is_closing = threading.Event()
            self._procedure: Any = None

        def start(self, listener: Listener) -> None:
            """Begin to watch."""
            self._thread = threading.Thread(
                target=self._run, args=(listener,), name="os-session", daemon=True
            )
            self._thread.start()
            self._is_ready.wait(_READY_S)

        def close(self) -> None:
            """Stop to watch."""
            self._is_closing.set()
            if self._thread is not None:
                _USERS.PostThreadMessageW(self._thread_id, WM_QUIT, 0, 0)
                self._thread.join(_READY_S)

        def is_shared(self) -> bool:
            """Tell whether other people have sessions at this computer now.

            One of them is ours, and one without a name belongs to the system.
            """
            facts, count = ctypes.POINTER(_SessionFacts)(), wintypes.DWORD()
            if not _SESSIONS.WTSEnumerateSessionsW(
                None, 0, 1, ctypes.byref(facts), ctypes.byref(count)
            ):
                return False
            try:
                people = [
                    facts[place].id
                    for place in range(count.value)
                    if facts[place].state in _WITH_PEOPLE and facts[place].id != 0
                ]
            finally:
                _SESSIONS.WTSFreeMemory(facts)
            return len(people) > 1

        def _run(self, listener: Listener) -> None:
            self._thread_id = ctypes.WinDLL("kernel32").GetCurrentThreadId()
            window = self._window(listener)
            if not window or not _SESSIONS.WTSRegisterSessionNotification(window, _THIS_SESSION):
                log.info("os_session.untold", code=str(ctypes.get_last_error()))
            self._is_ready.set()
            message = wintypes.MSG()
            while _USERS.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                _USERS.DispatchMessageW(ctypes.byref(message))

        def _window(self, listener: Listener) -> Any:
            _USERS.DefWindowProcW.restype = ctypes.c_ssize_t
            _USERS.DefWindowProcW.argtypes = _NEXT._argtypes_
            _USERS.CreateWindowExW.restype = wintypes.HWND

            def procedure(window: Any, message: int, code: int, detail: int) -> Any:
                change = change_of(message, code)
                if change is not None:
                    listener(change)
                if message == WM_ENDSESSION and code:
                    # The process may be gone as soon as this returns: let it stop in order first.
                    self._is_closing.wait(_END_S)
                return _USERS.DefWindowProcW(window, message, code, detail)

            self._procedure = _NEXT(procedure)  # kept: the system calls it until the end
            name = "CarebridgeSessionWatch"
            kind = _WindowClass(procedure=self._procedure, class_name=name)
            _USERS.RegisterClassW(ctypes.byref(kind))
            # A window of its own, because those for messages only do not hear of the end.
            return _USERS.CreateWindowExW(0, name, name, 0, 0, 0, 0, 0, None, None, None, None)
