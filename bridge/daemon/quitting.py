"""Ending the running daemon of this user from outside, and knowing that it has ended.

Installers, service units and people call ``carebridge --quit`` (*Desktop packaging* 1).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from bridge.adapters.folders import Folders
from bridge.adapters.instancelock import InstanceLock
from bridge.daemon.storage import LOCK
from bridge.errors import Conflict, NotDelivered, OutcomeUnknown

QUIT: Final = "quit"
_PATIENCE_S: Final = 30
_POLL_S: Final = 0.1
Channel = Callable[[dict[str, Any]], dict[str, Any]]
"""Asks the running daemon one thing."""


def is_stopped(folders: Folders) -> bool:
    """Tell whether no daemon of this user runs in these folders."""
    lock = folders.runtime / LOCK
    if not lock.exists():
        return True
    try:
        with InstanceLock(lock):
            return True
    except Conflict:
        return False


def quit_running(
    folders: Folders,
    channel: Channel,
    *,
    patience_s: float = _PATIENCE_S,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Let the running daemon stop in order, and return when its port and its files are free.

    One that is still starting is asked again until it listens.
    Gives whether there was one.

    Raises:
        Conflict: ``already_running``, it does not stop.
    """
    if is_stopped(folders):
        return False
    is_asked = False
    for _ in range(max(1, round(patience_s / _POLL_S))):
        is_asked = is_asked or _asked(channel)
        if is_stopped(folders):
            return True
        sleep(_POLL_S)
    raise Conflict(code="already_running")


def _asked(channel: Channel) -> bool:
    try:
        channel({"verb": QUIT})
    except NotDelivered:
        return False  # it starts, or has just stopped
    except OutcomeUnknown:
        return True
    return True
