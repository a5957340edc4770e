"""Whether this process may change what belongs to the computer rather than to its user."""

from __future__ import annotations

import ctypes
import os
import sys


def is_elevated() -> bool:
    """Tell whether we run as root, or on Windows with the rights of an administrator.

    An administrator who has not raised this process' rights counts as an ordinary user.
    """
    if sys.platform == "win32":
        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0
