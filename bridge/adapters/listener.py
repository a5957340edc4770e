"""Sockets on loopback, IPv4 and IPv6 on the same port (SEC-41, SEC-42)."""

from __future__ import annotations

import errno
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from bridge.errors import Conflict

CANDIDATE_PORTS: Final = tuple(range(42110, 42120))
"""The public list of ports front ends try, in order."""

TLS_PORTS: Final = tuple(range(42120, 42130))
"""The same for https, where the user switched it on (SEC-63)."""

_BACKLOG: Final = 128
_PATIENCE_S: Final = 5.0
_PAUSE_S: Final = 0.1
_MOST_DRAWS: Final = 20
_NO_IPV6: Final = frozenset(
    {
        errno.EAFNOSUPPORT,
        errno.EADDRNOTAVAIL,
        errno.EPROTONOSUPPORT,
        getattr(errno, "WSAEAFNOSUPPORT", errno.EAFNOSUPPORT),
        getattr(errno, "WSAEADDRNOTAVAIL", errno.EADDRNOTAVAIL),
    },
)

_Families = list[tuple[socket.AddressFamily, str]]


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Sockets that listen on one port.

    Attributes:
        has_ipv6: ``False`` when IPv6 is switched off on this computer: a warning in health.
    """

    port: int
    sockets: tuple[socket.socket, ...]
    has_ipv6: bool

    def close(self) -> None:
        """Stop listening."""
        for each in self.sockets:
            each.close()


def listen(
    candidates: Sequence[int] = CANDIDATE_PORTS,
    *,
    previous: int | None = None,
    patience_s: float = _PATIENCE_S,
) -> Listener:
    """Listen on the first candidate that is free in both families.

    Args:
        candidates: Ports to try in order; 0 draws a free one.
        previous: Port of the last run, tried first for some seconds, because the system may
            hold it while old connections drain.
        patience_s: How long to try the previous port.

    Raises:
        Conflict: ``listener_unavailable``, no candidate is free.
    """
    families = _families()
    listener = _again(previous, families, patience_s) if previous else None
    if listener is None:
        listener = _first_free(candidates, families)
    if listener is None:
        raise Conflict(code="listener_unavailable")
    return listener


def _again(port: int, families: _Families, patience_s: float) -> Listener | None:
    deadline = time.monotonic() + patience_s
    while True:
        listener = _try(port, families)
        if listener is not None or time.monotonic() >= deadline:
            return listener
        time.sleep(_PAUSE_S)


def _first_free(candidates: Sequence[int], families: _Families) -> Listener | None:
    for port in candidates:
        # A drawn port may be taken in the other family; then another one is drawn.
        for _ in range(1 if port else _MOST_DRAWS):
            listener = _try(port, families)
            if listener is not None:
                return listener
    return None


def _families() -> _Families:
    both = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        if error.errno in _NO_IPV6:
            return both[:1]
        raise Conflict(code="listener_unavailable") from error
    return both


def _try(port: int, families: _Families) -> Listener | None:
    """Listen on a port in all families, or in none: a free half would be a place for others."""
    with ExitStack() as stack:
        opened = []
        for family, address in families:
            each = stack.enter_context(socket.socket(family))
            _prepare(each)
            try:
                each.bind((address, port))
                each.listen(_BACKLOG)
            except OSError:
                return None
            port = each.getsockname()[1]
            opened.append(each)
        stack.pop_all()
        return Listener(port=port, sockets=tuple(opened), has_ipv6=len(opened) > 1)


def _prepare(each: socket.socket) -> None:
    if sys.platform == "win32":
        # There, SO_REUSEADDR would let a second process take a port that is in use.
        each.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if each.family == socket.AF_INET6:
        each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
