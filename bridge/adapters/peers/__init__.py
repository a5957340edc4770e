"""Port ``PeerObserver`` on each operating system; every module can be imported on all of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.ports.peers import PeerObserver


def system_peers() -> PeerObserver:
    """Give the observer of this operating system."""
    if sys.platform == "win32":
        from bridge.adapters.peers.windows import WindowsPeers  # noqa: PLC0415  # this one alone
        from bridge.adapters.peers.windowsapi import SystemApi  # noqa: PLC0415  # this one alone

        return WindowsPeers(SystemApi())
    if sys.platform == "darwin":
        from bridge.adapters.peers.macos import MacPeers, library  # noqa: PLC0415  # this one alone

        return MacPeers(library())
    from bridge.adapters.peers.linux import LinuxPeers  # noqa: PLC0415  # this one alone

    return LinuxPeers()
