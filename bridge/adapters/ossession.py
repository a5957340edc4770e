"""Which watch over the user's session this system has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.ports.ossession import OsSessionWatch

if sys.platform == "win32":
    from bridge.adapters.wtssession import WtsSession

    def os_session_watch() -> OsSessionWatch | None:
        """Give the watch of Windows."""
        return WtsSession()

elif sys.platform == "linux":
    from bridge.adapters.logind import LogindSession

    def os_session_watch() -> OsSessionWatch | None:
        """Give the watch of logind."""
        return LogindSession()

else:

    def os_session_watch() -> OsSessionWatch | None:
        """Give none: this system is not watched yet."""
        return None
