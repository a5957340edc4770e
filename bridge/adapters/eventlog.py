"""The operating system's own log: a place our user can write to and not edit afterwards.

How far the audit log goes is said there too, so that who holds the key and rewrites the whole
chain is contradicted by somebody else.
Saying it is best effort: a system without such a log loses nothing but this witness.
Source: *Local API security* 15, 2.1.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bridge.domain.audit import Head
    from bridge.ports.audit import AnchorPlace

SOURCE: Final = "Carebridge"
Say = Callable[[str], None]

if sys.platform == "win32":
    import ctypes

    _INFORMATION: Final = 4

    def say(text: str) -> None:
        """Write one line into the application log of Windows."""
        library = ctypes.WinDLL("advapi32", use_last_error=True)
        library.RegisterEventSourceW.restype = ctypes.c_void_p
        handle = ctypes.c_void_p(library.RegisterEventSourceW(None, SOURCE))
        if not handle.value:
            raise ctypes.WinError(ctypes.get_last_error())
        lines = (ctypes.c_wchar_p * 1)(text)
        try:
            library.ReportEventW(handle, _INFORMATION, 0, 1, None, 1, 0, lines, None)
        finally:
            library.DeregisterEventSource(handle)

else:
    import syslog

    def say(text: str) -> None:
        """Write one line into the system log."""
        syslog.openlog(SOURCE, 0, syslog.LOG_USER)
        syslog.syslog(syslog.LOG_INFO, text)
        syslog.closelog()


class AnnouncedAnchors:
    """Port ``AnchorPlace`` around another one: each new end is said aloud as well."""

    def __init__(self, inner: AnchorPlace, say: Say = say) -> None:
        """Keep anchors in ``inner`` and say them with ``say``."""
        self._inner = inner
        self._say = say
        self._said: Head | None = None

    def read(self) -> list[Head]:
        """Give the anchors of ``inner``."""
        return self._inner.read()

    def write(self, anchors: list[Head]) -> None:
        """Keep the anchors, and say the newest one once."""
        self._inner.write(anchors)
        if anchors and anchors[-1] != self._said:
            self._said = anchors[-1]
            with contextlib.suppress(OSError):
                self._say(f"audit log: {self._said.sequence}:{self._said.mac}")
