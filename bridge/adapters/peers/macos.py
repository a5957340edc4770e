"""macOS: sockets of our own user's processes, by ``libproc`` (SEC-102).

The system shows us only processes of our own user, so an end that none of them holds belongs to
somebody else.
Source: ``sys/proc_info.h``; the offsets are those of ``struct socket_fdinfo`` on 64 bits.
"""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

from bridge.ports.peers import Ends, PeerOwner, Program

_UID_ONLY: Final = 4
_LIST_FDS: Final = 1
_SOCKET: Final = 2
_SOCKET_INFO: Final = 3
_SOCKET_SIZE: Final = 792
_TCP_KIND: Final = 2
_KIND_AT: Final = 256
_FOREIGN_PORT_AT: Final = 264
_LOCAL_PORT_AT: Final = 268
_TCP_STATE_AT: Final = 344
_LISTEN: Final = 1
_LONGEST_PATH: Final = 4096
_SPARE: Final = 64
_FD: Final = struct.Struct("=iI")
_NUMBER: Final = struct.Struct("=i")


class SocketFacts(NamedTuple):
    """Ports and state of a TCP socket."""

    local: int
    foreign: int
    state: int


class MacPeers:
    """Asks ``libproc``."""

    def __init__(self, proc: Any) -> None:
        """Ask through ``proc``, the library of ``library``."""
        self._proc = proc

    def owner_of(self, ends: Ends) -> PeerOwner:
        """Tell whether one of our own processes holds the client's end."""
        try:
            pids = self._own_pids()
        except OSError:
            return PeerOwner.UNKNOWN
        return PeerOwner.HIDDEN if self._holder(pids, ends) is None else PeerOwner.OURS

    def program_of(self, ends: Ends) -> Program | None:
        """Give the program at the client's end, where it is our own user's."""
        try:
            pid = self._holder(self._own_pids(), ends)
        except OSError:
            return None
        return None if pid is None else self._program(pid)

    def listener_on(self, port: int) -> Program | None:
        """Give the program of our own user that listens on a port."""
        try:
            pids = self._own_pids()
        except OSError:
            return None
        for pid in pids:
            if any(each.local == port and each.state == _LISTEN for each in self._sockets(pid)):
                return self._program(pid)
        return None

    def is_shared(self) -> bool:
        """Tell whether two people are signed in, or one from elsewhere; unsure means yes."""
        try:
            answer = subprocess.run(
                ["/usr/bin/who"], capture_output=True, check=True, text=True, timeout=5
            )
        except (OSError, subprocess.SubprocessError):
            return True
        lines = answer.stdout.splitlines()
        return len({line.split()[0] for line in lines if line}) > 1 or any(
            line.endswith(")") for line in lines
        )

    def _holder(self, pids: list[int], ends: Ends) -> int | None:
        wanted = ends.client[1], ends.server[1]
        for pid in pids:
            if any((each.local, each.foreign) == wanted for each in self._sockets(pid)):
                return pid
        return None

    def _own_pids(self) -> list[int]:
        size = self._proc.proc_listpids(_UID_ONLY, os.geteuid(), None, 0)
        content = ctypes.create_string_buffer(max(size, 0) + _SPARE * _NUMBER.size)
        size = self._proc.proc_listpids(_UID_ONLY, os.geteuid(), content, len(content))
        if size <= 0:
            raise OSError("no list of processes")
        return [pid for (pid,) in _NUMBER.iter_unpack(content.raw[:size]) if pid]

    def _sockets(self, pid: int) -> Iterator[SocketFacts]:
        size = self._proc.proc_pidinfo(pid, _LIST_FDS, 0, None, 0)
        content = ctypes.create_string_buffer(max(size, 0) + _SPARE * _FD.size)
        size = self._proc.proc_pidinfo(pid, _LIST_FDS, 0, content, len(content))
        for number, kind in _FD.iter_unpack(content.raw[: max(size, 0)]):
            if kind == _SOCKET:
                about = ctypes.create_string_buffer(_SOCKET_SIZE)
                got = self._proc.proc_pidfdinfo(pid, number, _SOCKET_INFO, about, _SOCKET_SIZE)
                facts = socket_facts(about.raw) if got == _SOCKET_SIZE else None
                if facts is not None:
                    yield facts

    def _program(self, pid: int) -> Program | None:
        content = ctypes.create_string_buffer(_LONGEST_PATH)
        if self._proc.proc_pidpath(pid, content, len(content)) <= 0:
            return None
        path = os.fsdecode(content.value)
        return Program(name=PurePosixPath(path).name, path=path)


def library() -> Any:
    """Load ``libproc``, which is part of the system's library."""
    return ctypes.CDLL("/usr/lib/libproc.dylib", use_errno=True)


def socket_facts(about: bytes) -> SocketFacts | None:
    """Read a ``struct socket_fdinfo``; ``None`` when it is no TCP socket."""
    if _NUMBER.unpack_from(about, _KIND_AT)[0] != _TCP_KIND:
        return None
    return SocketFacts(
        local=_port(about, _LOCAL_PORT_AT),
        foreign=_port(about, _FOREIGN_PORT_AT),
        state=_NUMBER.unpack_from(about, _TCP_STATE_AT)[0],
    )


def _port(about: bytes, place: int) -> int:
    """Read a port: two bytes in network order, at the beginning of an ``int``."""
    return int.from_bytes(about[place : place + 2], "big")
